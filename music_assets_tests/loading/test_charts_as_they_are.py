"""Charts, from files to the table: only what has changed is done, and nothing is lost."""

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from music_assets.sandbox.hit_parade import ChartSimulator
from music_assets.sandbox.server import SandboxServer
from music_assets.sandbox.world import World
from music_assets.storage.blobs import Blob
from music_assets.storage.fingerprints import forget_all
from music_assets.storage.folder import FolderStorage
from music_assets.storage.paths import CHART_FILES, LANDED_CHARTS, chart_file, landed_chart
from music_assets.storage.storage_errors import StorageError
from music_assets.transforms.charts import Chart
from music_assets.weeks import Week
from music_assets_tests.chart_files import GLOBAL, THURSDAY, csv_of, line, put, song_id
from music_assets_tests.house import House, failed_checks, failures, metadata_of, small_world
from music_assets_tests.sandbox.conftest import catalogue_of

CHARTS = "group:charts"
DAILY = Chart("global", "daily", THURSDAY)
GERMAN = Chart("de", "weekly", THURSDAY)
EARLIER = Chart("global", "weekly", THURSDAY - dt.timedelta(weeks=1))
ALL = (GLOBAL, DAILY, GERMAN, EARLIER)
LOADED = ("inserted", "updated", "deleted")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with SandboxServer(World.fictional(2, 2, 4)) as server:
        yield House(tmp_path, server)


@pytest.fixture
def filled(house: House) -> House:
    for chart in ALL:
        put(house.storage, chart)
    assert failures(run(house)) == {}
    return house


def run(house: House) -> dg.ExecuteInProcessResult:
    return house.run(CHARTS)


def done(result: dg.ExecuteInProcessResult) -> tuple[int, list[int], int]:
    """Charts that landed; rows inserted, updated and deleted; and rows left as they were."""
    told = metadata_of(result, "chart_entries")
    landed = metadata_of(result, "raw_charts")["landed"]
    return landed, [told[name] for name in LOADED], told["unchanged"]


def songs(house: House, chart: Chart = GLOBAL) -> dict[int, str]:
    """The songs of a chart in the table, by rank."""
    key = (chart.region, chart.period, chart.date.isoformat())
    return {row[4]: row[3] for row in house.rows("chart_entries") if row[:3] == key}


def by_hand(house: House, statement: str) -> None:
    with house.connection() as connection, connection.begin():
        connection.exec_driver_sql(statement)


def test_without_any_file_the_table_is_empty_and_the_run_green(house: House) -> None:
    result = run(house)
    assert (failures(result), failed_checks(result)) == ({}, set())
    assert done(result) == (0, [0, 0, 0], 0)
    assert metadata_of(result, "chart_entries")["dagster/row_count"] == 0


def test_each_song_of_each_chart_is_a_row_whoever_made_it(filled: House) -> None:
    assert len(filled.rows("chart_entries")) == 3 * len(ALL)
    [row] = [
        row for row in filled.rows("chart_entries") if row[:2] == ("de", "weekly") and row[4] == 2
    ]
    assert row == (
        *("de", "weekly", "2026-11-19", song_id(2), 2, 1, 2, 1, 8_999_998),
        *("Song at 2", 'An artist, "and" another', "A Label", 202647),
    )
    assert {row[4]: row[5] for row in filled.rows("chart_entries")} == {1: None, 2: 1, 3: None}


def test_a_chart_of_201_songs_is_loaded_as_it_is(house: House) -> None:
    put(house.storage, GLOBAL, *(line(rank) for rank in range(1, 202)))
    assert done(run(house)) == (1, [201, 0, 0], 0)
    assert songs(house) == {rank: song_id(rank) for rank in range(1, 202)}


def test_nothing_is_done_again_where_nothing_has_changed(filled: House) -> None:
    before = filled.dump(), filled.data_versions(), list(filled.storage.list(LANDED_CHARTS))
    result = run(filled)
    assert done(result) == (0, [0, 0, 0], 3 * len(ALL))
    assert metadata_of(result, "chart_entries")["step"] == "unchanged"
    after = filled.dump(), filled.data_versions(), list(filled.storage.list(LANDED_CHARTS))
    assert after == before


