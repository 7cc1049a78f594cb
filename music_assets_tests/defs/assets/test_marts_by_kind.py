"""Marts of weeks that files give and of weeks that are simulated: no number is made of both."""

import datetime as dt

import polars as pl
import pytest

from music_assets.defs.assets.marts import marts as assets
from music_assets.storage.folder import FolderStorage
from music_assets.weeks import Week
from music_assets_tests.defs.assets.test_marts import Data, publish, published

WEEKS = [Week.from_iso(2026, number) for number in range(1, 8)]
SIMULATED, GIVEN = "simulated", "weekly-data/weekly_data_2026-W03.json"
#: The source and the figures of each week: streams of both songs, then downloads.
Figures = dict[str, int]
STREAMS: list[tuple[str | None, Figures]] = [
    (SIMULATED, {"s": 10, "t": 20}),
    (SIMULATED, {"s": 11, "t": 22}),
    (GIVEN, {"s": 1_000}),
    (GIVEN, {"s": 1_500}),
    (GIVEN, {"s": 1}),
    (SIMULATED, {"s": 5, "t": 7}),
    (None, {"s": 3}),
]
#: The downloads of the third week are to come, and those of the fifth are still simulated ones.
DOWNLOADS: list[tuple[str | None, Figures]] = [
    (SIMULATED, {"s": 2, "t": 3}),
    (SIMULATED, {"s": 2, "t": 3}),
    (GIVEN, {}),
    (GIVEN, {"s": 4}),
    (SIMULATED, {"s": 6, "t": 8}),
    (SIMULATED, {"s": 9}),
    (None, {}),
]


def rows(measure: str, told: list[tuple[str | None, Figures]]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "WeekID": week.week_id,
                "SongID": song,
                "WeekStartDate": week.monday,
                "WeekEndDate": week.sunday,
                measure: count,
                "Source": source,
            }
            for week, (source, figures) in zip(WEEKS, told, strict=True)
            for song, count in figures.items()
        ]
    )


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> FolderStorage:
    data: Data = {
        "artists": pl.DataFrame({"ArtistID": ["artist"], "Name": ["Artist"]}),
        "genres": pl.DataFrame({"Name": ["rock"]}),
        "artist_genres": pl.DataFrame({"ArtistID": ["artist"], "GenreID": [1]}),
        "albums": pl.DataFrame(
            {"AlbumID": ["album"], "AlbumName": ["Album"], "ReleaseDate": [dt.date(2020, 1, 1)]}
        ),
        "artist_albums": pl.DataFrame({"ArtistID": ["artist"], "AlbumID": ["album"]}),
        "tracks": pl.DataFrame(
            {"SongID": ["s", "t"], "Title": ["S", "T"], "AlbumID": ["album", "album"]}
        ),
        "weekly_streams": rows("WeeklyStreams", STREAMS),
        "weekly_downloads": rows("TotalWeeklyDownloads", DOWNLOADS),
    }
    return publish(tmp_path_factory.mktemp("kinds"), data, list(assets))


def told(storage: FolderStorage, mart: str, *columns: str) -> list[tuple[object, ...]]:
    return published(storage, mart).select(columns).rows()


@pytest.mark.parametrize("mart", ["weekly_totals", "weekly_artist_totals", "genre_trends"])
def test_a_week_is_of_one_kind_and_leaves_out_what_is_of_another(
    storage: FolderStorage, mart: str
) -> None:
    assert told(storage, mart, "WeekID", "Figures", "Tracks", "Streams", "Downloads") == [
        (202601, "simulated", 2, 30, 5),
        (202602, "simulated", 2, 33, 5),
        (202603, "given", 1, 1_000, None),
        (202604, "given", 1, 1_500, 4),
        (202605, "given", 1, 1, None),
        (202606, "simulated", 2, 12, 9),
        (202607, "unknown", 1, 3, None),
    ]


def test_weeks_of_different_kinds_are_not_compared(storage: FolderStorage) -> None:
    changes = ("PreviousWeekID", "StreamsChange", "DownloadsChange")
    assert told(storage, "weekly_totals", "WeekID", *changes) == [
        (202601, None, None, None),
        (202602, 202601, 3, 0),
        (202603, None, None, None),
        (202604, 202603, 500, None),
        (202605, 202604, -1_499, None),
        (202606, None, None, None),
        (202607, None, None, None),
    ]
    assert told(storage, "genre_trends", "StreamsChange", "ShareOfStreams") == [
        (None, 1.0), (3, 1.0), (None, 1.0), (500, 1.0), (-1_499, 1.0), (None, 1.0), (None, 1.0)
    ]  # fmt: skip
    assert told(storage, "weekly_movers", "WeekID", "SongID", "Change", "Figures") == [
        (202602, "t", 2, "simulated"),
        (202602, "s", 1, "simulated"),
        (202604, "s", 500, "given"),
        (202605, "s", -1_499, "given"),
    ]


def test_an_album_has_one_row_per_kind(storage: FolderStorage) -> None:
    columns = ("Figures", "Tracks", "FirstWeekID", "LastWeekID", "Streams", "Downloads")
    found = published(storage, "album_performance").sort("Figures")
    assert found.select(columns).rows() == [
        ("given", 1, 202603, 202605, 2_501, 4),
        ("simulated", 2, 202601, 202606, 75, 19),
        ("unknown", 1, 202607, 202607, 3, None),
    ]
    assert found["AverageWeeklyStreamsPerTrack"].to_list() == [2_501 / 3, 75 / 6, 3]


def test_a_tracks_downloads_are_of_the_kind_of_its_streams(storage: FolderStorage) -> None:
    found = published(storage, "top_tracks").filter(pl.col("SongID") == "s")
    assert found.select("WeekID", "Streams", "Downloads", "Figures").rows() == [
        (202601, 10, 2, "simulated"),
        (202602, 11, 2, "simulated"),
        (202603, 1_000, None, "given"),
        (202604, 1_500, 4, "given"),
        (202605, 1, None, "given"),
        (202606, 5, 9, "simulated"),
        (202607, 3, None, "unknown"),
    ]
