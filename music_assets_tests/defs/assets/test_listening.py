"""raw_plays in the graph: what it tells, and what ends a run red."""

from pathlib import Path

import dagster as dg
import pytest

from music_assets_tests.conftest import Sandbox
from music_assets_tests.house import House, failed_checks, failures, metadata_of, small_world
from music_assets_tests.landed_plays import plays, put
from music_assets_tests.outside.histories import account, episode, extended, streamed, text

SELECTED = "key:raw_plays"


@pytest.fixture
def house(tmp_path: Path, sandbox: Sandbox) -> House:
    return House(tmp_path, sandbox(small_world()))


def run(house: House) -> dg.ExecuteInProcessResult:
    return house.run(SELECTED, weeks=())


def test_an_empty_inbox_is_green(house: House) -> None:
    result = run(house)
    assert result.success
    assert failed_checks(result) == set()
    assert metadata_of(result, "raw_plays")["plays"] == 0


def test_it_counts_every_record_once(house: House) -> None:
    bad = streamed(3, ms_played="x")
    put(house.storage, extended([streamed(0), streamed(1), bad, episode(2)]))
    put(house.storage, text([account(5)]), "StreamingHistory0.json")
    result = run(house)
    assert result.success
    assert metadata_of(result, "raw_plays") == {
        "records": 7,
        "plays": 3,
        "not_music": 3,
        "quarantined": 1,
        "files_left": 1,
        "files": 2,
        "landed": 2,
        "refused": 0,
        "simulated": 0,
    }
    assert failed_checks(result) == {"raw_plays:nothing_quarantined"}
    again = metadata_of(run(house), "raw_plays")
    assert (again["plays"], again["landed"]) == (3, 0)


def test_a_bad_file_ends_the_run_red_by_name_and_the_others_land(house: House) -> None:
    put(house.storage, text([streamed(0)]), "good.json")
    put(house.storage, extended([streamed(1)])[:-40], "bad.zip")
    put(house.storage, b"notes", "notes.txt")
    for _ in range(2):
        result = run(house)
        assert not result.success
        [(step, said)] = failures(result).items()
        assert step == "raw_plays_every_file"
        assert said.startswith("listening/bad.zip is damaged or was cut short; download it again.")
        assert "listening/notes.txt holds no listening history" in said
        assert [play["title"] for play in plays(house.storage)] == ["Song 0"]
    for name in ("bad.zip", "notes.txt"):
        house.storage.delete(f"listening/{name}")
    assert run(house).success


def test_a_file_that_waits_is_told_and_ends_nothing(house: House) -> None:
    put(house.storage, b"", "empty.zip")
    result = run(house)
    assert result.success
    assert failed_checks(result) == {"raw_plays:nothing_quarantined"}
