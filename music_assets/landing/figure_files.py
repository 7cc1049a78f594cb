"""Weeks of people's own figures: made of days, and put into the inbox as files of weeks."""

import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from music_assets.landing.inboxes import file_of_week
from music_assets.landing.weekly_inbox import require_no_other_file
from music_assets.storage import paths
from music_assets.storage.blobs import StorageResource
from music_assets.weeks import Week

DAYS_OF_A_WEEK = 7
FOREIGN = (
    "{} was not written by this command, so it stays as it is, and {} is left out; add the figures "
    "to it, or remove it and do this again."
)


@dataclass
class Put:
    """The weeks whose figures are in the inbox now, and why others are not.

    Attributes:
        written: those whose file is new or has changed.
        unchanged: those whose file had these figures already.
        refused: the others, with sentences.
    """

    written: list[Week] = field(default_factory=list)
    unchanged: list[Week] = field(default_factory=list)
    refused: dict[Week, str] = field(default_factory=dict)


def whole_weeks(
    days: Mapping[dt.date, int], today: dt.date
) -> tuple[dict[Week, int], dict[Week, int]]:
    """The sums of the weeks of which all days are given, and the number of days of the others.

    A day that has not ended is not given, whatever a file says of it.
    """
    days = {day: count for day, count in days.items() if day < today}
    given = Counter(Week.of(day) for day in days)
    sums = Counter[Week]()
    for day, count in days.items():
        sums[Week.of(day)] += count
    whole = {week: sums[week] for week in sorted(given) if given[week] == DAYS_OF_A_WEEK}
    return whole, {week: given[week] for week in sorted(given) if week not in whole}


def put_streams(storage: StorageResource, song: str, streams: Mapping[Week, int]) -> Put:
    """Put the streams of a song's weeks into the inbox, beside the songs that are in these files.

    A file that a person wrote or has changed is left alone.
    """
    done = Put()
    with storage.turn(paths.IMPORT_TURN, lambda: None):
        for week, count in sorted(streams.items()):
            try:
                changed = _put(storage, week, song, count)
            except ValueError as error:
                done.refused[week] = str(error)
            else:
                (done.written if changed else done.unchanged).append(week)
    return done


def _put(storage: StorageResource, week: Week, song: str, count: int) -> bool:
    """Put one figure into a week's file; True if the file has changed.

    Raises:
        ValueError: the week has a file that is not this command's.
    """
    inbox, path = list(storage.list(paths.WEEKLY_FILES)), paths.weekly_file(week)
    present, before = file_of_week(inbox, week), b""
    if present is None:
        require_no_other_file(inbox, week)
    else:
        before = storage.read(present.path)[1]
        if _digest(before) not in _noted(storage).get(present.path, []):
            raise ValueError(FOREIGN.format(present.path, week.iso))
    songs = {each["song_id"]: each for each in json.loads(before)["songs"]} if before else {}
    songs[song] = _entry(week, song, count)
    after = json.dumps({"songs": [songs[each] for each in sorted(songs)]}, indent=2).encode()
    if after == before:
        return False
    # Noted first: a file without a note would look like a person's.
    _note(storage, path, [_digest(each) for each in (before, after) if each])
    storage.write(path, after)
    return True


def _entry(week: Week, song: str, count: int) -> dict[str, Any]:
    """A song's week, in the form of a weekly file. Downloads are absent, which is not zero."""
    data = {
        "week": week.week_id % 100,
        "week_start_date": week.key,
        "week_end_date": week.sunday.isoformat(),
        "total_weekly_streams": count,
    }
    return {"song_id": song, "weekly_data": data}


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _noted(storage: StorageResource) -> dict[str, list[str]]:
    """The digests of the files that this command wrote, or was about to, by path."""
    if storage.find(paths.IMPORTED_FIGURES) is None:
        return {}
    try:
        return dict(json.loads(storage.read(paths.IMPORTED_FIGURES)[1]))
    except ValueError:
        return {}


def _note(storage: StorageResource, path: str, digests: list[str]) -> None:
    noted = _noted(storage) | {path: digests}
    storage.write(paths.IMPORTED_FIGURES, json.dumps(noted, sort_keys=True).encode())
