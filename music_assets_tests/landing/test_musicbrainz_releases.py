"""The ingest of albums from MusicBrainz: by address or barcode, once, with the fewest calls.

What it shares with that of artists is shown in `test_musicbrainz_ingest`.
"""

from itertools import islice
from pathlib import Path

import pytest

from music_assets.calls import pacing
from music_assets.landing.musicbrainz_ingest import NO_CONTACT, Brought
from music_assets.landing.subjects import Albums
from music_assets.sandbox.discography import (
    BARE,
    BY_BARCODE,
    MERGED,
    NO_LABEL,
    TWO_ALBUMS,
    TWO_EDITIONS,
    UNKNOWN,
)
from music_assets.sandbox.encyclopedia import mbid
from music_assets.sandbox.server import SandboxServer
from music_assets.sandbox.world import World
from music_assets.storage.folder import FolderStorage
from music_assets_tests.conftest import Sandbox
from music_assets_tests.landing.test_musicbrainz_ingest import (
    Pages,
    cut_off_at_every_write,
    ingest,
    landed,
    later,
    power_cut,
)

ALBUMS = 40
SOUGHT = len([each for each in range(ALBUMS) if each in UNKNOWN or each in BY_BARCODE])
KNOWN = ALBUMS - len([each for each in range(ALBUMS) if each in UNKNOWN]) - 1
#: In a world of so many: one more call for the album that was merged.
LEAST_CALLS = {"url": 1, "barcode": SOUGHT, "release": KNOWN + 1}


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "FIRST_BACKOFF_SECONDS", 0.005)


@pytest.fixture
def server(sandbox: Sandbox) -> SandboxServer:
    return sandbox(World.fictional(8, ALBUMS, ALBUMS))


def albums(server: SandboxServer, *positions: int) -> Albums:
    """The albums at these positions, or all."""
    world = server.world.albums
    ids = [album(server, each) for each in positions] or list(world)
    barcodes = {each: world[each]["external_ids"]["upc"] for each in ids}
    return Albums({each: world[each]["name"] for each in ids}, barcodes)


def album(server: SandboxServer, position: int) -> str:
    return next(islice(server.world.albums, position, None))


def pages(storage: FolderStorage) -> Pages:
    return landed(storage, Albums.kind)


def test_every_album_has_a_page_which_says_how_it_was_matched(
    storage: FolderStorage, server: SandboxServer
) -> None:
    brought = ingest(storage, server, albums(server))
    assert brought.problem == ""
    assert brought.counts == {"asked": 40, "matched": KNOWN, "unknown": 4, "ambiguous": 1}
    assert brought.landed == (40, KNOWN)
    assert brought.calls == server.lookups.total()
    assert server.lookups == LEAST_CALLS
    found = pages(storage)
    assert found.keys() == set(server.world.albums)
    for position, matched in ((0, "url"), (MERGED, "url"), (4, "barcode"), (6, "url")):
        page = found[album(server, position)]
        assert (page["matched"], page["items"][0]["id"]) == (
            matched,
            mbid("release", album(server, position)),
        )
        assert page["href"].endswith("?inc=labels+release-groups&fmt=json")
    for position, missed in ((9, "unknown"), (TWO_ALBUMS, "ambiguous")):
        page = found[album(server, position)]
        assert (page["missed"], page["items"]) == (missed, [])
    [bare] = found[album(server, BARE)]["items"]
    assert bare["label-info"][0]["label"]["name"] == NO_LABEL


def test_of_two_editions_with_a_barcode_it_is_always_the_same_one(
    storage: FolderStorage, server: SandboxServer
) -> None:
    ingest(storage, server, albums(server))
    own = mbid("release", album(server, TWO_EDITIONS))
    other = mbid("release", album(server, TWO_EDITIONS), "other")
    [item] = pages(storage)[album(server, TWO_EDITIONS)]["items"]
    assert item["id"] == min(own, other)


@pytest.mark.parametrize("barcode", [None, "", "1 OR 2", "none"])
def test_an_album_without_address_and_barcode_is_unknown_and_costs_no_call(
    storage: FolderStorage, server: SandboxServer, barcode: str | None
) -> None:
    barcodes = {album(server, 4): barcode} if barcode is not None else {}
    ingest(storage, server, Albums({album(server, 4): "A title"}, barcodes))
    assert pages(storage)[album(server, 4)]["missed"] == "unknown"
    assert server.lookups == {"url": 1}


def test_only_what_is_new_or_was_asked_for_long_ago_is_asked_for(
    storage: FolderStorage, server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(storage, server, albums(server, *range(8)))
    for wanted, calls in (
        (albums(server, *range(8)), {}),
        (albums(server, *range(1, 11)), {"url": 1, "release": 2, "barcode": 1}),
        (albums(server, *range(1, 11)), {}),
    ):
        server.reset()
        ingest(storage, server, wanted)
        assert server.lookups == calls
        assert pages(storage).keys() == wanted.names.keys()
    with later(monkeypatch, 100):
        ingest(storage, server, albums(server))
    assert server.lookups == LEAST_CALLS


def test_a_musicbrainz_that_is_away_or_may_not_be_asked_is_told_in_a_sentence(
    storage: FolderStorage, server: SandboxServer
) -> None:
    assert ingest(storage, server, albums(server), contact=None) == Brought(problem=NO_CONTACT)
    away = ingest(storage, "http://127.0.0.1:1", albums(server))
    assert away.problem.startswith("The connection to MusicBrainz failed")
    assert "of 40 albums could not be asked for" in away.problem
    assert ingest(storage, server, albums(server)).problem == ""
    assert server.lookups == LEAST_CALLS


def test_cut_off_at_every_write_the_landing_is_the_same_and_a_cut_costs_one_call(
    tmp_path: Path, server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = albums(server, 0, MERGED, 4, 9, TWO_EDITIONS)
    cut_off_at_every_write(tmp_path, server, wanted, monkeypatch)


def test_artists_and_albums_do_not_touch_each_others_landing(
    storage: FolderStorage, server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    artists = {each["id"]: each["name"] for each in server.world.followed}
    with power_cut(monkeypatch, 8):
        ingest(storage, server, artists)
    ingest(storage, server, albums(server, 0, 4))
    ingest(storage, server, artists)
    assert landed(storage).keys() == artists.keys()
    assert pages(storage).keys() == albums(server, 0, 4).names.keys()
