"""The weekly report: honest about its figures, safe with any name, whole without a network."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest

from music_assets.database.resource import DatabaseResource
from music_assets.defs.assets.marts import marts
from music_assets.defs.assets.reports import weekly_report
from music_assets.defs.assets.weekly import weekly_album_totals
from music_assets.publishing.report import weekly_facts
from music_assets.publishing.report_page import rendered
from music_assets.publishing.trend import trend
from music_assets.schema import tables
from music_assets.storage.folder import FolderStorage
from music_assets.storage.paths import WEEKLY_REPORT
from music_assets.weeks import Week

WEEKS = [Week.from_iso(2025, 51), Week.from_iso(2025, 52), Week.from_iso(2026, 1)]
EVIL = """<script>alert("it's")</script>"""
NAMES = [EVIL, "مرحبا", "🎧 & more", None, "100% {{ 7 * 7 }} | `x`"]
VOID = {"meta", "link", "br", "line", "polygon", "polyline"}
FILE = "weekly-data/weekly_data_2026-W01.json"


Sources = Mapping[Week, str | None]


def load(
    database: DatabaseResource, sources: Sources, *, without_downloads: Sequence[Week] = ()
) -> None:
    """Five songs on an album of two artists; song i is streamed 100 * i more or less each week."""
    songs = [f"song/{i}?" for i in range(len(NAMES))]
    album = {"AlbumID": ["album"], "AlbumName": [EVIL]}
    artists = {"ArtistID": ["one", "two"], "Name": [EVIL, "Zoë"]}
    data: dict[str, dict[str, Any]] = {
        "artists": artists,
        "genres": {"Name": [EVIL]},
        "artist_genres": {"ArtistID": ["one"], "GenreID": [1]},
        "albums": album,
        "artist_albums": {"ArtistID": ["one", "two"], "AlbumID": ["album", "album"]},
        "tracks": {"SongID": songs, "Title": NAMES, "AlbumID": ["album"] * len(songs)},
    }
    for name, columns in data.items():
        database.sync(tables.metadata.tables[name], pl.LazyFrame(columns))
    for number, (week, source) in enumerate(sources.items()):
        key = {"SongID": songs, "WeekID": [week.week_id] * len(songs)}
        beside = {
            "WeekStartDate": pl.lit(week.monday),
            "WeekEndDate": pl.lit(week.sunday),
            "Source": pl.lit(source, pl.String),
        }
        streams = [1_000 + (-1) ** i * 100 * i * number for i in range(len(songs))]
        rows = pl.LazyFrame(key | {"WeeklyStreams": streams}).with_columns(**beside)
        database.sync(tables.weekly_streams, rows)
        if week in without_downloads:
            continue
        downloads = pl.LazyFrame(key | {"TotalWeeklyDownloads": [10] * len(songs)})
        database.sync(tables.weekly_downloads, downloads.with_columns(**beside))


def materialise(
    folder: Path,
    weeks: Sequence[Week] = WEEKS,
    *,
    given: Sequence[Week] = (),
    unknown: Sequence[Week] = (),
    without_downloads: Sequence[Week] = (),
) -> dg.ExecuteInProcessResult:
    """Load weeks and make the marts and the report of them."""
    url, storage = f"sqlite:///{folder}/music.db", FolderStorage(root=str(folder))
    with DatabaseResource(url=url).process_config_and_initialize_cm() as database:
        sources: Sources = {
            week: FILE if week in given else None if week in unknown else "simulated"
            for week in weeks
        }
        load(database, sources, without_downloads=without_downloads)
    return dg.materialize(
        [weekly_album_totals, *marts, weekly_report],
        resources={"database": DatabaseResource(url=url), "storage": storage},
        raise_on_error=False,
    )


def page(folder: Path) -> str:
    return (folder / WEEKLY_REPORT).read_text("utf-8")


def words(html: str) -> str:
    """The text that a reader sees, in one line."""
    body = html[html.index("<body>") :]
    return " ".join(re.sub(r"<[^>]*>", " ", body).split())


class Tags(HTMLParser):
    """Every tag that opens, with its attributes, and the stack of those that are still open."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.opened: list[tuple[str, dict[str, str | None]]] = []
        self.stack: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.opened.append((tag, dict(attrs)))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.opened.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def links(self) -> list[str]:
        return [attrs["href"] or "" for tag, attrs in self.opened if tag == "a"]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("report")
    assert materialise(folder).success
    return page(folder)


