"""The checks of marts and of the report: each finds what somebody broke, and stays red."""

import datetime as dt

import dagster as dg
import pytest

from music_assets.database.resource import DatabaseResource
from music_assets.defs.assets.marts import publish_mart
from music_assets.defs.mart_checks import mart_check, of_the_newest_week
from music_assets.schema import tables
from music_assets.schema.mart_sql import Mart, read_marts, sql_folder
from music_assets.storage.folder import FolderStorage
from music_assets.storage.paths import WEEKLY_REPORT
from music_assets.weeks import Week
from music_assets_tests.conftest import opened
from music_assets_tests.database.syncing import frame

MARTS = read_marts(sql_folder() / "marts")
WEEKS = [Week.from_key(key) for key in ("2025-12-29", "2026-01-05")]
ALBUM = ("A", "An album", "album", dt.date(1987, 1, 1), "day", 1)


@pytest.fixture
def filled(database: DatabaseResource) -> DatabaseResource:
    """One album with figures in two weeks."""
    database.sync(tables.albums, frame(tables.albums, [ALBUM]))
    columns = [
        "WeekID",
        "WeekStartDate",
        "AlbumID",
        "Figures",
        "Tracks",
        "Streams",
        "StreamFigures",
    ]
    rows = [(week.week_id, week.monday, "A", "simulated", 1, 5, 1) for week in WEEKS]
    database.sync(tables.weekly_album_totals, frame(tables.weekly_album_totals, rows, columns))
    return database


def outcome(mart: Mart, database: DatabaseResource, storage: FolderStorage) -> dg.AssetCheckResult:
    result = publish_mart(mart, {mart.name: mart}, database, storage, WEEKS)
    [check] = result.check_results or []
    return check


def test_good_marts_are_plausible(filled: DatabaseResource, storage: FolderStorage) -> None:
    assert outcome(MARTS["weekly_totals"], filled, storage).passed
    assert not outcome(MARTS["top_tracks"], filled, storage).passed  # there are no weekly_streams


def test_a_week_with_figures_and_no_row_is_found(
    filled: DatabaseResource, storage: FolderStorage
) -> None:
    sql = (
        "-- One row is one week.\n-- Weeks read: 1\n"
        "SELECT WeekID, Figures, Streams FROM weekly_album_totals WHERE WeekID > 202601"
    )
    check = outcome(Mart("weekly_totals", sql), filled, storage)
    assert not check.passed
    assert check.description == "202601 has figures and no row."


def test_a_gap_in_ranks_is_found_and_stays_until_the_rows_change(
    filled: DatabaseResource, storage: FolderStorage
) -> None:
    sql = (
        "-- One row is one week.\n-- Weeks read: 1\n"
        "SELECT WeekID, CAST(2 AS INTEGER) AS StreamRank FROM weekly_album_totals"
    )
    for _ in range(2):
        check = outcome(Mart("broken", sql), filled, storage)
        assert not check.passed
        assert check.metadata["findings"].value == 2


def test_a_mart_of_all_weeks_must_not_be_empty(
    filled: DatabaseResource, storage: FolderStorage
) -> None:
    sql = "-- One row is one album.\nSELECT AlbumID FROM albums WHERE AlbumID = 'B'"
    assert not outcome(Mart("album_performance", sql), filled, storage).passed


def test_every_mart_with_ranks_or_shares_has_one_check() -> None:
    checked = {name for name, mart in MARTS.items() if mart_check(mart)}
    assert checked == {name for name, mart in MARTS.items() if _is_judged(mart)}
    assert all(len(mart_check(mart)) <= 1 for mart in MARTS.values())


def _is_judged(mart: Mart) -> bool:
    names = {*mart.query.named_selects}
    always = {"weekly_totals", "album_performance"}
    ranked = names & {"StreamRank", "MoveRank", "PlayRank", "ShareOfStreams"}
    return bool(ranked) or mart.name in always


def test_the_report_must_be_there_and_name_the_newest_finished_week(
    filled: DatabaseResource, storage: FolderStorage
) -> None:
    def passed() -> bool:
        result = of_the_newest_week(filled, storage)
        assert isinstance(result, dg.AssetCheckResult)
        return result.passed

    assert not passed()
    storage.write(WEEKLY_REPORT, b"<p>2026-W01</p>")
    assert not passed()
    storage.write(WEEKLY_REPORT, b"<p>2026-W02 and 2026-W01</p>")
    assert passed()


def test_without_any_week_the_report_need_only_be_there(url: str, storage: FolderStorage) -> None:
    storage.write(WEEKLY_REPORT, b"No week has figures yet.")
    result = of_the_newest_week(opened(url), storage)
    assert isinstance(result, dg.AssetCheckResult)
    assert result.passed
