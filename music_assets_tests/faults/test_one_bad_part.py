"""One bad part among good ones: the good ones are loaded, shown, and the run says what was bad."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from music_assets.partitions import WEEKS
from music_assets.sandbox.server import SandboxServer
from music_assets.sandbox.world import World
from music_assets.storage.paths import WEEKLY_REPORT, weekly_file
from music_assets.weeks import Week
from music_assets_tests.house import House, failures

SEVERAL = WEEKS.get_partition_keys()[:4]
SPOILT = "0000000000000000000000"
BAD = Week.from_key(SEVERAL[1])


@pytest.fixture
def house(tmp_path: Path, server: SandboxServer) -> House:
    house = House(tmp_path, server)
    house.follow()
    return house


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with SandboxServer(World.fictional(8, 40, 200)) as server:
        yield server


def figures(week: Week, song: str, streams: str = "7") -> str:
    return (
        f'{{"song_id": "{song}", "weekly_data": {{"week": {week.week_id}, '
        f'"total_weekly_downloads": 7, "total_weekly_streams": {streams}}}}}'
    )


def test_a_half_written_week_holds_up_no_other_week_no_mart_and_no_report(house: House) -> None:
    house.storage.write(weekly_file(BAD), b'{"songs": [{"song_id": "a", "weekly')
    result = house.run("*", SEVERAL)
    assert set(failures(result)) == {"raw_weekly_every_week", "weekly_streams_every_week",
                                     "weekly_downloads_every_week"}  # fmt: skip
    assert weekly_file(BAD) in failures(result)["raw_weekly_every_week"]
    weeks = {row[0] for row in house.rows("weekly_streams")}
    assert weeks == {Week.from_key(key).week_id for key in SEVERAL} - {BAD.week_id}
    assert house.rows("weekly_totals")
    assert house.storage.find(WEEKLY_REPORT)

    house.storage.delete(weekly_file(BAD))
    assert failures(house.run("*", SEVERAL)) == {}
    assert BAD.week_id in {row[0] for row in house.rows("weekly_streams")}


def test_a_number_that_is_none_costs_one_song_and_not_the_file(house: House) -> None:
    assert failures(house.run("*", SEVERAL)) == {}
    values = ["NaN", "Infinity", "-Infinity", "1e999", "9" * 50, "9" * 5000, "7"]
    songs = [row[0] for row in house.rows("tracks")][: len(values)]
    content = ", ".join(figures(BAD, *pair) for pair in zip(songs, values, strict=True))
    house.storage.write(weekly_file(BAD), f'{{"songs": [{content}]}}'.encode())
    assert failures(house.run("key:raw_weekly or key:weekly_streams", SEVERAL)) == {}
    loaded = [row[1] for row in house.rows("weekly_streams") if row[0] == BAD.week_id]
    assert loaded == songs[-1:]
    aside = json.dumps(house.quarantined())
    assert [song for song in songs[:-1] if song not in aside] == []


def test_a_single_bad_week_ends_its_own_run_red(house: House) -> None:
    house.storage.write(weekly_file(BAD), b"{")
    result = house.run("key:raw_weekly", SEVERAL[1:2])
    assert weekly_file(BAD) in failures(result)["raw_weekly"]


def test_a_date_that_is_none_costs_the_date_and_not_the_album(
    tmp_path: Path, server: SandboxServer
) -> None:
    world = World.fictional(8, 40, 200)
    album, *_ = world.artist_albums[world.followed[0]["id"]]
    spoilt = {**album, "release_date": "0000", "release_date_precision": "year"}
    world = world.with_album(
        world.followed[0]["id"], {**spoilt, "id": SPOILT}, [{"id": SPOILT, "name": "Kept"}]
    )
    server.world = world
    house = House(tmp_path, server)
    house.follow()
    assert failures(house.run("*", SEVERAL)) == {}
    [row] = [row for row in house.rows("albums") if row[0] == SPOILT]
    assert row[3:5] == (None, None)
    assert SPOILT in {row[0] for row in house.rows("tracks")}
    reasons = {record["Reason"] for record in house.quarantined()["albums"]}
    assert reasons == {"release_date is '0000', not a date of the calendar; it is loaded without"}
