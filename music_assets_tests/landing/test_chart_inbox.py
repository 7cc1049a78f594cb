"""The charts' inbox: which files are taken, how they land, and what is said of the others."""

import gzip
import json
from typing import Any

import pytest

from music_assets.landing.chart_inbox import (
    chart_files_left_out,
    chart_of_file,
    charts_in,
    land_chart,
)
from music_assets.storage.blobs import Blob
from music_assets.storage.folder import FolderStorage
from music_assets.storage.paths import chart_file, landed_chart
from music_assets.transforms.charts import Chart
from music_assets_tests.chart_files import GLOBAL, HEADER, csv_of, line, put, song_id

FILE = chart_file(GLOBAL.key)
PAGE = b"<!DOCTYPE html><html><head><title>Log in - Spotify</title></head></html>"


def land(storage: FolderStorage, chart: Chart = GLOBAL) -> list[str]:
    return land_chart(storage, chart, charts_in(storage.list("charts/"))[chart])


def landed(storage: FolderStorage, chart: Chart = GLOBAL) -> list[dict[str, Any]]:
    """The songs of a chart's landing."""
    lines = storage.read(landed_chart(chart.key))[1].splitlines()
    pages = [json.loads(line) for line in lines]
    assert {page["requested"] for page in pages} == {chart.key}
    return [item for page in pages for item in page["items"]]


@pytest.mark.parametrize(
    "name",
    [
        "regional-global-weekly-2026-11-19.csv",
        "regional-global-weekly-2026-11-19 (1).csv",
        "regional-global-weekly-2026-11-19(12).csv",
        "regional-global-weekly-2026-11-19.csv.gz",
        "regional-global-weekly-2026-11-19 (2).csv.gz",
        "Regional-Global-Weekly-2026-11-19.CSV",
        "November/regional-global-weekly-2026-11-19.csv",
    ],
)
def test_a_file_as_downloaded_is_taken_also_with_a_browsers_number_or_compressed(
    name: str,
) -> None:
    blob = Blob(f"charts/{name}", "1", 1)
    assert charts_in([blob]) == {GLOBAL: [blob]}
    assert chart_files_left_out([blob]) == {}


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("regional_global_weekly_2026-11-19.csv", "regional-global-weekly-2026-11-19.csv"),
        ("regional-global-weekly-20261119.csv", "regional-global-weekly-2026-11-19.csv"),
        ("regional-de-daily-2026-11-18.txt", "regional-de-daily-2026-11-18.csv"),
        ("Copy of regional-de-daily-2026-11-18.csv", "regional-de-daily-2026-11-18.csv"),
        ("2026-11-18 weekly global.csv", "regional-global-weekly-2026-11-19.csv"),
        ("regional-global-weekly-latest.csv", "regional-<region>-weekly-<YYYY-MM-DD>.csv"),
        ("regional-global-weekly-2026-13-45.csv", "regional-<region>-weekly-<YYYY-MM-DD>.csv"),
        ("charts.csv", "regional-<region>-weekly-<YYYY-MM-DD>.csv"),
        ("regional-germany-daily-2026-11-18.csv", "regional-<region>-weekly-<YYYY-MM-DD>.csv"),
    ],
)
def test_another_name_is_told_with_the_right_one(name: str, right: str) -> None:
    blob = Blob(f"charts/{name}", "1", 1)
    assert (charts_in([blob]), chart_of_file(blob.path)) == ({}, None)
    [said] = chart_files_left_out([blob]).values()
    assert said.startswith(f"charts/{name} is left out for its name; rename it to {right}")


@pytest.mark.parametrize(
    ("day", "name", "thursday"),
    [("2026-11-18", "Wednesday", "2026-11-19"), ("2026-11-20", "Friday", "2026-11-26")],
)
def test_a_weekly_chart_of_another_day_than_thursday_is_left_out_with_the_right_name(
    day: str, name: str, thursday: str
) -> None:
    blob = Blob(f"charts/regional-de-weekly-{day}.csv", "1", 1)
    assert charts_in([blob]) == {}
    [said] = chart_files_left_out([blob]).values()
    assert f"{day} is a {name}" in said
    assert said.endswith(f"rename it to regional-de-weekly-{thursday}.csv.")
    daily = Blob(f"charts/regional-de-daily-{day}.csv", "1", 1)
    assert list(charts_in([daily])) == [Chart.from_key(f"de-daily-{day}")]


def test_an_empty_file_waits_and_one_beside_it_is_taken(storage: FolderStorage) -> None:
    storage.write(FILE, b"")
    inbox = list(storage.list("charts/"))
    assert charts_in(inbox) == {}
    assert chart_files_left_out(inbox) == {FILE: f"{FILE} is empty, so it waits."}
    put(storage, GLOBAL, ending=" (1).csv")
    assert land(storage) == []
    assert len(landed(storage)) == 3


def test_a_file_lands_as_it_was_downloaded(storage: FolderStorage) -> None:
    put(storage, GLOBAL, line(1, previous=4, times=12), line(2))
    assert land(storage) == []
    assert landed(storage) == [
        {
            "rank": 1,
            "song_id": song_id(1),
            "uri": f"spotify:track:{song_id(1)}",
            "artist_names": 'An artist, "and" another',
            "track_name": "Song at 1",
            "source": "A Label",
            "peak_rank": 1,
            "previous_rank": 4,
            "times_on_chart": 12,
            "streams": 8_999_999,
        },
        {
            "rank": 2,
            "song_id": song_id(2),
            "uri": f"spotify:track:{song_id(2)}",
            "artist_names": 'An artist, "and" another',
            "track_name": "Song at 2",
            "source": "A Label",
            "peak_rank": 2,
            "previous_rank": -1,
            "times_on_chart": 1,
            "streams": 8_999_998,
        },
    ]


