"""The weekly report: one page that anybody can open, made from what the marts published."""

import datetime as dt
import io
import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
import jinja2
import pandas as pd
import sqlalchemy as sa

from music_assets import tables
from music_assets.assets.loading import OWNERS, SINGLE_RUN
from music_assets.assets.marts import extract_path
from music_assets.assets.trend import Trend
from music_assets.ingest.weekly import SIMULATION, source_of
from music_assets.partitions import Week
from music_assets.resources.database import DatabaseResource
from music_assets.resources.storage import StorageError, StorageResource

REPORT = "reports/weekly_report.html"
TEMPLATE = Path(__file__).with_name("weekly_report.html.jinja")
MARTS = ["weekly_totals", "top_tracks", "weekly_artist_totals", "genre_trends", "weekly_movers"]
CATALOGUE = [tables.artists, tables.albums, tables.tracks, tables.genres]
TRACKS_SHOWN = 20
OTHERS_SHOWN = 10

Row = dict[str, Any]


@dg.asset(
    deps=[*MARTS, *(table.name for table in CATALOGUE), "artist_albums"],
    group_name="marts",
    kinds={"html", "pandas"},
    owners=OWNERS,
    pool="database",
    backfill_policy=SINGLE_RUN,
)
def weekly_report(
    database: DatabaseResource, storage: dg.ResourceParam[StorageResource]
) -> dg.MaterializeResult[None]:
    """One HTML page about the newest week that has figures, and how it compares."""
    started = time.perf_counter()
    report = _report(database, storage)
    storage.write(REPORT, _rendered(report).encode())
    return dg.MaterializeResult(
        metadata={
            "preview": dg.MetadataValue.md(_preview(report)),
            "report": dg.MetadataValue.path(storage.where(REPORT)),
            "week": report["week"].iso,
            "seconds": round(time.perf_counter() - started, 3),
        }
    )


def _report(database: DatabaseResource, storage: StorageResource) -> Row:
    """What the page says, by the names that its template uses.

    Raises:
        dagster.Failure: no week has figures, or a mart was never published.
    """
    marts = {mart: _published(storage, mart) for mart in MARTS}
    totals = marts["weekly_totals"]
    if totals.empty:
        raise dg.Failure(
            "No week has figures yet, so there is nothing to report; materialise weekly_streams and "
            "weekly_downloads for a week, then the marts.",
            allow_retries=False,
        )
    newest = _rows(totals)[-1]
    weeks = [_week(week_id) for week_id in totals["WeekID"]]
    sources = {week: _source(storage, week) for week in weeks}
    return {
        "week": weeks[-1],
        "totals": newest,
        "weeks": [row | {"Week": _week(row["WeekID"])} for row in _rows(totals)],
        "trends": {
            name: Trend.of([week.monday for week in weeks], totals[name].tolist())
            for name in ("Streams", "Downloads")
        },
        "sources": sources,
        "origins": Counter(_origin(source) for source in sources.values()),
        "catalogue": {table.name: _size(database, table) for table in CATALOGUE},
        **_rankings(marts, newest),
    }


def _published(storage: StorageResource, mart: str) -> pd.DataFrame:
    """A mart as its extract has it: the same figures that BI tools show."""
    try:
        _, content = storage.read(extract_path(mart, "parquet"))
    except StorageError as error:
        raise dg.Failure(f"{error} Materialise {mart} first.", allow_retries=False) from None
    return pd.read_parquet(io.BytesIO(content), dtype_backend="pyarrow")
