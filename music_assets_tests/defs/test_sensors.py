"""Sensors and the schedule: what they decide, and what they ask for."""

import datetime as dt
import json
from pathlib import Path

import dagster as dg
import pytest

from music_assets.calls.ledger import Ledger
from music_assets.definitions import defs
from music_assets.defs.sensors import (
    followed_artists_sensor,
    reason_to_skip,
    resume_sensor,
    weekly_data_sensor,
)
from music_assets.landing.ingests import IngestError
from music_assets.landing.weekly_inbox import changed_weeks, loaded_versions
from music_assets.partitions import RANGE_END, RANGE_START, WEEKS, newest_key
from music_assets.sandbox.server import SandboxServer
from music_assets.schema.tables import SIMULATED
from music_assets.spotify.access import SpotifyResource
from music_assets.storage.blobs import Blob, StorageResource
from music_assets.storage.folder import FolderStorage
from music_assets.storage.paths import FOLLOW_LIST, LOADED_VERSIONS, weekly_file
from music_assets.weeks import Week
from music_assets_tests.house import WEEKS as SOME
from music_assets_tests.house import House, let_the_time_come, small_world

LIST = b'{"items": [{"id": "Artist1"}]}'
WEEK = "weekly-data/weekly_data_2026-W02.json"


class WrittenMeanwhile(FolderStorage):
    """A folder into which somebody writes while it is being read."""

    def find(self, path: str) -> Blob | None:
        found = super().find(path)
        with (Path(self.root) / path).open("ab") as file:
            file.write(b" ")
        return found


@pytest.fixture
def folder_storage(tmp_path: Path) -> StorageResource:
    return FolderStorage(root=str(tmp_path))


@pytest.fixture(params=["folder_storage", "blob_storage"])
def storage(request: pytest.FixtureRequest) -> StorageResource:
    implementation: StorageResource = request.getfixturevalue(request.param)
    return implementation


def tick(
    sensor: dg.SensorDefinition, storage: StorageResource, cursor: str | None = None
) -> dg.SensorResult | dg.SkipReason:
    known = {"storage": storage, "spotify": SpotifyResource()}
    needed = {name: known[name] for name in sensor.required_resource_keys}
    with dg.build_sensor_context(cursor=cursor, resources=needed) as context:
        found = sensor(context)
    assert isinstance(found, dg.SensorResult | dg.SkipReason)
    return found


def skipped(result: dg.SensorResult | dg.SkipReason) -> str:
    assert isinstance(result, dg.SkipReason)
    return str(result.skip_message)


def asked(result: dg.SensorResult | dg.SkipReason) -> tuple[list[dg.RunRequest], str]:
    assert isinstance(result, dg.SensorResult)
    requests = [each for each in result.run_requests or [] if isinstance(each, dg.RunRequest)]
    return requests, str(result.cursor)


@pytest.mark.parametrize(
    ("blob", "reason"),
    [
        (None, "There is no"),
        (Blob(FOLLOW_LIST, "1", 0), "empty"),
        (Blob(FOLLOW_LIST, "seen", 9), "has not changed"),
    ],
)
def test_a_list_is_looked_at_only_if_it_is_there_and_new(blob: Blob | None, reason: str) -> None:
    assert reason in str(reason_to_skip(blob, "seen"))


def test_a_new_list_asks_for_one_run_of_the_whole_graph_over_all_weeks(
    storage: StorageResource,
) -> None:
    storage.write(FOLLOW_LIST, LIST)
    [request], cursor = asked(tick(followed_artists_sensor, storage))
    assert request.tags == {RANGE_START: WEEKS.get_partition_keys()[0], RANGE_END: newest_key()}
    found = storage.find(FOLLOW_LIST)
    assert found is not None
    assert request.run_key == cursor == found.etag
    assert "has not changed" in skipped(tick(followed_artists_sensor, storage, cursor))
    storage.write(FOLLOW_LIST, LIST + LIST)
    [again], _ = asked(tick(followed_artists_sensor, storage, cursor))
    assert again.run_key != request.run_key


def test_a_list_that_is_missing_or_empty_is_skipped_with_a_reason(storage: StorageResource) -> None:
    assert "There is no" in skipped(tick(followed_artists_sensor, storage))
    storage.write(FOLLOW_LIST, b"")
    assert "empty" in skipped(tick(followed_artists_sensor, storage))


def test_a_list_that_is_still_being_written_is_skipped(tmp_path: Path) -> None:
    FolderStorage(root=str(tmp_path)).write(FOLLOW_LIST, LIST)
    reason = skipped(tick(followed_artists_sensor, WrittenMeanwhile(root=str(tmp_path))))
    assert "while it was being read" in reason


