"""Albums at MusicBrainz, in the graph: labels and first years, and nothing unless it is wanted."""

import sqlite3
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from music_assets.calls import pacing
from music_assets.config.settings import read_settings
from music_assets.defs.assets.musicbrainz import RELEASES_OFF
from music_assets.defs.resources import musicbrainz
from music_assets.sandbox.discography import ANOTHER_LABEL, BARE
from music_assets.sandbox.server import SandboxServer
from music_assets_tests.conftest import Sandbox
from music_assets_tests.defs.assets.test_raw_musicbrainz import CATALOGUE, sentence
from music_assets_tests.house import EXTENDED, House, failures, metadata_of, small_world

RAW = "raw_musicbrainz_releases"
CHANGES = ("inserted", "updated", "deleted")


@pytest.fixture
def house(tmp_path: Path, sandbox: Sandbox) -> House:
    house = House(tmp_path, sandbox(small_world()), musicbrainz_options={"releases": True})
    house.follow()
    return house


def told(house: House) -> dict[str, tuple[str | None, int | None]]:
    """Label and first year of each album."""
    with closing(sqlite3.connect(house.database_file)) as connection:
        rows = connection.execute("SELECT AlbumID, Label, FirstReleaseYear FROM albums").fetchall()
    return {album: (label, year) for album, label, year in rows}


def changes(told: dict[str, Any]) -> list[int]:
    return [told[name] for name in CHANGES]


def test_labels_and_first_years_are_filled_in_once(house: House) -> None:
    result = house.run(CATALOGUE, weeks=())
    assert failures(result) == {}
    metadata = metadata_of(result, RAW)
    assert metadata.pop("seconds") > 0
    assert metadata == {
        "albums": 60,
        "known_to_musicbrainz": 53,
        "asked": 60,
        "matched": 53,
        "unknown": 6,
        "ambiguous": 1,
        "calls": 67,
    }
    assert sentence(result, RAW) is None
    # Of one nothing is known but who it is.
    assert changes(metadata_of(result, "release_details")) == [0, 52, 0]
    found, world = told(house), house.server.world.albums
    for position, album in enumerate(islice(world, 8)):
        label, year = found[album]
        assert (label == world[album]["label"]) == (position != ANOTHER_LABEL)
        assert year is not None
        assert year <= int(world[album]["release_date"][:4])
    assert found[next(islice(world, BARE, None))] == (None, None)
    house.server.reset()
    again = house.run(CATALOGUE, weeks=())
    assert house.server.lookups == {}
    for asset in ("albums", "album_details", "release_details"):
        assert changes(metadata_of(again, asset)) == [0, 0, 0]
    assert told(house) == found


def test_spotifys_own_label_counts_whenever_it_is_told(house: House) -> None:
    house.run(CATALOGUE, weeks=())
    world = house.server.world.albums
    other = next(islice(world, ANOTHER_LABEL, None))
    assert told(house)[other][0] == f"{world[other]['label']} Reissues"
    house.storage.clear("landing/tracks/")
    with house.connection() as connection:
        connection.exec_driver_sql("DELETE FROM tracks")
        connection.commit()
    with SandboxServer(small_world(), EXTENDED) as server:
        house.server = server
        assert failures(house.run(CATALOGUE, weeks=())) == {}
    assert {each: label for each, (label, _) in told(house).items()} == {
        each: album["label"] for each, album in world.items()
    }


def test_nothing_is_asked_or_done_unless_it_is_wanted(house: House) -> None:
    house.musicbrainz_options = {}
    result = house.run(CATALOGUE, weeks=())
    assert failures(result) == {}
    assert metadata_of(result, RAW) == {"not_asked": RELEASES_OFF}
    assert "set MUSICBRAINZ_RELEASES=true" in RELEASES_OFF
    assert sentence(result, RAW) is None
    assert changes(metadata_of(result, "release_details")) == [0, 0, 0]
    assert {"release", "barcode"} & house.server.lookups.keys() == set()
    assert set(told(house).values()) == {(None, None)}
    assert not list(house.storage.list("landing/musicbrainz_releases/"))
    assert not list(house.storage.list("processed/release_details/"))


def test_a_musicbrainz_that_is_away_holds_up_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pacing, "FIRST_BACKOFF_SECONDS", 0.001)
    house.musicbrainz_options = {"releases": True, "url": "http://127.0.0.1:1"}
    result = house.run(CATALOGUE, weeks=())
    assert failures(result) == {}
    assert "albums could not be asked for" in (sentence(result, RAW) or "")
    assert len(house.rows("tracks")) == 700


def test_the_setting_turns_it_on(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not musicbrainz(read_settings()).releases
    monkeypatch.setenv("MUSICBRAINZ_RELEASES", "true")
    assert musicbrainz(read_settings()).releases
