"""A week's page: honest about its figures, safe with any name, whole without a network."""

import datetime as dt
import re
from pathlib import Path

import dagster as dg
import pytest

from music_assets.database.resource import DatabaseResource
from music_assets.defs.assets.reports import weekly_report
from music_assets.storage.folder import FolderStorage
from music_assets_tests.play_rows import at
from music_assets_tests.reported import FILE, WEEKS, Reported, Tags, reported, words

# What is made for all of its tests is made once.
pytestmark = pytest.mark.xdist_group("week-page")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Reported:
    return reported(tmp_path_factory.mktemp("report"))


def test_the_index_is_about_the_newest_week_and_its_change_over_the_years_end(
    report: Reported,
) -> None:
    text = words(report.page())
    assert "29 December 2025 to 4 January 2026 Week 1 of 2026" in text
    assert "Streams simulated 5,400 ▲ 200 more than the week before" in text
    assert "Downloads simulated 50 as the week before" in text
    assert "Songs with figures 5" in text


def test_places_are_told_with_those_of_the_week_before(report: Reported) -> None:
    row = re.search(r'<tr data-song="song/2\?".*?</tr>', report.page(), re.DOTALL)
    assert row
    assert words(f"<body>{row[0]}").startswith("2 = as last week")
    assert "3 weeks · peak #2" in words(f"<body>{row[0]}")


def test_the_page_says_that_its_figures_are_simulated(report: Reported) -> None:
    assert "The streams and downloads of this week are simulated." in words(report.page())
    tags = Tags(report.page())
    stats = [attrs for attrs in tags.of("div") if "stat" in str(attrs.get("class")).split()]
    assert [str(attrs["class"]).split()[1:] for attrs in stats] == [["simulated"]] * 2 + [[]]
    assert "url(#hatch)" in report.page()


def test_every_list_of_figures_says_whose_they_are(report: Reported, tmp_path: Path) -> None:
    given = reported(tmp_path, given=WEEKS)
    headings = ("Most streamed tracks", "Artists", "Albums", "Biggest gains", "Genres")
    for made, kind in ((report, "simulated"), (given, "given")):
        text = words(made.page())
        assert [each for each in headings if f"{each} {kind}" not in text] == []


@pytest.mark.parametrize(("region", "kind"), [("demo", "simulated demo"), ("global", "global")])
def test_an_invented_chart_is_named_as_one(tmp_path: Path, region: str, kind: str) -> None:
    report = reported(tmp_path)
    report.execute(
        "INSERT INTO chart_entries (Region, Period, ChartDate, SongID, Rank, WeekID)"
        f" SELECT '{region}', 'weekly', '2026-01-01', min(SongID), 3, 202601 FROM tracks"
    )
    report.write()
    assert f"On the charts {kind}, weekly, 1 January 2026" in words(report.page())


def test_the_page_tells_a_week_that_was_given_in_a_file(tmp_path: Path) -> None:
    text = words(reported(tmp_path, given=WEEKS[-1:]).page())
    assert f"The figures of this week were given in a file , {FILE}." in text
    assert "are simulated" not in text
    assert "Streams given 5,400" in text


def test_a_given_week_is_not_compared_with_a_simulated_one(tmp_path: Path) -> None:
    html = reported(tmp_path, given=WEEKS[-1:]).page()
    text = words(html)
    assert "Streams given 5,400 not compared: the week before is simulated" in text
    assert "Downloads given 50 not compared: the week before is simulated" in text
    assert text.count("None: no song has figures both in this week and in the one before") == 2
    assert not re.search(r"was #\d</small>", html)
    for week, whose in zip(WEEKS, ("simulated", "simulated", "given in a file"), strict=True):
        assert re.search(rf"{week.iso} [\d,]+ 50 {whose}", text)


