"""Exports of artists' own figures: which song a file is about, and its streams of each day.

Spotify for Artists gives a song's days as `<song>-timeline.csv`. Other files tell nothing of days,
so no week can be made of them.
"""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from music_assets.landing.delimited import (
    DATE,
    STREAMS,
    TITLE,
    Column,
    DelimitedError,
    day_of,
    first_in,
    read_delimited,
    whole_number_of,
)
from music_assets.landing.ingests import IngestError
from music_assets.landing.subjects import folded
from music_assets.storage.paths import SALES_FILES
from music_assets.transforms.rows import LARGEST_BIGINT

DAYS = (Column("date", DATE), Column("streams", STREAMS))
SONGS = (Column("song", TITLE), Column("streams", STREAMS))
MONTHS = (Column("month", ("sale month",)), Column("quantity", ("quantity",)))
NO_DAYS = (
    "{} has the streams of each song in a whole window and no days, so no week can be made of it; "
    "download the timeline of each song instead."
)
NO_WEEKS = (
    "{} has sales of whole months, which are never spread over weeks, so no week can be made of "
    f"it; put it into {SALES_FILES} instead."
)
#: Tracks of one title that a sentence names.
MOST_TOLD = 10
_TIMELINE = re.compile(
    r"(?P<title>.+?)[-_ ]+timeline(?:[-_ ]?\(\d+\))?(?:\.csv)?(?:\.gz)?", re.IGNORECASE | re.DOTALL
)


@dataclass
class Timeline:
    """Streams of one song by day.

    Attributes:
        told: of each day, the numbers of streams that are told of it: more than one are a dispute.
        problems: sentences about what could not be read.
    """

    told: dict[dt.date, set[int]] = field(default_factory=lambda: defaultdict(set))
    problems: list[str] = field(default_factory=list)

    def add(self, other: "Timeline") -> None:
        """Add the days of another file about the same song."""
        for day, streams in other.told.items():
            self.told[day] |= streams
        self.problems += other.problems

    @property
    def days(self) -> dict[dt.date, int]:
        """The streams of each day that is not in dispute."""
        return {day: min(told) for day, told in sorted(self.told.items()) if len(told) == 1}

    @property
    def disputes(self) -> list[str]:
        """Sentences about the days in dispute."""
        return [
            f"{day} is told to have {' and '.join(f'{each:,}' for each in sorted(told))} streams."
            for day, told in sorted(self.told.items())
            if len(told) > 1
        ]


def read_timeline(content: bytes, name: str) -> Timeline:
    """The days of a song in a file. A line that cannot be read costs its own day.

    Raises:
        IngestError: this is no timeline, or its days may be read in two ways.
    """
    found = Timeline()
    try:
        rows = list(read_delimited(content, name, DAYS))
        first = first_in((row["date"] for _, row in rows), name)
        for line, row in rows:
            day, streams = day_of(row["date"], first), whole_number_of(row["streams"])
            if day is None:
                problem = f"date is {_said(row['date'])}, not a day"
            elif streams is None or not 0 <= streams <= LARGEST_BIGINT:
                problem = f"streams of {day} are {_said(row['streams'])}, not a count"
            else:
                found.told[day].add(streams)
                continue
            found.problems.append(f"{name}, line {line}: {problem}.")
    except DelimitedError as error:
        raise IngestError(_of_other_kind(content, name) or str(error)) from None
    return found


def _said(text: str | None) -> str:
    return "absent" if text is None else f"'{text[:40]}'"


def _of_other_kind(content: bytes, name: str) -> str:
    """A sentence about a known file that holds no days; "" for any other."""
    for columns, told in ((SONGS, NO_DAYS), (MONTHS, NO_WEEKS)):
        try:
            next(read_delimited(content, name, columns), None)
        except DelimitedError:
            continue
        return told.format(name)
    return ""


def title_in(name: str) -> str:
    """The song's title in the name of a timeline; "" in any other."""
    found = _TIMELINE.fullmatch(name)
    return found["title"] if found else ""


def song_called(title: str, tracks: Sequence[Mapping[str, Any]], artist: str = "") -> str:
    """The id of the one track of a title, as the name of a file has it.

    A title's own characters count, or else its letters and digits alone: a file's name cannot have
    them all.

    Args:
        title: in the name of a file.
        tracks: of the catalogue: SongID, Title, AlbumName, and the names of their Artists.
        artist: a name; if given, only their tracks count.

    Raises:
        IngestError: no track has this title, or several have.
    """
    asked = folded(artist)
    known = [each for each in tracks if each["Title"]]
    theirs = [each for each in known if not asked or asked in map(folded, each["Artists"])]
    found = [each for each in theirs if folded(each["Title"]) == folded(title)]
    if not found and _bare(title):
        found = [each for each in theirs if _bare(each["Title"]) == _bare(title)]
    if len(found) == 1:
        return str(found[0]["SongID"])
    by = f" by {artist}" if artist else ""
    if not tracks:
        raise IngestError(
            "There is no track in the database yet, so nobody can tell a song; call `music-assets "
            "run` first."
        )
    if not found:
        raise IngestError(f"No track of the catalogue is called '{title}'{by}; give its --song.")
    told = ", ".join(map(_described, found[:MOST_TOLD]))
    raise IngestError(
        f"{len(found)} tracks of the catalogue are called '{title}'{by}; give the --song ID of "
        f"one: {told}."
    )


def _bare(title: str) -> str:
    return " ".join(re.sub(r"[\W_]+", " ", folded(title)).split())


def _described(track: Mapping[str, Any]) -> str:
    artists = ", ".join(filter(None, track["Artists"])) or "unknown artists"
    return f"{track['SongID']} ({artists}, on {track['AlbumName'] or 'an album without a name'})"
