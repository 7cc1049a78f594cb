"""The members of invented artists, albums and tracks that have a form of Spotify's.

Each is a function of the 32 bytes that decide everything about an object.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from music_assets.sandbox.naming import digest_of, word_of

LONGEST_SINGLE = 6
#: Widths of the images of an artist and of an album, in pixels.
PORTRAITS, COVERS = (640, 320, 160), (640, 300, 64)
#: Labels that the albums of a world come from.
LABELS = 24
#: The first Friday of new releases, how many there are, and which share of the albums: one in four.
FIRST_FRIDAY, FRIDAYS, ONE_IN = dt.date(2026, 1, 2), 56, 4


def reference(kind: str, spotify_id: str, name: str) -> dict[str, Any]:
    """The members that objects of every kind have."""
    return {
        "external_urls": {"spotify": f"https://open.spotify.com/{kind}/{spotify_id}"},
        "href": f"https://api.spotify.com/v1/{kind}s/{spotify_id}",
        "id": spotify_id,
        "name": name,
        "type": kind,
        "uri": f"spotify:{kind}:{spotify_id}",
    }


def album_type(size: int, digest: bytes) -> str:
    """The type of an album with so many tracks."""
    if size <= LONGEST_SINGLE:
        return "single"
    return "compilation" if digest[8] % 20 == 0 else "album"


def release_date(digest: bytes, *, current: bool = False) -> str:
    """A date from 1956 to 2025: nine in ten to the day, the rest to the month or the year.

    Where `current`, one in four is a Friday from January 2026 to January 2027 instead.
    """
    if current and digest[21] % ONE_IN == 0:
        return str(FIRST_FRIDAY + dt.timedelta(weeks=digest[22] % FRIDAYS))
    year = 1956 + int.from_bytes(digest[9:11]) % 70
    date = f"{year}-{digest[11] % 12 + 1:02d}-{digest[12] % 28 + 1:02d}"
    return date[: {0: 4, 1: 7}.get(digest[13] % 20, 10)]


def images(digest: bytes, sizes: Sequence[int]) -> list[dict[str, Any]]:
    """An image in some sizes, the largest first. The addresses look real; nothing is there."""
    name = digest[:18].hex()
    return [
        {"url": f"https://i.scdn.co/image/{size:04x}{name}", "height": size, "width": size}
        for size in sizes
    ]


def label_of(seed: int, digest: bytes) -> str:
    """The record label of an album; byte 19 of its digest decides."""
    first = word_of(digest_of(seed, "label", digest[19] % LABELS)[:3])
    return f"{first} {('Records', 'Music', 'Recordings')[digest[19] % 3]}"


def upc_of(digest: bytes) -> str:
    """The barcode of an album: eleven digits, the first perhaps 0, and the one that checks them."""
    digits = f"{int.from_bytes(digest[14:19]) % 10**11:011}"
    weighted = 3 * sum(map(int, digits[::2])) + sum(map(int, digits[1::2]))
    return f"{digits}{-weighted % 10}"