def test_downloads_that_nobody_gives_are_absent_and_not_zero(tmp_path: Path) -> None:
    given = WEEKS[-2:]
    report = reported(tmp_path, given=given, without_downloads=given)
    text = words(report.page())
    assert "Streams given 5,400 ▲ 200 more than the week before" in text
    assert "Downloads \u2013 no figures in this week" in text
    assert re.search(rf"{WEEKS[-1].iso} 5,400 \u2013 given in a file", text)
    assert "Downloads" not in report.page(f"cards/{WEEKS[-1].iso}.txt")


def test_figures_of_unknown_origin_are_to_be_taken_as_simulated(tmp_path: Path) -> None:
    text = words(reported(tmp_path, unknown=WEEKS[-1:]).page())
    assert "not on record , so take them as simulated" in text


def test_no_name_becomes_markup_on_any_page(report: Reported) -> None:
    for file in report.files():
        if not file.endswith(".html"):
            continue
        tags = Tags(report.page(file))
        assert not tags.stack
        assert 'alert("' not in report.page(file)
        for attrs in tags.of("script"):
            assert attrs.get("type") == "application/json" or "assets/" in str(attrs.get("src"))
        assert not [name for _, attrs in tags.opened for name in attrs if name.startswith("on")]
    assert "&lt;script&gt;alert(&#34;it&#39;s&#34;)&lt;/script&gt;" in report.page()
    assert "<bdi>مرحبا</bdi>" in report.page()
    assert "100% {{ 7 * 7 }} | `x`" in report.page()
    assert "<bdi>(no name)</bdi>" in report.page()


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("bell\x07 \x0b", "bell"), ("no \ufffe character", "no \ufffd character"),
        ("two\r\nlines", "two lines"), (" \u00a0", "(no name)"), ("\u200b", "(no name)"),
    ],
)  # fmt: skip
def test_a_name_that_a_picture_or_a_line_cannot_hold_is_shown_as_it_can_be(
    tmp_path: Path, title: str, shown: str
) -> None:
    report = reported(tmp_path)
    report.rename("tracks", "Title", title)
    report.rename("artists", "Name", title)
    report.write()
    week = WEEKS[-1].iso
    lines = report.page(f"cards/{week}.txt").splitlines()
    assert any(line.startswith(f"1. {shown} by {shown}") for line in lines)
    assert f"<bdi>{shown}</bdi>" in report.page()
    assert not re.search(r"<bdi>\s*</bdi>", report.page(), re.ASCII)


def test_a_page_loads_its_own_files_alone_and_links_back_to_spotify(report: Reported) -> None:
    for file in report.files():
        if not file.endswith(".html"):
            continue
        tags, up = Tags(report.page(file)), "../" if "/" in file else ""
        sources = [attrs["src"] for _, attrs in tags.opened if "src" in attrs]
        styles = [attrs["href"] for attrs in tags.of("link") if attrs["rel"] == "stylesheet"]
        assert {str(each).removeprefix(up) for each in [*sources, *styles]} <= report.files()
        notice = {"https://musicbrainz.org/", "https://creativecommons.org/licenses/by-nc-sa/3.0/"}
        assert notice < set(tags.links())
        outside = {each for each in tags.links() if "//" in each} - notice
        assert all(each.startswith("https://open.spotify.com/") for each in outside)
        inside = {each.removeprefix(up) for each in tags.links() if "//" not in each} - {"#main"}
        assert inside <= report.files()
    assert "https://open.spotify.com/track/song%2F4%3F" in Tags(report.page()).links()


def test_albums_of_the_week_are_new_this_week(report: Reported) -> None:
    assert "New this week by artists you follow" in words(report.page())
    assert "2 January 2026" in words(report.page())
    assert "New this week" not in words(report.page(f"weeks/{WEEKS[0].iso}.html"))


