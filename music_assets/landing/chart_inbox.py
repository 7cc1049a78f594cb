"""The charts' inbox: files as Spotify lets people download them, and their landings.

A chart lands as one blob of pages, whole or not at all.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from music_assets.landing.delimited import (
    ARTIST,
    RANK,
    STREAMS,
    TITLE,
    Column,
    read_delimited,
    whole_number_of,
)
from music_assets.landing.inboxes import plain
from music_assets.landing.pages import sound_page, to_line
from music_assets.landing.spotify_ids import spotify_id
from music_assets.storage import paths
from music_assets.storage.blobs import Blob, StorageResource
from music_assets.transforms.charts import CHART, Chart

ENTRIES_PER_PAGE = 1_000
THURSDAY = 3
#: The word for a chart's days or weeks in its header: a file that bears another name has the other.
TIMES = {"daily": "days on chart", "weekly": "weeks on chart"}
NUMBERS = ("rank", "peak_rank", "previous_rank", "times_on_chart", "streams")
#: A file's name; a browser that has one already adds a number.
_FILE = re.compile(
    r"regional-(?P<key>(?:global|[a-z]{2})-(?:daily|weekly)-[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r" ?(?:\([0-9]+\))?\.csv(?:\.gz)?",
    re.IGNORECASE,
)
#: The parts of a name of another form.
_REGION = re.compile(r"(?<![a-z])(global|(?<=regional[-_. ])[a-z]{2})(?![a-z])", re.IGNORECASE)
_PERIOD = re.compile(r"daily|weekly", re.IGNORECASE)
_DAY = re.compile(r"(?<![0-9])([0-9]{4})[-_. ]?([0-9]{2})[-_. ]?([0-9]{2})(?![0-9])")


def chart_of_file(path: str) -> Chart | None:
    """The chart that the name of a file says; None where it says none."""
    match = _FILE.fullmatch(path.rpartition("/")[2])
    with suppress(ValueError):
        return Chart.from_key(match["key"].lower()) if match else None
    return None


def charts_in(inbox: Iterable[Blob]) -> dict[Chart, list[Blob]]:
    """The files of each chart in `charts/` that are not empty, the one named as downloaded first.

    A weekly chart of a day that ends no chart's week is none.
    """
    found = dict[Chart, list[Blob]]()
    for blob in inbox:
        chart = chart_of_file(blob.path)
        if blob.size and chart and not _is_of_no_week(chart):
            found.setdefault(chart, []).append(blob)
    return {
        chart: sorted(found[chart], key=lambda blob: (len(blob.path), blob.path))
        for chart in sorted(found)
    }


def chart_files_left_out(inbox: Sequence[Blob]) -> dict[str, str]:
    """The sentences about files in `charts/` that are not taken, by path."""
    told, names = {}, {blob.path.rpartition("/")[2] for blob in inbox}
    for blob in inbox:
        chart = chart_of_file(blob.path)
        if chart is None:
            name = _name_meant_by(blob.path)
            told[blob.path] = f"{blob.path} is left out for its name; rename it to {name}."
        elif _is_of_no_week(chart):
            right = _file_name(chart)
            told[blob.path] = (
                f"{blob.path} is left out: {chart.date} is a {chart.date:%A}, and a weekly chart "
                "is named after the Thursday that ends its week; "
                + (f"{right} is there already." if right in names else f"rename it to {right}.")
            )
        elif not blob.size:
            told[blob.path] = f"{blob.path} is empty, so it waits."
    return told


def land_chart(storage: StorageResource, chart: Chart, files: Sequence[Blob]) -> list[str]:
    """Land a chart from the first of its files that can be read.

    Returns:
        Sentences about the other files.

    Raises:
        ValueError: none of them can be read.
        StorageError: the storage cannot be read or written.
    """
    told = list[str]()
    for at, blob in enumerate(files):
        try:
            lines = chart_lines(storage.read(blob.path)[1], blob.path, chart)
        except ValueError as error:
            told.append(str(error))
            continue
        storage.write(paths.landed_chart(chart.key), b"".join(lines))
        return told + [
            f"{each.path} is left out, since {blob.path} is there too; remove one of them."
            for each in files[at + 1 :]
        ]
    raise ValueError(" ".join(told))


def chart_lines(content: bytes, path: str, chart: Chart) -> list[bytes]:
    """The lines of a landing.

    Raises:
        ValueError: the file is no chart, or one without a song.
    """
    records = read_delimited(plain(content, path), path, _columns(chart))
    items = [_item(record) for _, record in records]
    if not items:
        raise ValueError(f"{path} lists no song; download it again.")
    pages = (
        sound_page(
            {"requested": chart.key, CHART.items: items[begin : begin + ENTRIES_PER_PAGE]}, CHART
        )
        for begin in range(0, len(items), ENTRIES_PER_PAGE)
    )
    return [to_line(page) for page, _ in pages if page]


def _columns(chart: Chart) -> list[Column]:
    return [
        Column("rank", RANK),
        Column("uri", ("uri", "url")),
        Column("artist_names", ARTIST),
        Column("track_name", TITLE),
        Column("source", ("source", "label"), needed=False),
        Column("peak_rank", ("peak rank",), needed=False),
        Column("previous_rank", ("previous rank",)),
        Column("times_on_chart", (TIMES[chart.period],)),
        Column("streams", STREAMS),
    ]


def _item(record: Mapping[str, str | None]) -> dict[str, Any]:
    """A record with its song's id, and its numbers as such; the transform judges what is none."""
    numbers = {name: whole_number_of(record[name]) for name in NUMBERS}
    known = {name: number for name, number in numbers.items() if number is not None}
    return {**record, **known, "song_id": spotify_id(record["uri"] or "", "track")}


def _is_of_no_week(chart: Chart) -> bool:
    return chart.period == "weekly" and chart.date.weekday() != THURSDAY


def _file_name(chart: Chart) -> str:
    """The name of a chart's file; of a weekly one after the Thursday on or after its day."""
    if chart.period == "weekly":
        later = dt.timedelta(days=(THURSDAY - chart.date.weekday()) % 7)
        chart = Chart(chart.region, chart.period, chart.date + later)
    return paths.chart_file(chart.key).rpartition("/")[2]


def _name_meant_by(path: str) -> str:
    """The right name of a file with another; the form of names where nobody can tell."""
    name = path.rpartition("/")[2]
    region, period, day = _REGION.search(name), _PERIOD.search(name), _DAY.search(name)
    with suppress(ValueError):
        if region and period and day:
            date = dt.date(*map(int, day.groups()))
            return _file_name(Chart(region[1].lower(), period[0].lower(), date))
    return "regional-<region>-weekly-<YYYY-MM-DD>.csv, or daily, as Spotify names it"
