"""Songs by name: a file that gives no Spotify id of a song names it by artist and title."""

import hashlib
from functools import lru_cache

from music_assets.landing.subjects import folded

#: Begins the id of a song that no file gives Spotify's of.
LOCAL = "local:"


@lru_cache(maxsize=100_000)
def name_id(artist: str, title: str) -> str:
    """An id made of artist and title: `local:` and a hash. Case and spaces make no difference.

    It is the song's id in the tables as long as no file tells Spotify's.
    """
    name = f"{folded(artist)}\0{folded(title)}"
    return LOCAL + hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:32]