def test_an_unreadable_list_fails_the_tick_and_says_why(storage: StorageResource) -> None:
    storage.write(FOLLOW_LIST, b"\xff\xff")
    with pytest.raises(IngestError, match=r"can be read: not UTF-8 \(line 1\)"):
        tick(followed_artists_sensor, storage)


def test_the_job_behind_the_sensor_covers_every_asset(storage: StorageResource) -> None:
    storage.write(FOLLOW_LIST, LIST)
    with dg.build_sensor_context(
        repository_def=defs().get_repository_def(), resources={"storage": storage}
    ) as context:
        data = followed_artists_sensor.evaluate_tick(context)
    [request] = data.run_requests or []
    assert request.job_name is None or request.job_name == "full_graph"
    job = defs().resolve_job_def("full_graph")
    executable = set(job.asset_layer.executable_asset_keys)
    every = {key for each in defs().assets or () if isinstance(each, dg.AssetsDefinition)
             for key in each.keys if each.is_executable}  # fmt: skip
    assert executable == every


def test_only_new_or_changed_files_of_known_weeks_ask_for_runs() -> None:
    blobs = [
        Blob(WEEK, "2", 5),
        Blob("weekly-data/weekly_data_2026-W03.json", "1", 5),
        Blob("weekly-data/weekly_data_2026-W04.json", "1", 0),
        Blob("weekly-data/weekly_data_1999-W04.json", "1", 5),
        Blob("weekly-data/weekly_data_2026-W54.json", "1", 5),
        Blob("weekly-data/notes.txt", "1", 5),
    ]
    seen = {WEEK: "1", "weekly-data/weekly_data_2026-W03.json": "1"}
    found = changed_weeks(blobs, seen, WEEKS.get_partition_keys())
    assert found == {Week.from_iso(2026, 2): blobs[0]}


def test_a_weeks_file_asks_for_a_run_of_that_week_once_per_version(
    storage: StorageResource,
) -> None:
    assert "is new" in skipped(tick(weekly_data_sensor, storage))
    storage.write(WEEK, b'{"songs": []}')
    [request], cursor = asked(tick(weekly_data_sensor, storage))
    assert request.partition_key == "2026-01-05"
    assert "is new" in skipped(tick(weekly_data_sensor, storage, cursor))
    storage.write("weekly-data/weekly_data_2026-W03.json", b'{"songs": []}')
    [other], later = asked(tick(weekly_data_sensor, storage, cursor))
    assert other.partition_key == "2026-01-12"
    assert set(json.loads(later)) == {WEEK, "weekly-data/weekly_data_2026-W03.json"}
    storage.write(WEEK, b'{"songs": [] }')
    [again], _ = asked(tick(weekly_data_sensor, storage, later))
    assert again.partition_key == request.partition_key
    assert again.run_key != request.run_key


def test_a_run_that_spotify_refused_is_gone_on_with_when_its_time_has_come(
    storage: StorageResource,
) -> None:
    assert "refused nothing" in skipped(tick(resume_sensor, storage))
    ledger = Ledger(storage, SpotifyResource().app, "test")
    ledger.refuse(3_600)
    assert "takes no calls before" in skipped(tick(resume_sensor, storage))
    let_the_time_come(storage)
    assert "nothing to go on with" in skipped(tick(resume_sensor, storage))
    storage.write(FOLLOW_LIST, LIST)
    [request], _ = asked(tick(resume_sensor, storage))
    assert request.tags == {RANGE_START: WEEKS.get_partition_keys()[0], RANGE_END: newest_key()}


def test_on_sunday_the_schedule_asks_for_the_week_that_is_ending() -> None:
    schedule = defs().get_repository_def().get_schedule_def("weekly_schedule")
    assert schedule.cron_schedule == "0 6 * * 0"
    sunday = dt.datetime(2026, 11, 22, 6, tzinfo=dt.UTC)
    context = dg.build_schedule_context(
        scheduled_execution_time=sunday, repository_def=defs().get_repository_def()
    )
    [request] = schedule.evaluate_tick(context).run_requests or []
    assert request.partition_key == "2026-11-16"


def test_everything_that_starts_by_itself_is_running_by_default() -> None:
    sensors = [sensor.default_status for sensor in defs().sensors or ()]
    assert len(sensors) > 4
    assert set(sensors) == {dg.DefaultSensorStatus.RUNNING}
    schedule = defs().get_repository_def().get_schedule_def("weekly_schedule")
    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING


def test_what_a_run_has_loaded_is_seen_already(tmp_path: Path) -> None:
    """As after `music-assets run`: a daemon that starts later has nothing to do."""
    with SandboxServer(small_world()) as server:
        house = House(tmp_path, server)
        house.follow()
        week = Week.from_key(SOME[0])
        song = next(iter(server.world.album_tracks.values()))[0]["id"]
        figures = {"week": week.week_id, "total_weekly_downloads": 1, "total_weekly_streams": 1}
        content = json.dumps({"songs": [{"song_id": song, "weekly_data": figures}]}).encode()
        house.storage.write(weekly_file(week), content)
        assert house.run("*").success
        resources = {"storage": house.storage}
        tick = followed_artists_sensor(dg.build_sensor_context(resources=resources))
        assert isinstance(tick, dg.SensorResult)
        assert not tick.run_requests
        assert isinstance(
            weekly_data_sensor(dg.build_sensor_context(resources=resources)), dg.SkipReason
        )
        house.follow()
        house.storage.write(weekly_file(week), content + b" ")
        for sensor in (followed_artists_sensor, weekly_data_sensor):
            tick = sensor(dg.build_sensor_context(resources=resources))
            assert isinstance(tick, dg.SensorResult)
            assert len(tick.run_requests or ()) == 1
        # A week that has landed and is in no table yet is not taken for a loaded one.
        assert house.run("raw_weekly").success
        assert house.run("weekly_report").success
        tick = weekly_data_sensor(dg.build_sensor_context(resources=resources))
        assert isinstance(tick, dg.SensorResult)


def test_each_weeks_materialisation_has_the_counts_of_that_week(tmp_path: Path) -> None:
    with SandboxServer(small_world()) as server:
        house = House(tmp_path, server)
        house.follow()
        week = Week.from_key(SOME[1])
        assert house.run("*", SOME).success
        song = house.rows("tracks")[0][0]
        figures = {"week": week.week_id, "total_weekly_downloads": 1, "total_weekly_streams": 1}
        content = json.dumps({"songs": [{"song_id": song, "weekly_data": figures}]}).encode()
        house.storage.write(weekly_file(week), content)
        result = house.run("*", SOME)
        told = {
            event.partition: {
                name: value.value for name, value in event.materialization.metadata.items()
            }
            for event in result.get_asset_materialization_events()
            if event.asset_key == dg.AssetKey("weekly_streams")
        }
        tracks = len(house.rows("tracks"))
        rows = {key: counts["dagster/partition_row_count"] for key, counts in told.items()}
        assert rows == {SOME[0]: tracks, SOME[1]: 1, SOME[2]: tracks}
        changes = {
            key: [counts[name] for name in ("inserted", "updated", "deleted")]
            for key, counts in told.items()
        }
        assert changes == {SOME[0]: [0, 0, 0], SOME[1]: [0, 1, tracks - 1], SOME[2]: [0, 0, 0]}


def test_a_week_that_is_refused_says_so_and_counts_what_the_table_keeps(tmp_path: Path) -> None:
    with SandboxServer(small_world()) as server:
        house = House(tmp_path, server)
        house.follow()
        assert house.run("*", SOME).success
        week, tracks = Week.from_key(SOME[1]), len(house.rows("tracks"))
        figures = {"week": 1, "total_weekly_downloads": 1, "total_weekly_streams": 1}
        songs = [{"song_id": each, "weekly_data": figures} for each in ("a", "b")]
        house.storage.write(weekly_file(week), json.dumps({"songs": songs}).encode())
        result = house.run("*", SOME)
        told = {
            (event.asset_key.to_user_string(), event.partition): {
                name: value.value for name, value in event.materialization.metadata.items()
            }
            for event in result.get_asset_materialization_events()
            if event.asset_key and event.partition
        }
        refused = told["weekly_streams", SOME[1]]
        assert (refused["dagster/partition_row_count"], refused["quarantined"]) == (tracks, 2)
        assert week.iso in str(refused["problem"])
        other = told["weekly_streams", SOME[0]]
        assert (other["dagster/partition_row_count"], other["quarantined"]) == (tracks, 0)
        assert "problem" not in other
        assert told["raw_weekly", SOME[0]]["source"] == SIMULATED
        assert told["raw_weekly", SOME[1]]["source"] == weekly_file(week)
        # It is in no table, so the daemon is not told that it is.
        assert loaded_versions(house.storage) == {}


def test_a_run_that_loaded_a_newer_version_than_the_sensor_saw_is_believed(
    folder_storage: StorageResource,
) -> None:
    folder_storage.write(WEEK, b'{"songs": []}')
    _, cursor = asked(tick(weekly_data_sensor, folder_storage))
    folder_storage.write(WEEK, b'{"songs": [] }')
    [blob] = folder_storage.list("weekly-data/")
    folder_storage.write(LOADED_VERSIONS, json.dumps({WEEK: blob.etag}).encode())
    assert "is new" in skipped(tick(weekly_data_sensor, folder_storage, cursor))
    # And one that the sensor has asked for is not asked for again while an older one is loaded.
    folder_storage.write(LOADED_VERSIONS, json.dumps({WEEK: "older"}).encode())
    _, cursor = asked(tick(weekly_data_sensor, folder_storage, cursor))
    assert "is new" in skipped(tick(weekly_data_sensor, folder_storage, cursor))