def test_albums_that_were_first_seen_in_a_week_are_new_in_it(tmp_path: Path) -> None:
    report = reported(tmp_path)
    report.execute("UPDATE albums SET FirstSeen = '2025-12-01' WHERE AlbumID = 'album'")
    report.execute("UPDATE albums SET FirstSeen = '2025-12-23' WHERE AlbumID = 'Album'")
    report.write()
    text = words(report.page(f"weeks/{WEEKS[1].iso}.html"))
    assert "New this week by artists you follow P Plain Zoë album, first seen 23 December" in text
    [row] = report.mart(f"SELECT * FROM new_releases WHERE WeekID = {WEEKS[1].week_id}")
    assert row["AlbumID"] == "Album"


def test_a_first_week_has_nothing_to_compare_with(tmp_path: Path) -> None:
    text = words(reported(tmp_path, WEEKS[:1]).page())
    assert text.count("no figures for the week before") == 2
    assert "None: no song has figures both in this week and in the one before" in text


def test_the_same_data_makes_the_same_pages(report: Reported, tmp_path: Path) -> None:
    other = reported(tmp_path)
    assert other.files() == report.files()
    for file in other.files():
        content = (other.folder / "reports" / file).read_bytes()
        assert content == (report.folder / "reports" / file).read_bytes(), file


def test_the_preview_shows_names_literally(tmp_path: Path) -> None:
    report = reported(tmp_path)
    report.materialise()
    result = report.materialise()
    told = result.asset_materializations_for_node("weekly_report")[0].metadata
    preview = str(told["preview"].value)
    assert preview.startswith("**2026-W01** (simulated figures)")
    assert r"\{\{ 7 \* 7 \}\} \| \`x\`" in preview
    assert told["written"].value == 0


def test_without_any_figures_it_says_so_and_the_run_goes_on(tmp_path: Path) -> None:
    assert "No week has figures yet" in words(reported(tmp_path, []).page())


def test_a_history_has_its_page_before_any_week_has_figures(tmp_path: Path) -> None:
    report = reported(tmp_path, [])
    report.listened([(at("2026-01-01T20:00:00"), "s1", 180.0)])
    report.write()
    assert "What you listened to has its page already" in words(report.page())
    assert "Plays 1 in 1 weeks" in words(report.page("listening.html"))
    assert '"listening": true' in report.page("assets/weeks.js")
    assert report.write().written == []


def test_before_any_mart_and_any_week_it_says_that_there_is_nothing_yet(tmp_path: Path) -> None:
    storage = FolderStorage(root=str(tmp_path))
    resources = {
        "database": DatabaseResource(url=f"sqlite:///{tmp_path}/music.db"),
        "storage": storage,
    }
    assert dg.materialize([weekly_report], resources=resources).success
    assert b"No week has figures yet" in storage.read("reports/index.html")[1]


def test_the_index_is_about_the_newest_finished_week(report: Reported) -> None:
    report.write(WEEKS[-1].sunday - dt.timedelta(days=1))
    assert "Week 52 of 2025" in words(report.page())
    text = words(report.page(f"weeks/{WEEKS[-1].iso}.html"))
    assert "This week is not finished: it is shown as it is so far" in text
    assert "than the week before" not in text


def test_a_week_is_finished_on_its_sunday(report: Reported) -> None:
    report.write(WEEKS[-1].sunday)
    assert "Week 1 of 2026" in words(report.page())
    assert "not finished" not in words(report.page())


def test_a_week_with_plays_shows_what_was_heard(tmp_path: Path) -> None:
    report = reported(tmp_path)
    assert "listening" not in words(report.page())
    assert '"listening": false' in report.page("assets/weeks.js")
    heard = [(at(f"2026-01-0{day}T20:00:00"), f"s{day % 2}", 180.0) for day in (1, 2, 3)]
    report.listened(heard)
    report.write()
    text = words(report.page())
    assert "You listened 9 minutes 3 plays of 2 songs" in text
    assert "2 songs for the first time, and 1 artist" in text
    assert "Longest streak 3 days 1 January 2026 to 3 January 2026" in words(
        report.page("listening.html")
    )
    assert '"listening": true' in report.page("assets/weeks.js")
    assert "Listened: 9 minutes" in report.page(f"cards/{WEEKS[-1].iso}.txt")
