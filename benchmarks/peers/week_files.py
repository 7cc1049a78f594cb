"""Given week files, as every peer of the project reads them."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

#: The column of figures of each fact, and its name in the files.
FACTS = {
    "weekly_streams": ("WeeklyStreams", "total_weekly_streams"),
    "weekly_downloads": ("TotalWeeklyDownloads", "total_weekly_downloads"),
}


def week_files(folder: Path) -> Iterator[tuple[int, str, str, list[dict[str, Any]]]]:
    """The WeekID, Monday, Sunday and songs of each file."""
    for file in sorted(folder.glob("*.json")):
        songs = orjson.loads(file.read_bytes())["songs"]
        week = int(songs[0]["weekly_data"]["week"])
        monday = dt.date.fromisocalendar(week // 100, week % 100, 1)
        yield week, monday.isoformat(), (monday + dt.timedelta(days=6)).isoformat(), songs
