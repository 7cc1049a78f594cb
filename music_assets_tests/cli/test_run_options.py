"""`music-assets run` over the weeks and assets that somebody names, and what it ends with."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing

import pytest

from music_assets.cli.weeks_to_do import every_week
from music_assets_tests.cli.installation import Installation

# What is made for all of its tests is made once.
pytestmark = pytest.mark.xdist_group("run-options")

FIRST, SECOND, NEWEST = every_week()[-3:]


def runs(installation: Installation) -> list[str]:
    """The first and the last week of each run so far, oldest first."""
    history = installation.folder / "data" / "dagster" / "history" / "runs.db"
    with closing(sqlite3.connect(history)) as connection:
        bodies = connection.execute("SELECT run_body FROM runs ORDER BY id").fetchall()
    edges = ('range_start": "', 'range_end": "')
    weeks = (FIRST, SECOND, NEWEST)
    return [
        " ".join(week.iso for week in weeks if any(f"{edge}{week.key}" in body for edge in edges))
        for (body,) in bodies
    ]


def made(installation: Installation, *options: str) -> list[str]:
    """The assets that a run makes."""
    ran = installation.call("run", *options, "--json")
    assert ran.code == 0, ran.err
    assert ran.json["failures"] == []
    return [step["asset"] for step in ran.json["steps"]]


@pytest.mark.parametrize("name", [SECOND.iso, SECOND.key, str(SECOND.week_id)])
def test_a_week_is_named_in_three_ways(installed: Installation, name: str) -> None:
    assert made(installed, "--week", name, "--select", "weekly_streams") == ["weekly_streams"]
    assert runs(installed)[-1] == SECOND.iso


def test_a_range_of_weeks_is_one_run_and_weeks_apart_are_two(installed: Installation) -> None:
    select = ("--select", "raw_weekly+")
    before = len(runs(installed))
    found = made(installed, "--weeks", f"{FIRST.iso}..{SECOND.iso}", *select)
    assert found == ["raw_weekly", "weekly_downloads", "weekly_streams"]
    assert runs(installed)[before:] == [f"{FIRST.iso} {SECOND.iso}"]
    made(installed, "--week", FIRST.iso, "--week", NEWEST.iso, *select)
    assert runs(installed)[before + 1 :] == [FIRST.iso, NEWEST.iso]


def test_assets_without_a_week_are_made_over_those_that_need_it(installed: Installation) -> None:
    assert made(installed, "--select", "genres") == ["genres"]
    assert runs(installed)[-1] == NEWEST.iso


def test_refresh_makes_what_is_named_anew(installed: Installation) -> None:
    ran = installed.call("run", "--select", "raw_albums", "--refresh", "--json")
    assert [step["asset"] for step in ran.json["steps"]] == ["raw_albums"]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (["--week", "soon"], "soon is no week, such as 2026-W47"),
        (["--week", "1999-W01"], "is no week of this installation; its weeks are"),
        (["--week", "2026-W99"], "is no week"),
        (["--weeks", FIRST.iso], "is no range of weeks"),
        (["--weeks", f"{FIRST.iso}.."], "is no range of weeks"),
        (["--weeks", f"..{FIRST.iso}"], "is no range of weeks"),
        (["--weeks", f"{NEWEST.iso}..{FIRST.iso}"], "ends before it begins"),
        (["--select", "nonsense"], "nonsense cannot be read"),
        (["--select", "followed_artists_list"], "selects none of the assets"),
    ],
)
def test_a_name_that_is_wrong_is_a_sentence_and_nothing_runs(
    installed: Installation, wrong: Sequence[str], why: str
) -> None:
    before = len(runs(installed))
    ran = installed.call("run", *wrong)
    assert ran.code == 2
    assert why in ran.err
    assert len(runs(installed)) == before


def test_it_ends_with_the_addresses_of_the_database_and_the_report(
    installed: Installation,
) -> None:
    page = installed.folder / "data" / "storage" / "reports" / "index.html"
    ran = installed.call("run", "--select", "genres")
    assert ran.out.splitlines()[-2:] == [
        f"The database is {installed.database}",
        f"The report is {page.as_uri()}",
    ]
    answer = installed.call("run", "--select", "genres", "--json").json
    assert (answer["database"], answer["report"]) == (str(installed.database), page.as_uri())


def test_a_run_that_fails_says_so_in_its_answer_too(installed: Installation) -> None:
    away = "sqlite:////dev/null/music.db"
    ran = installed.call("run", "--week", NEWEST.iso, "--json", MUSIC_DATABASE_URL=away)
    assert ran.code == 1
    assert ran.json["failures"]
    assert "cannot be opened" in ran.err


def test_settings_and_exports_have_an_answer_for_scripts(installed: Installation) -> None:
    told = installed.call("settings", "--json", SPOTIPY_CLIENT_ID="a", SPOTIPY_CLIENT_SECRET="bbbb")
    assert told.json["MUSIC_ENGINE"] == "polars"
    assert "bbbb" not in told.out
    [file] = installed.call("export", "genres", "--to", "out", "--json").json
    assert file["name"] == "genres"
    assert (installed.folder / file["file"]).is_file()
