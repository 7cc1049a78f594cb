"""Landings of plays, as tests make and look at them."""

import json
from collections.abc import Iterable
from typing import Any

from music_assets.landing.play_manifests import mark_plays_loaded
from music_assets.landing.play_pages import Play
from music_assets.loading.landed_plays import landed_plays
from music_assets.loading.play_landings import LandedListening, land_listening
from music_assets.storage.blobs import StorageResource
from music_assets.storage.paths import LANDED_PLAYS, LISTENING_FILES

Record = dict[str, Any]


def put(storage: StorageResource, content: bytes, name: str = "my.zip") -> None:
    storage.write(f"{LISTENING_FILES}{name}", content)


def land(storage: StorageResource, run_id: str = "run") -> LandedListening:
    return land_listening(storage, run_id)


def landed(storage: StorageResource) -> dict[str, bytes]:
    """Every file of every landing, by path."""
    return {blob.path: storage.read(blob.path)[1] for blob in storage.list(LANDED_PLAYS)}


def lines(storage: StorageResource, paths: Iterable[str]) -> list[Any]:
    """The values of the lines of files."""
    return [json.loads(line) for path in paths for line in storage.read(path)[1].splitlines()]


def plays(storage: StorageResource) -> list[Record]:
    """The plays of all finished landings, each with the `requested` of its page.

    What a landing says of nothing is None.
    """
    months = landed_plays(storage).months.values()
    pages = lines(storage, sorted(blob.path for blobs in months for blob in blobs))
    nothing: Record = dict.fromkeys(Play.__struct_fields__)
    return [
        nothing | play | {"requested": page["requested"]}
        for page in pages
        for play in page["plays"]
    ]


def songs(storage: StorageResource) -> list[Record]:
    """The songs of all finished landings."""
    pages = lines(storage, [blob.path for blob in landed_plays(storage).songs])
    return [song for page in pages for song in page["songs"]]


def offline(storage: StorageResource) -> list[Record]:
    """The plays of all finished landings that were made offline."""
    pages = lines(storage, [blob.path for blob in landed_plays(storage).offline])
    return [each for page in pages for each in page["offline"]]


def manifests(storage: StorageResource) -> list[Record]:
    """The manifests of all finished landings."""
    return lines(storage, [blob.path for blob in landed_plays(storage).manifests])


def load(storage: StorageResource) -> None:
    """As if all that has landed were in the tables now."""
    mark_plays_loaded(storage, landed_plays(storage).manifests)


def quarantined(storage: StorageResource) -> list[Record]:
    """The rejects of plays."""
    return lines(storage, [blob.path for blob in storage.list("quarantine/plays/")])


def one_play(storage: StorageResource, content: bytes, name: str = "my.json") -> Record:
    """The only play of a file."""
    put(storage, content, name)
    done = land(storage)
    assert done.problems == {}
    [play] = plays(storage)
    return play
