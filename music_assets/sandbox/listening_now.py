"""The sandbox's listener: somebody who plays songs of a world by the clock.

The plays are a function of the world and of time alone: who asks later finds the same ones, and
those that have come since.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import islice

from music_assets.sandbox.fiction import Json
from music_assets.sandbox.naming import digest_of
from music_assets.sandbox.world import World

#: In each slot of so many seconds the listener plays a song, or none.
SLOT_SECONDS = 240
#: The hours of a day, in UTC, in which songs are played, and how many slots of ten have one.
AWAKE, BUSY = range(7, 23), 6
#: One play in so many is of a file of the listener's own, which has no id.
LOCAL = 40
#: A listener who finds nothing to play for a month has stopped.
MOST_SLOTS = 31 * 86_400 // SLOT_SECONDS


def plays_until(world: World, until: float, most: int) -> list[tuple[int, Json]]:
    """The last plays before a moment, newest first: when, in milliseconds, and Spotify's object.

    Args:
        world: that the songs are of.
        until: in seconds since 1970.
        most: how many Spotify remembers.
    """
    return list(islice(_backwards(world, until), most))


def _backwards(world: World, until: float) -> Iterator[tuple[int, Json]]:
    newest = int(until // SLOT_SECONDS)
    for slot in range(newest, newest - MOST_SLOTS, -1):
        digest = digest_of(0, "play", slot)
        moment = slot * SLOT_SECONDS * 1_000 + int.from_bytes(digest[:4]) % 120_000
        awake = (moment // 3_600_000) % 24 in AWAKE
        track = _track(world, digest) if awake and digest[4] % 10 < BUSY else None
        if track and moment <= until * 1_000:
            at = dt.datetime.fromtimestamp(moment / 1_000, dt.UTC)
            played_at = f"{at:%Y-%m-%dT%H:%M:%S}.{moment % 1_000:03}Z"
            yield moment, {"track": track, "played_at": played_at, "context": _context(digest)}


def _track(world: World, digest: bytes) -> Json | None:
    """The song that a digest picks, with its album; None where the picked artist has none."""
    artist = _picked(world.followed, digest[5:8])
    album = artist and _picked(world.artist_albums[artist["id"]], digest[8:11])
    track = album and _picked(world.album_tracks[album["id"]], digest[11:14])
    if not album or not track:
        return None
    track = {**track, "album": {"id": album["id"], "name": album["name"], "type": "album"}}
    if digest[14] % LOCAL:
        return track
    return {**track, "id": None, "is_local": True, "uri": "spotify:local:::"}


def _picked(things: Sequence[Json], choice: bytes) -> Json | None:
    return things[int.from_bytes(choice) % len(things)] if things else None


def _context(digest: bytes) -> Json | None:
    """The playlist that a song was played from, as Spotify names it, or nothing."""
    uri = f"spotify:playlist:{digest[15:26].hex()}"
    return {"type": "playlist", "uri": uri} if digest[26] % 2 else None
