"""Quarantine: finding a record, looking at it, and having it judged again."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from music_assets.cli.replaying import REPLAYS
from music_assets.cli.weeks_to_do import every_week
from music_assets.definitions import defs
from music_assets.storage.paths import weekly_file
from music_assets_tests.cli.installation import Installation

# What is made for all of its tests is made once.
pytestmark = pytest.mark.xdist_group("quarantine")

WEEK = every_week()[-3]


def songs(installation: Installation) -> list[str]:
    with closing(sqlite3.connect(installation.database)) as connection:
        return [song for (song,) in connection.execute("SELECT SongID FROM tracks ORDER BY 1")]


def figures(installation: Installation) -> dict[str, int]:
    query = "SELECT SongID, WeeklyStreams FROM weekly_streams WHERE WeekID = ?"
    with closing(sqlite3.connect(installation.database)) as connection:
        return dict(connection.execute(query, (WEEK.week_id,)).fetchall())


def give(installation: Installation, streams: dict[str, object]) -> None:
    """Put figures for the week into the inbox."""
    told = [
        {
            "song_id": song,
            "weekly_data": {"week": WEEK.week_id % 100, "total_weekly_streams": count},
        }
        for song, count in streams.items()
    ]
    installation.storage.write(weekly_file(WEEK), json.dumps({"songs": told}).encode())


@pytest.fixture
def spoilt(installed: Installation) -> Iterator[Installation]:
    """An installation with two bad records of a week: a figure below zero, an unknown song."""
    first, second, *_ = songs(installed)
    give(installed, {first: 5, second: -1, "unknown": 7})
    assert installed.call("run", "--week", WEEK.iso).code == 0
    yield installed
    installed.storage.clear("quarantine/")


def records(installation: Installation, *options: str) -> list[dict[str, object]]:
    answer = installation.call("quarantine", "list", *options, "--json")
    assert answer.code == 0
    found: list[dict[str, object]] = answer.json
    return found


def test_records_are_found_by_asset_reason_source_and_time(spoilt: Installation) -> None:
    assert len(records(spoilt)) == 2
    assert len(records(spoilt, "--asset", "weekly_streams")) == 2
    assert records(spoilt, "--asset", "tracks") == []
    [unknown] = records(spoilt, "--reason", "unknown")
    assert "unknown" in json.dumps(unknown["record"])
    assert unknown["asset"] == "weekly_streams"
    assert len(records(spoilt, "--source", f"landing/weekly/{WEEK.key}")) >= 1
    assert records(spoilt, "--source", "landing/tracks") == []
    assert len(records(spoilt, "--since", "2020-01-01")) == 2
    assert records(spoilt, "--since", "2099-01-01") == []
    assert "No such record" in spoilt.call("quarantine", "list", "--asset", "tracks").out


def test_a_record_is_shown_by_its_name(spoilt: Installation) -> None:
    [record, *_] = records(spoilt)
    shown = spoilt.call("quarantine", "show", str(record["name"]))
    assert str(record["reason"]) in shown.out
    assert spoilt.call("quarantine", "show", str(record["name"]), "--json").json == record
    assert str(record["name"]) in spoilt.call("quarantine", "list").out
    missing = spoilt.call("quarantine", "show", "weekly_streams/none.ndjson:1")
    assert missing.code == 1
    assert "is not in quarantine; `music-assets quarantine list` has the names" in missing.err


def test_a_mended_file_is_judged_again_and_its_quarantine_is_empty(spoilt: Installation) -> None:
    first, second, *_ = songs(spoilt)
    assert figures(spoilt) == {first: 5}
    give(spoilt, {first: 5, second: 6})
    replay = spoilt.call("quarantine", "replay", "weekly_streams", "--json")
    assert replay.code == 0, replay.err
    assert (replay.json["before"], replay.json["after"]) == (2, 0)
    assert figures(spoilt) == {first: 5, second: 6}
    assert records(spoilt) == []


def test_what_is_as_bad_as_before_is_in_quarantine_again_and_once(spoilt: Installation) -> None:
    before = figures(spoilt)
    for _ in range(2):
        replay = spoilt.call("quarantine", "replay", "weekly_streams", "--json").json
        assert (replay["before"], replay["after"]) == (2, 2)
    assert figures(spoilt) == before


def test_if_it_fails_the_records_stay(spoilt: Installation) -> None:
    ran = spoilt.call(
        "quarantine", "replay", "weekly_streams", MUSIC_DATABASE_URL="sqlite:////dev/null/x"
    )
    assert ran.code == 1
    assert "cannot be opened" in ran.err
    assert len(records(spoilt)) == 2


def test_what_cannot_be_judged_again_is_a_sentence(nothing: Installation) -> None:
    ran = nothing.call("quarantine", "replay", "musicbrainz")
    assert ran.code == 1
    assert "musicbrainz cannot be judged again; album_details" in ran.err


def test_every_replay_is_of_assets_that_there_are() -> None:
    assets = {key.to_user_string() for key in defs().resolve_asset_graph().executable_asset_keys}
    assert {step for replay in REPLAYS.values() for step in replay.steps} <= assets
