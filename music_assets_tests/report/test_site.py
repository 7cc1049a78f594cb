"""The site: what changed is written, what nothing shows any more goes, and the rest stays."""

import datetime as dt
from pathlib import Path

import pytest

from music_assets.report import vega_bundle
from music_assets.report.file_names import album_file, artist_file, coded
from music_assets.weeks import Week
from music_assets_tests.play_rows import at
from music_assets_tests.reported import WEEKS, Reported, Tags, reported, words

ONE, OTHER = artist_file("one"), artist_file("ONE")
SHARED = {"assets/report.css", "assets/report.js", "assets/vega.js", "assets/weeks.js"}
MAKERS = {ONE, OTHER, album_file("album"), album_file("Album")}


def pages_of(week: Week) -> set[str]:
    return {f"weeks/{week.iso}.html", f"cards/{week.iso}.png", f"cards/{week.iso}.txt"}


@pytest.fixture
def report(tmp_path: Path) -> Reported:
    return reported(tmp_path)


def test_there_is_a_page_for_every_week_month_year_artist_and_album(report: Reported) -> None:
    weeks = {file for week in WEEKS for file in pages_of(week)}
    periods = {"months/2025-12.html", "months/2026-01.html", "years/2025.html", "years/2026.html"}
    assert report.files() == {"index.html"} | weeks | periods | SHARED | MAKERS


def test_ids_that_differ_in_capitals_alone_have_files_that_differ_on_any_disk(
    report: Reported,
) -> None:
    assert coded("aB") != coded("Ab")
    assert len({file.lower() for file in report.files()}) == len(report.files())
    assert "Zoë at Spotify" in words(report.page(OTHER))
    assert "Zoë at Spotify" not in words(report.page(ONE))


def test_unchanged_input_writes_nothing(report: Reported) -> None:
    assert report.write().written == []


def test_a_page_that_somebody_changed_or_deleted_is_made_anew(report: Reported) -> None:
    before = report.page()
    report.storage.write("reports/index.html", b"changed")
    report.storage.delete(f"reports/{ONE}")
    assert set(report.write().written) == {"index.html", ONE}
    assert report.page() == before


def touched_by(week: Week) -> set[str]:
    """The files of a new week: its own, and those of its month, its year and its lists."""
    thursday = week.monday + dt.timedelta(days=3)
    periods = {f"months/{thursday:%Y-%m}.html", f"years/{thursday:%Y}.html"}
    return pages_of(week) | periods | {"index.html", "assets/weeks.js"} | MAKERS


def after_a_new_week(report: Reported, week: Week) -> set[str]:
    """The files that a new week writes."""
    report.week(week)
    return set(report.again().written)


def test_one_new_week_writes_its_page_and_those_that_it_touches(report: Reported) -> None:
    week = Week.from_iso(2026, 2)
    assert after_a_new_week(report, week) == touched_by(week)
    assert {"months/2026-01.html", "years/2026.html"} <= touched_by(week)
    assert report.write().written == []


def test_as_many_files_are_written_for_a_new_week_after_twenty_as_after_four(
    tmp_path: Path,
) -> None:
    # Over the end of a year: no page of an earlier month or year is written for a new week.
    report, weeks = Reported(tmp_path), Week.from_iso(2026, 6).and_before(22)[::-1]
    report.catalogue(dt.date(1999, 1, 1))
    for week in weeks[:4]:
        report.week(week)
    report.views()
    report.again()
    after_four = after_a_new_week(report, weeks[4])
    for week in weeks[5:21]:
        report.week(week)
    report.again()
    after_twenty = after_a_new_week(report, weeks[21])
    assert after_four == touched_by(weeks[4])
    assert after_twenty == touched_by(weeks[21])
    assert len(after_twenty) == len(after_four) == 11
    periods = {file for file in report.files() if file.startswith(("months/", "years/"))}
    assert (len(periods), len(periods & after_twenty)) == (8, 2)


def test_an_older_week_whose_figures_change_is_written_anew_with_what_follows_from_it(
    report: Reported,
) -> None:
    first = f"weeks/{WEEKS[0].iso}.html"
    before = report.page(first)
    report.execute(
        f"UPDATE weekly_streams SET WeeklyStreams = 9000 WHERE WeekID = {WEEKS[0].week_id} "
        "AND SongID = 'song/4?'"
    )
    report.again()
    assert report.page(first) != before
    assert "9,000" in report.page(first)
    # It was the first in the week before now, and is told so.
    assert "was #1" in report.page(f"weeks/{WEEKS[1].iso}.html")
    assert "13,000" in words(report.page(ONE)) or "13,000" in words(report.page(OTHER))


