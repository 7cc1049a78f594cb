"""Data versions: what Dagster's UI calls unsynced is so, and nothing else is."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.data_version import CachingStaleStatusResolver, StaleStatus
from dagster._core.loader import LoadingContextForTest

from music_assets.definitions import defs
from music_assets.defs.assets.follow_list import followed_artists_list
from music_assets.sandbox.server import SandboxServer
from music_assets.storage.paths import FOLLOW_LIST
from music_assets_tests.house import WEEKS, House, failures, small_world


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with dg.instance_for_test(temp_dir=str(tmp_path)) as instance:
        yield instance


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with SandboxServer(small_world()) as server:
        house = House(tmp_path / "house", server)
        house.follow()
        yield house


def unsynced(instance: dg.DagsterInstance) -> dict[str, set[str]]:
    """The assets that are not in sync, each with the assets that are the cause."""
    graph = defs().resolve_asset_graph()
    resolver = CachingStaleStatusResolver(instance, graph, LoadingContextForTest(instance))
    found: dict[str, set[str]] = {}
    for key in graph.materializable_asset_keys:
        for week in WEEKS if graph.get(key).is_partitioned else (None,):
            if resolver.get_status(key, week) is StaleStatus.STALE:
                causes = resolver.get_stale_root_causes(key, week)
                found.setdefault(key.to_user_string(), set()).update(
                    f"{cause.asset_key.to_user_string()} {cause.reason}" for cause in causes
                )
    return found


def test_everything_is_in_sync_after_a_run_and_after_parts_of_one(
    house: House, instance: dg.DagsterInstance
) -> None:
    assert failures(house.run("*", instance=instance)) == {}
    assert unsynced(instance) == {}
    for some in ("key:albums", "key:raw_weekly", "key:weekly_streams", "key:raw_charts"):
        assert failures(house.run(some, weeks=WEEKS[-1:], instance=instance)) == {}
    assert unsynced(instance) == {}


def test_a_new_list_puts_its_copy_out_of_sync_and_the_copy_what_is_made_of_it(
    house: House, instance: dg.DagsterInstance
) -> None:
    catalogue = "group:follow_list or group:catalogue"
    observe(house, instance)
    assert failures(house.run(catalogue, (), instance)) == {}
    assert unsynced(instance) == {}
    observe(house, instance)
    assert (
        failures(house.run("key:raw_artists or key:raw_albums or key:raw_tracks", (), instance))
        == {}
    )
    assert unsynced(instance) == {}
    house.put_inbox(b'{"items": [{"id": "A0", "name": "Somebody"}], "total": 1}')
    observe(house, instance)
    assert unsynced(instance).keys() == {"raw_artists"}
    assert failures(house.run("key:raw_artists", (), instance)) == {}
    assert unsynced(instance).keys() == {"artists", "genres", "artist_genres"}


def observe(house: House, instance: dg.DagsterInstance) -> None:
    """Do what the full graph does first."""
    inbox = dg.define_asset_job("inbox", dg.AssetSelection.all(include_sources=True))
    only = dg.Definitions(
        [followed_artists_list], jobs=[inbox], resources={"storage": house.storage}
    )
    assert only.resolve_job_def("inbox").execute_in_process(instance=instance).success
    seen = instance.fetch_observations(dg.AssetKey("followed_artists_list"), limit=1).records
    found = house.storage.find(FOLLOW_LIST)
    assert found
    assert seen[0].asset_observation
    assert seen[0].asset_observation.data_version == found.etag


def test_the_full_graph_observes_the_list_before_it_reads_it() -> None:
    job = defs().resolve_job_def("full_graph")
    assert "followed_artists_list" in job.graph.node_dict
