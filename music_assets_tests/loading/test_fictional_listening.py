"""The fictional history: there as long as no real one is, and never together with one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from music_assets.sandbox.server import SandboxServer
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
