"""The report's numbers are the marts': pages are read as a browser would, and compared."""

import re

import pytest

from music_assets.report.file_names import album_file, artist_file
from music_assets_tests.play_rows import at
from music_assets_tests.reported import WEEKS, Reported, Tags, reported, words

# What is made for all of its tests is made once.
pytestmark = pytest.mark.xdist_group("report-marts")

GIVEN = WEEKS[-1:]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Reported:
    made = reported(tmp_path_factory.mktemp("report"), given=GIVEN)
    moments = [f"2025-12-{day}T{hour}:00:00" for day in (20, 28, 31) for hour in (18, 20, 21)]
    made.listened([(at(each), f"s{n % 3}", 100.0 + n) for n, each in enumerate(moments)])
    made.write()
    return made


def number(value: object) -> str:
    return "" if value is None else str(value)


def cells(html: str, song: str) -> list[str]:
    """The values of a song's row, as sorting takes them."""
    row = re.search(rf'<tr data-song="{re.escape(song)}".*?</tr>', html, re.DOTALL)
    assert row, song
    return re.findall(r'<td[^>]*data-v="([^"]*)"', row[0])


@pytest.mark.parametrize("week", WEEKS, ids=lambda week: week.iso)
def test_a_weeks_totals_and_tracks(report: Reported, week: object) -> None:
    html = report.page(f"weeks/{week.iso}.html")  # type: ignore[attr-defined]
    key = week.week_id  # type: ignore[attr-defined]
    [totals] = report.mart(f"SELECT * FROM weekly_totals WHERE WeekID = {key}")
    shown = Tags(html).totals()
    assert shown["Streams", ""] == number(totals["Streams"])
    assert shown["Downloads", ""] == number(totals["Downloads"])
    tracks = report.mart(f"SELECT * FROM top_tracks WHERE WeekID = {key} ORDER BY StreamRank")
    assert tracks
    for row in tracks:
        rank, *_, streams, downloads = cells(html, row["SongID"])
        told = (number(row["StreamRank"]), number(row["Streams"]), number(row["Downloads"]))
        assert (rank, streams, downloads) == told


def test_an_artists_weeks(report: Reported) -> None:
    for artist in ("one", "ONE"):
        text = words(report.page(artist_file(artist)))
        rows = report.mart(
            f"SELECT * FROM weekly_artist_totals WHERE ArtistID = '{artist}' ORDER BY WeekID"
        )
        assert len(rows) == len(WEEKS)
        for week, row in zip(WEEKS, rows, strict=True):
            kind = "given in a file" if row["Figures"] == "given" else row["Figures"]
            assert f"{week.iso} {row['Streams']:,} {row['Downloads']:,} {kind}" in text


def test_an_albums_weeks(report: Reported) -> None:
    for album in ("album", "Album"):
        text = words(report.page(album_file(album)))
        rows = report.mart(
            f"SELECT * FROM weekly_album_totals WHERE AlbumID = '{album}' ORDER BY WeekID"
        )
        assert len(rows) == len(WEEKS)
        for week, row in zip(WEEKS, rows, strict=True):
            assert f"{week.iso} {row['Streams']:,} {row['Downloads']:,}" in text


def test_a_years_sums_are_of_one_kind_each(report: Reported) -> None:
    for year in (2025, 2026):
        shown = Tags(report.page(f"years/{year}.html")).totals()
        sums = report.mart(
            "SELECT Figures, SUM(Streams) AS Streams, SUM(Downloads) AS Downloads "
            f"FROM weekly_totals WHERE WeekID / 100 = {year} GROUP BY Figures"
        )
        told = {(name, row["Figures"]): str(row[name]) for row in sums for name in SUMMED}
        assert {key: value for key, value in shown.items() if key[1]} == told


SUMMED = ("Streams", "Downloads")


def test_what_was_heard_in_a_week_a_month_and_ever(report: Reported) -> None:
    for row in report.mart("SELECT * FROM my_weekly_plays"):
        week = next(each for each in WEEKS if each.week_id == row["WeekID"])
        text = words(report.page(f"weeks/{week.iso}.html"))
        told = f"You listened {row['Minutes']:,.0f} minutes {row['Plays']} plays"
        assert f"{told} of {row['Songs']} songs" in text
    [month] = report.mart(
        "SELECT COUNT(*) AS Plays, SUM(Milliseconds) / 60000.0 AS Minutes FROM counted_plays "
        "WHERE MonthStartDate = '2025-12-01'"
    )
    assert f"You listened {month['Minutes']:,.0f} minutes {month['Plays']} plays" in words(
        report.page("months/2025-12.html")
    )
    top = report.mart("SELECT * FROM my_top_tracks WHERE Period = 'all' ORDER BY PlayRank")
    text = words(report.page("listening.html"))
    for row in top:
        assert f"{row['Title']} {row['ArtistName']} {row['Plays']} plays" in text
    streak = report.mart("SELECT * FROM my_streaks ORDER BY Days DESC, FirstDate")[0]
    assert f"Longest streak {streak['Days']} days" in text
    found = report.mart(
        "SELECT * FROM my_discoveries WHERE ArtistDiscovered = 1 ORDER BY FirstHeardAt DESC, SongID"
    )
    assert found
    listed = text.partition("Latest discoveries")[2]
    places = [listed.index(f"{row['ArtistName']} {row['Title']}") for row in found[:10]]
    assert places == sorted(places)


def test_the_cards_say_the_same(report: Reported) -> None:
    for week in WEEKS:
        [totals] = report.mart(f"SELECT * FROM weekly_totals WHERE WeekID = {week.week_id}")
        kind = "" if totals["Figures"] == "given" else f" ({totals['Figures']})"
        card = report.page(f"cards/{week.iso}.txt")
        assert f"Streams{kind}: {totals['Streams']:,}" in card
        picture = (report.folder / f"reports/cards/{week.iso}.png").read_bytes()
        assert picture[:8] == b"\x89PNG\r\n\x1a\n"
        assert (int.from_bytes(picture[16:20]), int.from_bytes(picture[20:24])) == (1200, 630)
        assert len(picture) < 500_000