def test_a_week_that_is_gone_takes_its_pages_along(report: Reported) -> None:
    for table in ("weekly_streams", "weekly_downloads"):
        report.execute(f"DELETE FROM {table} WHERE WeekID = {WEEKS[-1].week_id}")
    report.again()
    assert pages_of(WEEKS[-1]).isdisjoint(report.files())
    assert "months/2026-01.html" not in report.files()
    assert "Week 52 of 2025" in words(report.page())


def test_an_artist_who_is_gone_takes_the_page_along(report: Reported) -> None:
    report.execute("DELETE FROM artists WHERE ArtistID = 'one'")
    report.again()
    assert ONE not in report.files()
    assert ONE not in Tags(report.page()).links()


def test_a_new_name_is_shown_everywhere(report: Reported) -> None:
    report.execute("UPDATE artists SET Name = 'Zoë the Second' WHERE ArtistID = 'ONE'")
    report.again()
    assert "Zoë the Second" in words(report.page())
    assert "Zoë the Second" in words(report.page(OTHER))


def test_a_cover_that_is_told_later_is_shown_and_invented_ones_are_not(report: Reported) -> None:
    cover = "https://i.scdn.co/image/ab67"
    report.execute(f"UPDATE albums SET CoverURL = '{cover}' WHERE AlbumID = 'album'")
    report.write(sandbox=True)
    assert cover not in report.page(album_file("album"))
    report.write()
    images = Tags(report.page(album_file("album"))).of("img")
    assert [each["src"] for each in images] == [cover]
    assert images[0]["loading"] == "lazy"
    assert images[0]["referrerpolicy"] == "no-referrer"
    assert images[0]["width"]


@pytest.mark.parametrize(
    "cover", ["javascript:alert(1)", "http://i.scdn.co/image/ab67", "https://i.scdn.co.example/x"]
)
def test_a_cover_from_where_no_page_may_load_one_is_drawn(report: Reported, cover: str) -> None:
    report.execute(f"UPDATE albums SET CoverURL = '{cover}'")
    report.write()
    for file in ("index.html", "months/2026-01.html", album_file("album")):
        assert Tags(report.page(file)).of("img") == []


def test_plays_of_a_week_write_the_pages_that_show_them(report: Reported) -> None:
    report.listened([(at("2026-01-01T20:00:00"), "s1", 180.0)])
    week = WEEKS[-1]
    months = {"months/2025-12.html", "months/2026-01.html", "years/2025.html", "years/2026.html"}
    touched = pages_of(week) | months | {"index.html", "listening.html", "assets/weeks.js"}
    assert set(report.write().written) == touched


def test_simulated_plays_are_named_in_a_year_that_neither_began_nor_ended_with_them(
    report: Reported,
) -> None:
    report.listened([(at("2026-03-10T20:00:00"), "s1", 180.0)])
    report.execute("UPDATE plays SET Source = 'simulated'")
    report.write()
    assert "You listened simulated 3 minutes" in words(report.page("years/2026.html"))
    heard = words(report.page("listening.html"))
    assert "Streaks simulated days in a row" in heard
    assert "Latest discoveries simulated artists whom you heard" in heard


def test_what_earlier_versions_wrote_goes_and_what_is_not_ours_stays(report: Reported) -> None:
    report.storage.write("reports/weekly_report.html", b"old")
    report.storage.write("reports/artists/nobody.html", b"old")
    report.storage.write("reports/mine.html", b"mine")
    report.write()
    assert "mine.html" in report.files()
    assert not {"weekly_report.html", "artists/nobody.html"} & report.files()


def test_pages_are_small(report: Reported) -> None:
    sizes = {file: len(report.page(file)) for file in report.files() if file.endswith(".html")}
    assert max(sizes.values()) < 300_000


def test_without_its_notes_the_site_is_made_anew_and_is_the_same(report: Reported) -> None:
    before = {file: (report.folder / "reports" / file).read_bytes() for file in report.files()}
    report.storage.clear("checkpoints/fingerprints/")
    assert set(report.write().written) == before.keys()
    assert {f: (report.folder / "reports" / f).read_bytes() for f in before} == before


def test_marts_that_no_run_has_made_yet_hold_up_no_page(report: Reported) -> None:
    before = report.page()
    for mart in ("chart_positions", "my_top_tracks", "counted_plays"):
        report.execute(f"DROP VIEW {mart}")
    report.storage.clear("checkpoints/fingerprints/")
    report.write()
    assert report.page() == before


def test_the_library_of_charts_is_that_of_the_installed_version() -> None:
    assert vega_bundle.FILE.read_text("utf-8") == vega_bundle.bundle()
