"""A week that would land and load the same is left as it is; any other is made again."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from music_assets.sandbox.server import SandboxServer
from music_assets.storage.fingerprints import forget_all
from music_assets.storage.paths import landed_week, landed_week_success, weekly_file
from music_assets.weeks import Week
from music_assets_tests.house import WEEKS, House, failures, metadata_of, small_world

WEEKLY = "group:weekly"
WEEK = Week.from_key(WEEKS[1])


@pytest.fixture
def filled(tmp_path: Path) -> Any:
    with SandboxServer(small_world()) as server:
        house = House(tmp_path, server)
        house.follow()
        assert failures(house.run()) == {}
        yield house


def made(result: dg.ExecuteInProcessResult) -> tuple[int, set[str], int]:
    """Weeks that landed, weeks of which rows were written, and weeks that were added up."""
    assert failures(result) == {}
    written = {
        str(event.partition)
        for table in ("weekly_streams", "weekly_downloads")
        for event in result.asset_materializations_for_node(table)
        for name in ("inserted", "updated", "deleted")
        if event.metadata[name].value
    }
    landed = metadata_of(result, "raw_weekly")["landed"]
    return landed, written, metadata_of(result, "weekly_album_totals")["weeks"]


def give(house: House, *songs: str) -> None:
    figures = {
        "week": WEEK.week_id % 100, "total_weekly_streams": 7, "total_weekly_downloads": 1
    }  # fmt: skip
    entries = [{"song_id": song, "weekly_data": figures} for song in songs]
    house.storage.write(weekly_file(WEEK), json.dumps({"songs": entries}).encode())


def by_hand(house: House, statement: str) -> None:
    with house.connection() as connection, connection.begin():
        connection.exec_driver_sql("PRAGMA foreign_keys=ON")
        connection.exec_driver_sql(statement)


def test_nothing_is_made_again_where_nothing_has_changed(filled: House) -> None:
    before = filled.dump(), filled.data_versions()
    result = filled.run(WEEKLY)
    assert made(result) == (0, set(), 0)
    assert (filled.dump(), filled.data_versions()) == before
    for event in result.asset_materializations_for_node("weekly_streams"):
        assert event.metadata["dagster/partition_row_count"].value == 700


Change = Callable[[House], object]
CHANGES: dict[str, tuple[Change, int]] = {
    "an edited figure": (
        lambda house: by_hand(
            house, "UPDATE weekly_streams SET WeeklyStreams = 1 WHERE WeekID = 202602"
        ),
        0,
    ),
    "deleted rows": (
        lambda house: by_hand(house, "DELETE FROM weekly_downloads WHERE WeekID = 202602"),
        0,
    ),
    "sums that somebody changed": (
        lambda house: by_hand(house, "UPDATE weekly_album_totals SET Streams = 1"),
        0,
    ),
    "a landing that is gone": (lambda house: house.storage.delete(landed_week(WEEK)), 1),
    "a landing that is not closed": (
        lambda house: house.storage.delete(landed_week_success(WEEK)),
        1,
    ),
    "a landing that somebody wrote": (
        lambda house: house.storage.write(landed_week(WEEK), b"{}\n"),
        1,
    ),
    "no notes": (lambda house: forget_all(house.storage), len(WEEKS)),
}


@pytest.mark.parametrize(("change", "landings"), CHANGES.values(), ids=CHANGES)
def test_whatever_was_changed_is_healed(change: Change, landings: int, filled: House) -> None:
    before = filled.dump()
    change(filled)
    assert made(filled.run(WEEKLY))[0] == landings
    assert filled.dump() == before


def test_a_new_file_makes_its_week_alone(filled: House) -> None:
    give(filled, filled.rows("tracks")[0][0])
    assert made(filled.run(WEEKLY)) == (1, {WEEK.key}, 1)
    assert made(filled.run(WEEKLY)) == (0, set(), 0)


def test_an_orphan_beside_a_good_row_is_loaded_once_its_track_is_there(filled: House) -> None:
    (good, *_), (late, *_) = filled.rows("tracks")[:2]
    [track] = [row for row in filled.rows("tracks") if row[0] == late]
    give(filled, good, late)
    by_hand(filled, f"DELETE FROM tracks WHERE SongID = '{late}'")
    assert failures(filled.run(WEEKLY)) == {}
    quarantined = filled.run(WEEKLY)
    [told] = [
        event.metadata["quarantined"].value
        for event in quarantined.asset_materializations_for_node("weekly_streams")
        if event.partition == WEEK.key
    ]
    assert told == 1, "a week that is left as it is still tells its rejects"
    values = f"'{late}', 'Late', '{track[4]}'"
    by_hand(filled, f"INSERT INTO tracks (SongID, Title, AlbumID) VALUES ({values})")
    assert filled.run(WEEKLY).success
    found = {row[1] for row in filled.rows("weekly_streams") if row[0] == WEEK.week_id}
    assert found == {good, late}


def test_a_restored_older_database_gets_its_weeks_again(filled: House) -> None:
    older = filled.database_file.read_bytes()
    give(filled, filled.rows("tracks")[0][0])
    assert filled.run(WEEKLY).success
    after = filled.dump()
    filled.database_file.write_bytes(older)
    for rest in ("-wal", "-shm"):
        Path(f"{filled.database_file}{rest}").unlink(missing_ok=True)
    assert made(filled.run(WEEKLY)) == (0, {WEEK.key}, 1)
    assert filled.dump() == after