SPELLINGS = {
    "compressed": gzip.compress(csv_of([line(1)])),
    "without a byte order mark": csv_of([line(1)]).removeprefix(b"\xef\xbb\xbf"),
    "with Windows' line ends": csv_of([line(1)]).replace(b"\n", b"\r\n"),
    "in UTF-16": csv_of([line(1)]).decode("utf-8-sig").encode("utf-16"),
    "with separated thousands": csv_of([line(1, streams="8,999,999")]),
    "as a spreadsheet of another country saves it": csv_of([line(1, streams="8.999.999")])
    .replace(b'"An artist, ""and"" another"', b"'AND'")
    .replace(b",", b";")
    .replace(b"'AND'", b'"An artist, ""and"" another"'),
    "with other columns among them": b"\xef\xbb\xbf"
    + b"\n".join(
        b"x," + each for each in csv_of([line(1)]).removeprefix(b"\xef\xbb\xbf").splitlines()
    ),
}


@pytest.mark.parametrize("content", SPELLINGS.values(), ids=SPELLINGS)
def test_the_same_chart_in_another_spelling_lands_the_same(
    storage: FolderStorage, content: bytes
) -> None:
    put(storage, GLOBAL, line(1))
    land(storage)
    before = storage.read(landed_chart(GLOBAL.key))[1]
    storage.write(FILE, content)
    assert land(storage) == []
    assert storage.read(landed_chart(GLOBAL.key))[1] == before


BAD = {
    "a page that asks for a login": (PAGE, "holds a web page and no table"),
    "a header alone": (csv_of([]), "lists no song; download it again"),
    "nothing but a byte order mark": (b"\xef\xbb\xbf", "is empty"),
    "a column that is missing": (
        csv_of([line(1)]).replace(b",streams", b",listeners"),
        "has no column for streams (streams); its columns are rank, uri, artist_names",
    ),
    "a daily chart under a weekly one's name": (
        csv_of([line(1)], "daily"),
        "has no column for times_on_chart (weeks on chart); its columns are rank, uri",
    ),
    "the form of earlier years": (
        b'Position,"Track Name",Artist,Streams,URL\n1,T,A,5,https://open.spotify.com/track/a\n',
        "has no column for previous_rank (previous rank) and none for times_on_chart",
    ),
    "half of a compressed file": (gzip.compress(csv_of([line(1)]))[:30], "cannot be unpacked"),
}


@pytest.mark.parametrize(("content", "said"), BAD.values(), ids=BAD)
def test_what_is_no_chart_is_a_sentence_and_leaves_the_landing_as_it_was(
    storage: FolderStorage, content: bytes, said: str
) -> None:
    put(storage, GLOBAL)
    land(storage)
    before = storage.read(landed_chart(GLOBAL.key))[1]
    storage.write(FILE, content)
    with pytest.raises(ValueError, match=rf"^{FILE} .*\.$") as raised:
        land(storage)
    assert said in str(raised.value)
    assert storage.read(landed_chart(GLOBAL.key))[1] == before


def test_a_second_download_is_taken_where_the_first_was_no_chart(storage: FolderStorage) -> None:
    storage.write(FILE, PAGE)
    other = put(storage, GLOBAL, ending=" (1).csv")
    [said] = land(storage)
    assert said.startswith(f"{FILE} holds a web page")
    assert len(landed(storage)) == 3
    put(storage, GLOBAL, line(1))
    assert land(storage) == [f"{other} is left out, since {FILE} is there too; remove one of them."]
    assert len(landed(storage)) == 1


def test_all_lines_land_however_many_there_are(storage: FolderStorage) -> None:
    put(storage, GLOBAL, *(line(rank) for rank in range(1, 2_202)))
    land(storage)
    assert [item["rank"] for item in landed(storage)] == list(range(1, 2_202))
    assert len(storage.read(landed_chart(GLOBAL.key))[1].splitlines()) == 3


def test_what_is_no_number_lands_as_it_is_and_the_columns_that_may_lack_are_null(
    storage: FolderStorage,
) -> None:
    header = HEADER.format("weeks_on_chart").replace("source,peak_rank,", "")
    storage.write(FILE, f'{header}\n,spotify:track:a,A,Total,-1,x,""\n'.encode())
    land(storage)
    [item] = landed(storage)
    assert {name: item[name] for name in ("rank", "source", "peak_rank", "streams")} == {
        "rank": None, "source": None, "peak_rank": None, "streams": None
    }  # fmt: skip
    assert (item["track_name"], item["previous_rank"], item["times_on_chart"]) == ("Total", -1, "x")


SONG = "4uLU6hMCjMI75M1A2tKUQC"


@pytest.mark.parametrize(
    ("uri", "song"),
    [
        (f"spotify:track:{SONG}", SONG),
        (f"https://open.spotify.com/track/{SONG}", SONG),
        (f"https://open.spotify.com/track/{SONG}?si=0123456789abcdef", SONG),
        (f"https://open.spotify.com/intl-de/track/{SONG}#a", SONG),
        (f"spotify:track:{SONG}2", f"{SONG}2"),
        ("spotify:track:a", "a"),
        (f"spotify:episode:{SONG}", None),
        ("spotify:local:A:B:T:9", None),
        (f"spotify:track:{SONG}!", None),
        (SONG, None),
        ("", None),
    ],
)
def test_a_song_is_known_by_its_uri_or_its_link_in_any_language(
    storage: FolderStorage, uri: str, song: str | None
) -> None:
    put(storage, GLOBAL, line(1, uri=uri))
    land(storage)
    [item] = landed(storage)
    assert (item["song_id"], item["uri"]) == (song, uri or None)
