"""Files of charts in exactly the form in which Spotify lets people download them; invented data."""

import datetime as dt
from collections.abc import Sequence

from music_assets.storage.blobs import StorageResource
from music_assets.storage.paths import chart_file
from music_assets.transforms.charts import Chart

THURSDAY = dt.date(2026, 11, 19)
GLOBAL = Chart("global", "weekly", THURSDAY)
HEADER = "rank,uri,artist_names,track_name,source,peak_rank,previous_rank,{},streams"


def song_id(number: int) -> str:
    """A made up id of 22 characters."""
    return f"Song{number:018}"


def line(
    rank: int, song: str = "", previous: object = -1, times: object = 1, **other: object
) -> str:
    """A song on a chart; the streams are quoted, as everything is that holds a comma."""
    known = {"artist": '"An artist, ""and"" another"', "title": f"Song at {rank}", "peak": rank}
    told = known | {"uri": f"spotify:track:{song or song_id(rank)}", "streams": 9_000_000 - rank}
    told |= other
    return (
        f"{rank},{told['uri']},{told['artist']},{told['title']},A Label,{told['peak']},"
        f'{previous},{times},"{told["streams"]}"'
    )


def csv_of(lines: Sequence[str], period: str = "weekly") -> bytes:
    """A file of lines: UTF-8 with a byte order mark."""
    times = "weeks_on_chart" if period == "weekly" else "days_on_chart"
    return "\n".join([HEADER.format(times), *lines, ""]).encode("utf-8-sig")


def put(storage: StorageResource, chart: Chart, *lines: str, ending: str = ".csv") -> str:
    """Put a chart's file into the inbox; one of three songs unless lines are given."""
    path = chart_file(chart.key).removesuffix(".csv") + ending
    storage.write(path, csv_of(lines or [line(1), line(2, previous=1), line(3)], chart.period))
    return path
