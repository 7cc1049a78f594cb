"""raw_musicbrainz in the graph: others do not wait for it, and it never fails for MusicBrainz."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from music_assets.calls import pacing
from music_assets.config.settings import read_settings
from music_assets.defs.resources import musicbrainz, resources
from music_assets.landing.ingests import newest_ingest
from music_assets.landing.musicbrainz_ingest import NO_CONTACT
from music_assets.musicbrainz.web_service import MusicBrainzResource
from music_assets_tests.conftest import Sandbox
from music_assets_tests.house import House, failed_checks, failures, metadata_of, small_world

CATALOGUE = "group:follow_list or group:catalogue"


@pytest.fixture
def house(tmp_path: Path, sandbox: Sandbox) -> House:
    house = House(tmp_path, sandbox(small_world()))
    house.follow()
    return house


def sentence(result: dg.ExecuteInProcessResult, asset: str = "raw_musicbrainz") -> str | None:
    [check] = [
        each
        for each in result.get_asset_check_evaluations()
        if each.check_name == "came_whole" and each.asset_key == dg.AssetKey(asset)
    ]
    assert check.severity == dg.AssetCheckSeverity.WARN
    return None if check.passed else check.description


def test_it_says_what_was_asked_and_what_came(house: House) -> None:
    result = house.run("+key:raw_musicbrainz", weeks=())
    assert failures(result) == {}
    told = metadata_of(result, "raw_musicbrainz")
    assert told.pop("seconds") > 0
    assert told == {
        "artists": 20,
        "known_to_musicbrainz": 17,
        "asked": 20,
        "matched": 17,
        "unknown": 2,
        "ambiguous": 1,
        "calls": 19,
    }
    assert sentence(result) is None
    house.server.reset()
    again = metadata_of(house.run("key:raw_musicbrainz", weeks=()), "raw_musicbrainz")
    assert (again["artists"], again["calls"]) == (20, 0)
    assert house.server.lookups == {}


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"contact": None}, NO_CONTACT),
        ({"url": "http://127.0.0.1:1"}, "The connection to MusicBrainz failed: ConnectionError."),
    ],
)
def test_a_musicbrainz_that_may_not_be_asked_or_is_away_holds_up_nothing_of_spotify(
    house: House, monkeypatch: pytest.MonkeyPatch, fields: dict[str, Any], why: str
) -> None:
    monkeypatch.setattr(pacing, "FIRST_BACKOFF_SECONDS", 0.001)
    house.musicbrainz_options = fields
    result = house.run(CATALOGUE, weeks=())
    assert failures(result) == {}
    assert result.success
    assert (sentence(result) or "").startswith(why)
    assert "raw_musicbrainz:came_whole" in failed_checks(result)
    assert house.rows("tracks")
    assert house.server.lookups == {}
    house.musicbrainz_options = {}
    assert sentence(house.run("key:raw_musicbrainz", weeks=())) is None
    assert len(newest_ingest(house.storage, "musicbrainz").manifest.fetched) == 20


def test_names_are_looked_for_only_if_that_is_wanted(house: House) -> None:
    by_name = str(house.server.world.followed[14]["id"])
    for wanted in (False, True):
        house.musicbrainz_options = {"search_names": wanted}
        house.run(CATALOGUE, weeks=())
        assert (house.server.lookups["search"] > 0) == wanted
        assert newest_ingest(house.storage, "musicbrainz").manifest.fetched[by_name] == wanted
        house.storage.clear("landing/musicbrainz/")


def test_whatever_else_can_start_starts_before_it(house: House) -> None:
    result = house.run(CATALOGUE, weeks=())
    started = [str(each.step_key) for each in result.all_events if each.is_step_start]
    assert started.index("raw_musicbrainz") > started.index("tracks")


def test_the_stand_in_is_asked_where_spotifys_is_and_otherwise_musicbrainz(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert musicbrainz(read_settings()).bundled_sandbox
    monkeypatch.setenv("SPOTIPY_CLIENT_ID", "somebody")
    monkeypatch.setenv("SPOTIPY_CLIENT_SECRET", "something")
    real = resources(read_settings())["musicbrainz"]
    assert isinstance(real, MusicBrainzResource)
    assert (real.bundled_sandbox, real.may_ask, real.address) == (False, False, "musicbrainz.org")
    monkeypatch.setenv("MUSICBRAINZ_CONTACT", "me@example.com")
    assert musicbrainz(read_settings()).may_ask
    monkeypatch.delenv("SPOTIPY_CLIENT_ID")
    monkeypatch.delenv("SPOTIPY_CLIENT_SECRET")
    monkeypatch.setenv("MUSICBRAINZ_URL", "http://127.0.0.1:5000")
    assert not musicbrainz(read_settings()).bundled_sandbox
