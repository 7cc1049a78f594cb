"""Fictional listening and charts: there as long as no real ones are, never together with them."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from music_assets.loading.fictional_listening import catalogue_of
from music_assets.partitions import WEEKS
from music_assets.sandbox.hit_parade import ChartSimulator
from music_assets.sandbox.server import SandboxServer
from music_assets.weeks import Week
from music_assets_tests.conftest import opened
from music_assets_tests.house import EXTENDED, House, small_world
from music_assets_tests.listening import land, play

LISTENING = "key:raw_plays or key:listened_songs or key:plays"


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with SandboxServer(small_world(), EXTENDED) as server:
        yield server


@pytest.fixture
def house(tmp_path: Path, server: SandboxServer) -> House:
    house = House(tmp_path, server)
    house.follow()
    assert house.run().success
    assert house.run(LISTENING, weeks=()).success
    return house


def sources(house: House) -> set[str]:
    return {row[4] for row in house.rows("plays")}


def test_with_the_bundled_sandbox_somebody_listens_to_its_songs(house: House) -> None:
    tracks = {row[0] for row in house.rows("tracks")}
    heard = [row[1] in tracks for row in house.rows("plays")]
    assert sources(house) == {"simulated"}
    assert len(heard) > 1_000
    # Most are songs of followed artists, and some are of others.
    assert 0.5 < sum(heard) / len(heard) < 1
    before = house.rows("plays")
    assert house.run(LISTENING, weeks=()).success
    assert house.rows("plays") == before
    assert not house.quarantined().get("plays")


def test_a_real_history_takes_the_place_of_the_fictional_one(house: House) -> None:
    land(house.storage, play("2026-03-01 12:00:00"))
    assert house.run(LISTENING, weeks=()).success
    assert [row[:2] for row in house.rows("plays")] == [("2026-03-01 12:00:00", "One")]
    assert [row[0] for row in house.rows("listened_songs")] == ["One"]


CHARTS = "key:raw_charts or key:chart_entries"


def regions(house: House) -> dict[str, int]:
    return dict(Counter(row[0] for row in house.rows("chart_entries")))


def test_with_the_bundled_sandbox_there_are_charts_of_no_real_region(house: House) -> None:
    assert house.run(CHARTS, weeks=()).success
    weeks = len(WEEKS.get_partition_keys()) - 1
    assert regions(house) == {"demo": weeks * 200}
    tracks = {row[0] for row in house.rows("tracks")}
    assert 0 < sum(row[3] in tracks for row in house.rows("chart_entries")) < weeks * 100
    versions = house.data_versions()
    assert house.run(CHARTS, weeks=()).success
    assert house.data_versions() == versions


def test_a_real_chart_takes_the_place_of_the_fictional_ones(house: House) -> None:
    assert house.run(CHARTS, weeks=()).success
    database = opened(f"sqlite:///{house.database_file}")
    content = ChartSimulator(catalogue_of(database), "nl").chart(Week.from_key("2026-03-02"))
    database.teardown_after_execution(dg.build_init_resource_context())
    house.storage.write("charts/regional-nl-weekly-2026-03-05.csv", content)
    assert house.run(CHARTS, weeks=()).success
    assert regions(house) == {"nl": 200}
    assert not house.quarantined().get("chart_entries")