def test_a_changed_file_replaces_its_chart_as_a_whole_and_no_other(filled: House) -> None:
    put(filled.storage, GLOBAL, line(1, song_id(7)), line(2, song_id(1), previous=1))
    assert done(run(filled)) == (1, [1, 1, 2], 9)
    assert songs(filled) == {1: song_id(7), 2: song_id(1)}
    for other in ALL[1:]:
        assert songs(filled, other) == {rank: song_id(rank) for rank in (1, 2, 3)}
    assert done(run(filled)) == (0, [0, 0, 0], 11)


def test_only_the_weeks_of_changed_charts_are_loaded(filled: House) -> None:
    put(filled.storage, EARLIER, line(1))
    run(filled)
    loaded = [blob.path for blob in filled.storage.list("processed/chart_entries/")]
    assert [path.rpartition("/")[2] for path in loaded] == [
        "202646...202647.parquet",
        "202646.parquet",
    ]


def test_a_file_that_leaves_the_inbox_keeps_its_rows(filled: House) -> None:
    before = filled.dump()
    for chart in ALL:
        filled.storage.delete(chart_file(chart.key))
    assert done(run(filled)) == (0, [0, 0, 0], 12)
    forget_all(filled.storage)
    assert done(run(filled))[1] == [0, 0, 0]
    assert filled.dump() == before


def test_a_landing_that_is_gone_with_its_file_keeps_its_rows_too(filled: House) -> None:
    before = filled.dump()
    filled.storage.delete(chart_file(GERMAN.key))
    filled.storage.delete(landed_chart(GERMAN.key))
    assert done(run(filled))[1] == [0, 0, 0]
    assert filled.dump() == before


def test_the_same_file_twice_and_in_two_spellings_changes_no_row(filled: House) -> None:
    before = filled.dump()
    filled.storage.write(chart_file(GLOBAL.key), filled.storage.read(chart_file(GLOBAL.key))[1])
    other = put(filled.storage, GLOBAL, ending=" (1).csv")
    result = run(filled)
    assert (failures(result), done(result)[1]) == ({}, [0, 0, 0])
    assert failed_checks(result) == {"raw_charts:nothing_quarantined"}
    filled.storage.delete(chart_file(GLOBAL.key))
    filled.storage.write(
        other, csv_of([line(1), line(2, previous=1), line(3)]).decode("utf-8-sig").encode("utf-16")
    )
    result = run(filled)
    assert (failed_checks(result), done(result)[1]) == (set(), [0, 0, 0])
    assert filled.dump() == before


Change = Callable[[House], object]
CHANGES: dict[str, tuple[Change, int]] = {
    "an edited rank": (lambda house: by_hand(house, "UPDATE chart_entries SET Rank = 9"), 0),
    "deleted rows": (
        lambda house: by_hand(house, "DELETE FROM chart_entries WHERE Region = 'de'"),
        0,
    ),
    "a landing that is gone": (lambda house: house.storage.delete(landed_chart(GLOBAL.key)), 1),
    "a landing that somebody wrote": (
        lambda house: house.storage.write(landed_chart(GLOBAL.key), b"{}\n"),
        1,
    ),
    "no notes": (lambda house: forget_all(house.storage), len(ALL)),
}


@pytest.mark.parametrize(("change", "landings"), CHANGES.values(), ids=CHANGES)
def test_whatever_was_changed_is_healed(change: Change, landings: int, filled: House) -> None:
    before = filled.dump()
    change(filled)
    assert done(run(filled))[0] == landings
    assert filled.dump() == before
    assert done(run(filled)) == (0, [0, 0, 0], 12)


