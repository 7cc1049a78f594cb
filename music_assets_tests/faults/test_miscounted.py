"""Lists that Spotify gets wrong: asked about once, believed when told twice, remembered."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from music_assets.cli.main import main
from music_assets.landing.follow_inbox import allow_replacing
from music_assets.landing.pages import to_line
from music_assets.sandbox.server import SandboxServer
from music_assets.sandbox.world import World
from music_assets_tests.house import ODD_GENRES, House, failed_checks, failures, metadata_of

CATALOGUE = "group:follow_list or group:catalogue"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with SandboxServer(World.fictional(8, 40, 200)) as server:
        house = House(tmp_path, server)
        house.follow()
        yield house


def calls_of_a_run(house: House) -> dict[str, int]:
    house.server.reset()
    assert failures(house.run(CATALOGUE, ())) == {}
    return dict(house.server.calls)


def with_total(world: World, album: str, more: int) -> World:
    """A world whose album claims more tracks than it has."""

    def claims(item: dict[str, Any]) -> dict[str, Any]:
        known = item["total_tracks"]
        return {**item, "total_tracks": known + more} if item["id"] == album else item

    return replace(
        world,
        albums={each: claims(item) for each, item in world.albums.items()},
        artist_albums={
            artist: [claims(item) for item in items]
            for artist, items in world.artist_albums.items()
        },
    )


@pytest.mark.parametrize("more", [2, 100])
def test_an_album_that_claims_too_many_tracks_is_asked_about_once(house: House, more: int) -> None:
    album = next(iter(house.server.world.albums))
    house.server.world = with_total(house.server.world, album, more)
    first = calls_of_a_run(house)
    again = calls_of_a_run(house)
    assert (first["album"], first["album_tracks"]) == (40, 2)
    assert again.keys() == {"artist_albums"}
    assert failed_checks(house.run(CATALOGUE, ())) == ODD_GENRES
    house.server.world = with_total(house.server.world, album, 1)
    assert calls_of_a_run(house)["album"] == 1


def test_a_list_of_albums_that_is_empty_once_deletes_nothing(house: House) -> None:
    calls_of_a_run(house)
    before, world = house.tables(), house.server.world
    artist = world.followed[0]["id"]
    emptied = replace(world, artist_albums={**dict(world.artist_albums), artist: []})
    house.server.world = emptied
    told = house.run(CATALOGUE, ())
    assert failed_checks(told) == {"artist_albums:listings_complete"} | ODD_GENRES
    assert metadata_of(told, "raw_albums")["doubted"] == 1
    assert house.tables() == before
    house.server.world = world
    calls_of_a_run(house)
    assert house.tables() == before
    house.server.world = emptied
    calls_of_a_run(house)
    calls_of_a_run(house)
    assert artist not in {row[0] for row in house.rows("artist_albums")}


def test_somebody_elses_follow_list_deletes_nobody_and_fails_its_check(house: House) -> None:
    calls_of_a_run(house)
    before = {row[0] for row in house.rows("artists")}
    others = [{"id": f"Other{number}", "name": "Other"} for number in range(3)]
    house.put_inbox(to_line({"items": others, "total": 3}))
    result = house.run("key:raw_artists or key:artists", ())
    assert failed_checks(result) == {"artists:list_takes_few_away"}
    [check] = [
        each for each in result.get_asset_check_evaluations() if each.check_name.startswith("list_")
    ]
    assert "names 3 artists and not 8 of the 8 that were held" in str(check.description)
    assert {row[0] for row in house.rows("artists")} == before | {each["id"] for each in others}
    allow_replacing(house.storage)
    assert failed_checks(house.run("key:raw_artists or key:artists", ())) == set()
    assert {row[0] for row in house.rows("artists")} == {each["id"] for each in others}


def test_somebody_elses_longer_list_deletes_nobody_however_often_it_comes(house: House) -> None:
    calls_of_a_run(house)
    before = {row[0] for row in house.rows("artists")}
    others = [{"id": f"Other{number}", "name": "Other"} for number in range(20)]
    house.put_inbox(to_line({"items": others, "total": 20}))
    for _ in range(3):
        result = house.run("key:raw_artists or key:artists", ())
        assert failed_checks(result) == {"artists:list_takes_few_away"}
        assert before <= {row[0] for row in house.rows("artists")}
    house.follow()
    assert failed_checks(house.run("key:raw_artists or key:artists", ())) == set()
    assert {row[0] for row in house.rows("artists")} == before


def test_a_short_follow_list_in_the_inbox_says_how_many_of_how_many_it_names(house: House) -> None:
    house.put_inbox(to_line({"items": [{"id": "A"}, {"id": "B"}], "total": 162}))
    result = house.run("key:raw_artists", ())
    assert result.success
    assert failed_checks(result) == {"raw_artists:nothing_quarantined"}
    [check] = result.get_asset_check_evaluations()
    assert "The follow list names 2 of 162 artists, so it deletes none." in str(check.description)


def test_leave_to_replace_is_for_one_list_only(house: House) -> None:
    calls_of_a_run(house)
    allow_replacing(house.storage)
    house.put_inbox(to_line({"items": [{"id": "Other", "name": "Other"}], "total": 1}))
    result = house.run("key:raw_artists or key:artists", ())
    assert failed_checks(result) == {"artists:list_takes_few_away"}


def test_follow_says_how_many_of_how_many_came(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(house.folder)
    result = CliRunner().invoke(main, ["follow", "--replace"])
    assert result.exit_code == 0, result.output
    assert (house.folder / "data/storage/followed-artist-data/replace").is_file()