def test_the_report_is_about_the_newest_week_and_its_change_over_the_years_end(report: str) -> None:
    text = words(report)
    assert "Week 1 of 2026 29 December 2025 to 4 January 2026" in text
    assert "Streams 5,400 ▲ up 3.8 % against the week before" in text
    assert "Downloads 50 unchanged against the week before" in text
    assert "Tracks 5" in text
    assert "Weeks 3" in text


def test_the_report_says_that_its_figures_are_simulated(report: str) -> None:
    assert "The figures of this week are simulated." in words(report)
    assert "Of the 3 weeks on this page, 3 are simulated." in words(report)


def test_the_report_tells_a_week_that_was_given_in_a_file(tmp_path: Path) -> None:
    materialise(tmp_path, given=WEEKS[-1:])
    text = words(page(tmp_path))
    assert f"The figures of this week were given in a file , {FILE}." in text
    assert "2 are simulated, 1 was given in a file" in text
    assert "The figures of this week are simulated" not in text
    assert "so the trend shows those that are given in a file" in text


def test_a_given_week_is_not_compared_with_a_simulated_one(tmp_path: Path) -> None:
    materialise(tmp_path, given=WEEKS[-1:])
    html = page(tmp_path)
    text = words(html)
    assert "Streams 5,400 not compared: the week before is simulated" in text
    assert "Downloads 50 not compared: the week before is simulated" in text
    assert "against the week before" not in text.partition("All weeks")[0]
    assert text.count("None: no song has figures both in this week and in the one before") == 2
    # Of each of both trends, one point.
    assert html.count("<circle") == 2
    for week, whose in zip(WEEKS, ("simulated", "simulated", "given in a file"), strict=True):
        assert re.search(rf"{week.iso} [\d,]+ 50 {whose}", text)


def test_downloads_that_nobody_gives_are_absent_and_not_zero(tmp_path: Path) -> None:
    given = WEEKS[-2:]
    result = materialise(tmp_path, given=given, without_downloads=given)
    text = words(page(tmp_path))
    assert "Streams 5,400 ▲ up 3.8 % against the week before" in text
    assert "Downloads \u2013 no figures in this week" in text
    assert re.search(rf"{WEEKS[-1].iso} 5,400 \u2013 given in a file", text)
    assert "No week has a figure." in text
    preview = result.asset_materializations_for_node("weekly_report")[0].metadata["preview"]
    assert "Downloads" not in str(preview.value)


def test_figures_of_unknown_origin_are_to_be_taken_as_simulated(tmp_path: Path) -> None:
    materialise(tmp_path, unknown=WEEKS[-1:])
    assert "not on record , so take them as simulated" in words(page(tmp_path))


def test_no_name_becomes_markup(report: str) -> None:
    tags = Tags(report)
    assert not tags.stack
    assert not [tag for tag, _ in tags.opened if tag == "script"]
    assert "&lt;script&gt;alert(&#34;it&#39;s&#34;)&lt;/script&gt;" in report
    assert "<bdi>مرحبا</bdi>" in report
    assert "100% {{ 7 * 7 }} | `x`" in report
    assert "<bdi>(no name)</bdi>" in report


def test_the_report_loads_nothing_and_links_back_to_spotify(report: str) -> None:
    tags = Tags(report)
    loading = {"script", "link", "img", "iframe", "object", "embed"}
    assert not [tag for tag, attrs in tags.opened if tag in loading or "src" in attrs]
    assert "url(" not in report
    assert "@import" not in report
    found = set(tags.links())
    notice = {"https://musicbrainz.org/", "https://creativecommons.org/licenses/by-nc-sa/3.0/"}
    assert notice < found
    assert all(link.startswith("https://open.spotify.com/") for link in found - notice)
    assert "https://open.spotify.com/track/song/4%3F" in found
    assert {f"https://open.spotify.com/artist/{artist}" for artist in ("one", "two")} < found
    assert "https://open.spotify.com/album/album" in found


def test_movers_go_up_and_down_by_size(report: str) -> None:
    up, down = words(report).split("Biggest movers up")[1].split("Biggest movers down")
    assert re.findall(r"[+\u2212]\d+ ", up)[:4] == ["+400 ", "+29 ", "+200 ", "+17 "]
    assert re.findall(r"[+\u2212]\d+ ", down)[:4] == [
        "\u2212300 ",
        "\u221243 ",
        "\u2212100 ",
        "\u221211 ",
    ]