def test_a_bad_file_holds_up_no_other_and_its_chart_keeps_what_it_had(filled: House) -> None:
    path = chart_file(GLOBAL.key)
    filled.storage.write(path, b"<!DOCTYPE html><html></html>")
    put(filled.storage, GERMAN, line(1))
    for _ in range(2):
        result = run(filled)
        [(step, said)] = failures(result).items()
        assert step == "chart_entries_every_chart"
        assert said.startswith(f"{path} holds a web page")
        assert (len(songs(filled)), songs(filled, GERMAN)) == (3, {1: song_id(1)})
    filled.storage.delete(path)
    assert failures(run(filled)) == {}


class Locked(FolderStorage):
    """A folder whose inbox cannot be read."""

    def read(self, path: str) -> tuple[Blob, bytes]:
        if path.startswith("charts/"):
            raise StorageError(f"{path} cannot be read: Permission denied.")
        return super().read(path)


def test_a_file_that_the_storage_does_not_give_is_asked_for_again(house: House) -> None:
    path = put(house.storage, GLOBAL)
    house.storage_elsewhere = Locked(root=str(house.folder / "storage"))
    assert failures(run(house)) == {
        "chart_entries_every_chart": f"{path} cannot be read: Permission denied."
    }
    house.storage_elsewhere = None
    assert (failures(result := run(house)), done(result)) == ({}, (1, [3, 0, 0], 0))


def test_the_sandboxs_charts_are_loaded_to_the_last_song(house: House) -> None:
    simulator = ChartSimulator(catalogue_of(small_world()), "global")
    week = Week.of(THURSDAY)
    house.storage.write(f"{CHART_FILES}{simulator.file_name(week)}", simulator.chart(week))
    result = run(house)
    assert (failures(result), failed_checks(result)) == ({}, set())
    assert sorted(songs(house)) == list(range(1, 201))


def test_a_file_without_a_usable_song_leaves_its_chart_as_it_was_and_is_told(
    filled: House,
) -> None:
    put(filled.storage, GLOBAL, line(1, "a b"), line(2, "c d"))
    put(filled.storage, GERMAN, line(1), line(2, "e f"))
    for _ in range(2):
        result = run(filled)
        [said] = failures(result).values()
        assert said.startswith("No record of global-weekly-2026-11-19 could be used, so the table")
        assert failed_checks(result) == {"chart_entries:nothing_quarantined"}
        assert metadata_of(result, "chart_entries")["quarantined"] == 3
    assert (len(songs(filled)), songs(filled, GERMAN)) == (3, {1: song_id(1)})
    rejects: list[dict[str, Any]] = filled.quarantined()["chart_entries"]
    assert {(each["Region"], each["Reason"]) for each in rejects} == {
        ("global", "uri is 'spotify:track:a b', not the address of a track"),
        ("global", "uri is 'spotify:track:c d', not the address of a track"),
        ("de", "uri is 'spotify:track:e f', not the address of a track"),
    }
    put(filled.storage, GLOBAL)
    assert failures(run(filled)) == {}


def test_files_that_are_not_taken_are_told_and_the_run_is_green(filled: House) -> None:
    filled.storage.write("charts/my charts.csv", b"x")
    filled.storage.write("charts/regional-de-weekly-2026-11-18.csv", csv_of([line(1)]))
    result = run(filled)
    assert (failures(result), failed_checks(result)) == ({}, {"raw_charts:nothing_quarantined"})
    [said] = [
        each.description
        for each in result.get_asset_check_evaluations()
        if each.asset_key == dg.AssetKey("raw_charts")
    ]
    assert said
    assert "charts/my charts.csv is left out for its name" in said
    assert "2026-11-18 is a Wednesday" in said


def test_many_charts_are_loaded_in_several_loads(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("music_assets.loading.chart_loads.CHARTS_AT_ONCE", 3)
    days = [THURSDAY - dt.timedelta(days=back) for back in range(15)]
    for day in days:
        put(house.storage, Chart("global", "daily", day), line(1))
    assert done(run(house)) == (15, [15, 0, 0], 0)
    loads = {blob.path.split("/")[2] for blob in house.storage.list("processed/chart_entries/")}
    assert len(loads) == 3
    assert done(run(house)) == (0, [0, 0, 0], 15)
