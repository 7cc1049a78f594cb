"""Values of listening histories: addresses of tracks, and moments."""

import datetime as dt
from functools import lru_cache
from urllib.parse import unquote_plus

from music_assets.landing.spotify_ids import spotify_id

#: A moment that is larger than this is in milliseconds: in seconds it would be in the year 5138.
MOST_SECONDS = 10**11
LOCAL_FILE = "spotify:local:"


@lru_cache(maxsize=50_000)
def song_id_of(address: str) -> str | None:
    """The id of a track in a URI or a link of Spotify's, with a locale or without one.

    None for anything else: an episode, a file of the listener's own, or no address at all.
    """
    return spotify_id(address, "track")


def seconds_of(text: str) -> int | str:
    """A moment in seconds since 1970; without a zone it is in UTC. Other text as it is."""
    # A day alone is no moment.
    if len(text) < len("2024-03-01T12:30"):
        return text
    try:
        moment = dt.datetime.fromisoformat(text)
        return int((moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp())
    except (ValueError, OverflowError):
        return text


def seconds_of_offline(given: object) -> int | None:
    """The moment of an `offline_timestamp` in seconds; None where it is 0, or none.

    Some years of histories have it in seconds, others in milliseconds.
    """
    number = positive(given)
    if number is None or number < MOST_SECONDS:
        return number
    return number // 1_000 if number < 1_000 * MOST_SECONDS else None


def positive(given: object) -> int | None:
    """A number above 0 as a whole one, otherwise None."""
    if not isinstance(given, int | float) or not 0 < given < 10**18:
        return None
    return int(given) or None


def names_of_local_file(uri: str) -> tuple[str | None, str | None, str | None]:
    """Artist, album and title in `spotify:local:<artist>:<album>:<title>:<seconds>`."""
    parts = [unquote_plus(part) or None for part in uri.removeprefix(LOCAL_FILE).split(":")]
    return (parts[0], parts[1], parts[2]) if len(parts) == 4 else (None, None, None)
