"""The page of recently played songs, read into plays: the few members of each that are used.

What a song was played from, and whose account it was, stays out: it is nobody's business.
"""

from dataclasses import dataclass, field

from music_assets.landing.listening_values import seconds_of
from music_assets.landing.pages import Reject
from music_assets.landing.play_pages import Play
from music_assets.landing.readable import can_be_read
from music_assets.landing.song_names import name_id
from music_assets.transforms.rows import LARGEST_INTEGER, Page


@dataclass
class RecentPage:
    """The contents of a page.

    Attributes:
        plays: of songs.
        not_music: the number of other entries, such as episodes.
        rejects: entries that are no plays; of these only the place is told.
    """

    plays: list[Play] = field(default_factory=list)
    not_music: int = 0
    rejects: list[Reject] = field(default_factory=list)


def read_recent(page: Page) -> RecentPage:
    """The plays on a page of `GET /me/player/recently-played`."""
    found = RecentPage()
    for place, item in enumerate(page["items"], start=1):
        track = item.get("track") if isinstance(item, dict) else None
        if not isinstance(track, dict):
            found.rejects.append(Reject(place, "a play that names no track", ""))
        elif track.get("type", "track") != "track":
            found.not_music += 1
        else:
            found.plays.append(_play(item.get("played_at"), track))
    return found


def _play(played_at: object, track: Page) -> Play:
    artists, length = track.get("artists"), track.get("duration_ms")
    artist = _text_in(artists[0], "name") if isinstance(artists, list) and artists else None
    title, is_local = _text_in(track, "name"), track.get("is_local") is True
    moment = _text(played_at)
    return Play(
        source="recent",
        at=seconds_of(moment) if moment else None,
        ms_played=None,
        length_ms=length if type(length) is int and 0 < length <= LARGEST_INTEGER else None,
        song_id=None if is_local else _text_in(track, "id"),
        name_id=name_id(artist or "", title) if title else None,
        title=title,
        artist=artist,
        album=_text_in(track.get("album"), "name"),
        skipped=None,
        offline=None,
    )


def _text_in(value: object, member: str) -> str | None:
    return _text(value.get(member)) if isinstance(value, dict) else None


def _text(value: object) -> str | None:
    """A text that readers take; None for any other value, and for an empty text."""
    return value if isinstance(value, str) and value and can_be_read(value) else None
