"""recent_plays in the graph: what it tells, and that it never fails for Spotify."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest

from music_assets.definitions import defs
from music_assets.sandbox.options import FOLLOWING, LISTENING
from music_assets.spotify.access import LACKS_RIGHT
from music_assets_tests.conftest import Sandbox
from music_assets_tests.house import House, failures, metadata_of

NOW = dt.datetime.now(dt.UTC)
APP = {"client_id": "app-4711", "client_secret": "secret-4712", "refresh_token": "token-4713"}

LOADED = "key:recent_plays or key:listened_songs or key:plays"


@pytest.fixture
def house(tmp_path: Path, sandbox: Sandbox) -> House:
    server = sandbox(scope=f"{FOLLOWING} {LISTENING}", **APP)
    return House(tmp_path, server, {**APP, "login_file": str(tmp_path / "login.json")})


def run(
    house: House, at: dt.datetime = NOW, select: str = "key:recent_plays"
) -> dg.ExecuteInProcessResult:
    house.server.options = replace(house.server.options, listened_until=at.timestamp())
    result = house.run(select, weeks=())
    assert failures(result) == {}
    return result


def missed(result: dg.ExecuteInProcessResult) -> str | None:
    """The check's sentence about what was missed; None where nothing was."""
    [check] = [
        each for each in result.get_asset_check_evaluations() if each.check_name == "nothing_missed"
    ]
    assert check.severity == dg.AssetCheckSeverity.WARN
    return None if check.passed else check.description


def test_it_tells_what_came_and_what_of_it_is_new(house: House) -> None:
    run(house, NOW - dt.timedelta(hours=24))
    result = run(house)
    told = metadata_of(result, "recent_plays")
    assert (told["plays"], told["calls"], told["not_music"]) == (50, 1, 0)
    assert "not_asked" not in told
    again = metadata_of(run(house), "recent_plays")
    assert (again["plays"], again["new"]) == (50, 0)


def test_every_play_is_a_row_and_an_hour_later_those_since_are_added(house: House) -> None:
    told, rows = [], []
    for hours in (30, 6, 6):
        result = run(house, NOW - dt.timedelta(hours=hours), LOADED)
        told.append(metadata_of(result, "plays"))
        rows.append(house.rows("plays"))
        assert told[-1]["duplicates"] == told[-1]["quarantined"] == 0
        assert told[-1]["landed"] == len(rows[-1])
    assert len(rows[0]) == 50
    # A song of the listener's own may get an id from a later play of the same name.
    assert {row[0] for row in rows[0]} < {row[0] for row in rows[1]}
    assert told[1]["inserted"] >= len(rows[1]) - 50
    assert rows[2] == rows[1]
    assert told[2]["step"] == "unchanged"
    heard = {song for _, song, *_ in rows[1]}
    assert heard == {song for song, *_ in house.rows("listened_songs")}
    assert {song[:6] for song in heard if len(song) != 22} <= {"local:"}


def test_a_gap_is_a_warning_with_its_moments(house: House) -> None:
    assert missed(run(house, NOW - dt.timedelta(days=3))) is None
    result = run(house)
    [gap] = metadata_of(result, "recent_plays")["gaps"]
    said = missed(result)
    assert said is not None
    assert f"from {gap}. An export of your listening history has them." in said
    assert missed(run(house)) == said


def test_without_the_right_it_is_green_and_says_what_to_run(house: House) -> None:
    house.server.options = replace(house.server.options, scope=FOLLOWING)
    for _ in range(2):
        result = run(house)
        assert metadata_of(result, "recent_plays")["not_asked"] == LACKS_RIGHT
        assert missed(result) is None
    assert house.server.calls == {"recently_played": 1}


def test_a_spotify_that_refuses_is_a_warning_that_holds_up_nobody(house: House) -> None:
    house.server.options = replace(house.server.options, daily_quota=0)
    result = run(house)
    assert "the day's quota is used up" in str(missed(result))
    assert result.success


def test_its_job_covers_it_and_neither_the_report_nor_what_asks_for_more() -> None:
    job = defs().resolve_job_def("recent_job")
    names = {key.to_user_string() for key in job.asset_layer.executable_asset_keys}
    assert "recent_plays" in names
    assert not names & {"weekly_report", "raw_albums", "raw_artists", "raw_weekly"}