def test_a_first_week_has_nothing_to_compare_with(tmp_path: Path) -> None:
    assert materialise(tmp_path, WEEKS[:1]).success
    text = words(page(tmp_path))
    assert text.count("no figures for the week before") == 2
    assert "None: no song has figures both in this week and in the one before" in text


def test_the_same_data_makes_the_same_page(report: str, tmp_path: Path) -> None:
    materialise(tmp_path)
    assert page(tmp_path) == report


def test_the_preview_shows_names_literally(tmp_path: Path) -> None:
    result = materialise(tmp_path)
    told = result.asset_materializations_for_node("weekly_report")[0].metadata
    preview = str(told["preview"].value)
    assert preview.startswith("**2026-W01** (simulated figures)")
    assert r"\<script\>" in preview
    assert r"\{\{ 7 \* 7 \}\} \| \`x\`" in preview


def failure(result: dg.ExecuteInProcessResult) -> str:
    event = result.failure_data_for_node("weekly_report")
    assert event is not None
    assert event.user_failure_data is not None
    return str(event.user_failure_data.description)


def test_without_any_figures_it_says_so_and_the_run_goes_on(tmp_path: Path) -> None:
    assert materialise(tmp_path, []).success
    assert "No week has figures yet" in (tmp_path / WEEKLY_REPORT).read_text("utf-8")


def test_without_the_marts_it_says_which_to_make(tmp_path: Path) -> None:
    resources = {
        "database": DatabaseResource(url=f"sqlite:///{tmp_path}/music.db"),
        "storage": FolderStorage(root=str(tmp_path)),
    }
    result = dg.materialize([weekly_report], resources=resources, raise_on_error=False)
    assert failure(result).endswith("Materialise weekly_totals first.")


def test_a_trend_breaks_where_a_week_is_missing_and_stays_inside_its_frame() -> None:
    values = {Week.from_iso(2026, n): n * 1_000_003 for n in (1, 2, 5, 6)}
    weeks = [
        {"WeekStartDate": week.monday, "Streams": value, "Downloads": None}
        for week, value in values.items()
    ]
    line = trend(weeks, "Streams", width=480, height=200)
    assert [len(stretch) for stretch in line["lines"]] == [2, 2]
    assert all(56 <= p["x"] <= 468 and 12 <= p["y"] <= 172 for p in line["points"])
    assert 3 <= len(line["ticks"]) <= 7
    assert trend(weeks, "Downloads")["points"] == []


@pytest.mark.parametrize("value", [0, 1, 7, 3_000_000_000])
def test_a_trend_of_one_value_has_an_axis(value: int) -> None:
    row = {"WeekStartDate": WEEKS[0].monday, "Streams": value}
    ticks = [tick["value"] for tick in trend([row], "Streams")["ticks"]]
    assert ticks[0] <= value <= ticks[-1]
    assert len(set(ticks)) >= 2


def of_today(folder: Path, weeks: Sequence[Week], today: dt.date) -> str:
    """The page as it would be on a day."""
    materialise(folder, weeks)
    url = f"sqlite:///{folder}/music.db"
    with DatabaseResource(url=url).process_config_and_initialize_cm() as database:
        facts = weekly_facts(database, sandbox=True, today=today)
    assert facts is not None
    return words(rendered(facts))


def test_the_report_is_about_the_newest_finished_week(tmp_path: Path) -> None:
    said = of_today(tmp_path, WEEKS, WEEKS[-1].sunday - dt.timedelta(days=1))
    assert "Week 52 of 2025" in said
    assert "Week 2026-W01 is not finished, so it is only in the table of all weeks" in said
    assert "2026-W01 so far" in said


def test_a_week_is_finished_on_its_sunday(tmp_path: Path) -> None:
    said = of_today(tmp_path, WEEKS, WEEKS[-1].sunday)
    assert "Week 1 of 2026" in said
    assert "not finished" not in said


def test_a_first_week_that_is_not_finished_is_shown_as_such(tmp_path: Path) -> None:
    said = of_today(tmp_path, WEEKS[-1:], WEEKS[-1].monday)
    assert "Week 1 of 2026" in said
    assert "is not finished, so it is shown as it is so far" in said
    assert "no figures for the week before" in said
