"""Open metadata in the graph: genres, matches, covers and codes in the tables."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from music_assets.sandbox.encyclopedia import Encyclopedia
from music_assets.sandbox.server import SandboxServer
from music_assets_tests.conftest import Sandbox
from music_assets_tests.house import (
    EXTENDED,
    House,
    failed_checks,
    failures,
    metadata_of,
    small_world,
)

CATALOGUE = "group:follow_list or group:catalogue"
#: The tables and the parts of tables that MusicBrainz and the albums' own pages fill.
FILLED = ("artists", "genres", "artist_genres", "albums", "artist_details", "album_details")


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A house with the catalogue of an app in today's development mode."""
    with SandboxServer(small_world()) as server:
        house = House(tmp_path_factory.mktemp("house"), server)
        house.follow()
        assert failures(house.run(CATALOGUE, ())) == {}
        house.again = house.run(CATALOGUE, ())  # type: ignore[attr-defined]
    return house


def asked(house: House, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(house.database_file)) as connection:
        return connection.execute(query).fetchall()


def test_an_app_of_today_has_genres_although_spotify_tells_it_none(loaded: House) -> None:
    assert asked(loaded, "SELECT COUNT(*) FROM genres")[0][0] > 0
    assert asked(loaded, "SELECT DISTINCT Source FROM artist_genres") == [("musicbrainz",)]
    assert asked(loaded, "SELECT COUNT(*) FROM artist_genres WHERE Votes IS NULL") == [(0,)]
    assert asked(loaded, "SELECT COUNT(*) FROM artists WHERE Followers IS NOT NULL") == [(0,)]
    most = "SELECT MAX(n) FROM (SELECT COUNT(*) AS n FROM artist_genres GROUP BY ArtistID)"
    assert asked(loaded, most) == [(10,)]


def test_every_album_has_its_barcode_and_its_cover(loaded: House) -> None:
    counts = "SELECT COUNT(*), COUNT(DISTINCT UPC), COUNT(CoverURL), COUNT(Copyright) FROM albums"
    assert asked(loaded, counts) == [(60, 60, 60, 60)]


def test_a_second_disc_has_a_track_1_too(loaded: House) -> None:
    discs = asked(loaded, "SELECT DiscNumber FROM tracks WHERE TrackNumber = 1")
    assert {disc for (disc,) in discs} == {1, 2}
    assert len(discs) > 60


def test_a_second_run_writes_nothing(loaded: House) -> None:
    again = loaded.again  # type: ignore[attr-defined]
    for asset in FILLED:
        told = metadata_of(again, asset)
        assert [told[name] for name in ("inserted", "updated", "deleted")] == [0, 0, 0]


def test_what_nobody_can_be_asked_for_stays_unknown_and_the_others_load(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    house = House(tmp_path, sandbox(small_world()), musicbrainz_options={"contact": None})
    house.follow()
    assert failures(house.run(CATALOGUE, ())) == {}
    assert asked(house, "SELECT COUNT(*), COUNT(MusicBrainzID) FROM artists") == [(20, 0)]
    assert asked(house, "SELECT COUNT(*) FROM genres") == [(0,)]


def test_genres_of_both_are_one_and_spotifys_where_both_give_it(tmp_path: Path) -> None:
    with SandboxServer(small_world(), EXTENDED) as server:
        house = House(tmp_path, server)
        house.follow()
        assert failures(house.run(CATALOGUE, ())) == {}
    counted = "SELECT Source, COUNT(*) FROM artist_genres GROUP BY Source"
    sources = dict(asked(house, counted))
    assert set(sources) == {"spotify", "musicbrainz"}
    votes = "SELECT COUNT(*) FROM artist_genres WHERE (Source = 'spotify') = (Votes IS NOT NULL)"
    assert asked(house, votes) == [(0,)]
    names = [name for (name,) in asked(house, "SELECT Name FROM genres")]
    assert len({name.casefold() for name in names}) == len(names)
    # Spotify falls silent, as it has for new apps: what it said stays, and stays its own.
    with SandboxServer(small_world()) as server:
        house = House(tmp_path, server)
        house.follow()
        assert failures(house.run(CATALOGUE, ())) == {}
    assert dict(asked(house, counted)) == sources


def test_what_musicbrainz_no_longer_says_goes(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path, sandbox(small_world()))
    house.follow()
    assert failures(house.run(CATALOGUE, ())) == {}
    assert asked(house, "SELECT COUNT(MusicBrainzID), COUNT(MatchedBy) FROM artists") == [(17, 17)]
    genres = asked(house, "SELECT * FROM genres")
    monkeypatch.setattr(Encyclopedia, "artists_at", lambda _, __: None)
    house.storage.clear("landing/musicbrainz/")
    result = house.run(CATALOGUE, ())
    assert failures(result) == {}
    assert "artist_details:most_are_matched" in failed_checks(result)
    told = "COUNT(MusicBrainzID), COUNT(MatchedBy), COUNT(Country), COUNT(BeganYear)"
    assert asked(house, f"SELECT {told} FROM artists") == [(0, 0, 0, 0)]
    assert asked(house, "SELECT COUNT(*) FROM artist_genres") == [(0,)]
    assert asked(house, "SELECT * FROM genres") == genres, "ids are for ever"


def test_another_match_takes_nothing_over_from_the_one_before(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path, sandbox(small_world()))
    house.follow()
    assert failures(house.run(CATALOGUE, ())) == {}
    honest = Encyclopedia._artist

    def another(self: Encyclopedia, position: int, name: str, *which: str) -> Any:
        found = honest(self, position, name, *which)
        mbid = found["id"][:-1] + ("0" if found["id"][-1] == "1" else "1")
        return found | {"id": mbid, "country": None, "life-span": {"begin": None}}

    monkeypatch.setattr(Encyclopedia, "_artist", another)
    house.server.world = small_world()
    house.storage.clear("landing/musicbrainz/")
    assert failures(house.run(CATALOGUE, ())) == {}
    left = "SELECT COUNT(*) FROM artists WHERE Country IS NOT NULL OR BeganYear IS NOT NULL"
    assert asked(house, left) == [(0,)]
