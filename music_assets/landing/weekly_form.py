"""The usual form of a week's file, which a typed parser reads in one go.

`landing.pages` reads anything else, entry by entry, and takes five times as long.
"""

from typing import Annotated

import msgspec

#: A value that every reader takes. A fraction is none of them: readers differ in its text.
Leaf = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)] | str | bool | None


class Figures(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A song's week."""

    week: Leaf = None
    week_start_date: Leaf = None
    week_end_date: Leaf = None
    total_weekly_downloads: Leaf = None
    total_weekly_streams: Leaf = None


class Song(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """An entry of `songs`."""

    song_id: Leaf = None
    weekly_data: Figures | None = None


class WeeklyFile(msgspec.Struct, forbid_unknown_fields=True):
    """A whole file: one page."""

    songs: list[Song]


def usual_songs(content: bytes) -> list[Song]:
    """The songs of a file of the usual form; none of any other."""
    try:
        return msgspec.json.decode(content, type=WeeklyFile).songs
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return []
