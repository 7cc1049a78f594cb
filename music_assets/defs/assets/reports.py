"""The weekly report: one page that anybody can open, made from what the marts published."""

import datetime as dt
import io
import math
import re
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import jinja2
import pandas as pd
import sqlalchemy as sa

from music_assets import publishing
from music_assets.config.settings import settings
from music_assets.database.resource import DatabaseResource
from music_assets.defs.assets.marts import extract_path
from music_assets.landing.weekly_inbox import SIMULATION, source_of
from music_assets.loading.loader import OWNERS, SINGLE_RUN
from music_assets.schema import tables
from music_assets.storage.blobs import StorageError, StorageResource
from music_assets.weeks import Week

REPORT = "reports/weekly_report.html"
TEMPLATE = Path(publishing.__file__).parent / "weekly_report.html.jinja"
MARTS = ["weekly_totals", "top_tracks", "weekly_artist_totals", "genre_trends", "weekly_movers"]
CATALOGUE = [tables.artists, tables.albums, tables.tracks, tables.genres]
NOTHING_YET = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Weekly report</title>
<p>No week has figures yet. Run the graph for a week, and open this page again.</p></html>
"""
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
) -> dg.MaterializeResult:
    """One HTML page about the newest week that has figures, and how it compares."""
    started = time.perf_counter()
    report = _report(database, storage)
    if report is None:
        storage.write(REPORT, NOTHING_YET.encode())
        return dg.MaterializeResult(
            metadata={
                "preview": dg.MetadataValue.md("No week has figures yet."),
                "report": dg.MetadataValue.path(storage.where(REPORT)),
            }
        )
    storage.write(REPORT, _rendered(report).encode())
    return dg.MaterializeResult(
        metadata={
            "preview": dg.MetadataValue.md(_preview(report)),
            "report": dg.MetadataValue.path(storage.where(REPORT)),
            "week": report["week"].iso,
            "seconds": round(time.perf_counter() - started, 3),
        }
    )


def _report(database: DatabaseResource, storage: StorageResource) -> Row | None:
    """What the page says, by the names that its template uses; None if no week has figures.

    Raises:
        dagster.Failure: a mart was never published.
    """
    marts = {mart: _published(storage, mart) for mart in MARTS}
    totals = marts["weekly_totals"]
    if totals.empty:
        return None
    weeks = [row | {"Week": _week(row["WeekID"])} for row in _rows(totals)]
    sources = {row["Week"]: _source(storage, row["Week"]) for row in weeks}
    rankings = _rankings(marts, weeks[-1])
    return {
        "week": weeks[-1]["Week"],
        "totals": weeks[-1],
        "weeks": weeks,
        "trends": {name: trend(weeks, name) for name in ("Streams", "Downloads")},
        "sources": sources,
        "origins": Counter(_origin(source) for source in sources.values()),
        "origin": _origin(sources[weeks[-1]["Week"]]),
        "catalogue": {table.name: _size(database, table) for table in CATALOGUE},
        "makers": _makers(database, {row["SongID"] for row in _songs(rankings)}),
        "sandbox": settings().bundled_sandbox,
        **rankings,
    }


def _published(storage: StorageResource, mart: str) -> pd.DataFrame:
    """A mart as its extract has it: the same figures that BI tools show."""
    try:
        _, content = storage.read(extract_path(mart, "parquet"))
    except StorageError as error:
        raise dg.Failure(f"{error} Materialise {mart} first.", allow_retries=False) from None
    return pd.read_parquet(io.BytesIO(content), dtype_backend="pyarrow")


def _rows(frame: pd.DataFrame) -> list[Row]:
    """Rows as dictionaries, with None for what is missing."""
    plain = frame.astype(object).where(frame.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in plain.to_dict("records")]


def _week(week_id: int) -> Week:
    return Week.from_iso(*divmod(week_id, 100))


def _source(storage: StorageResource, week: Week) -> str | None:
    """Where a week's figures come from; None where its landing is gone."""
    try:
        return source_of(storage, week)
    except StorageError:
        return None


def _origin(source: str | None) -> str:
    return "unknown" if source is None else "simulated" if source == SIMULATION else "given"


def _size(database: DatabaseResource, table: sa.Table) -> int:
    return int(database.read(sa.select(sa.func.count()).select_from(table)).item())


def _rankings(marts: Mapping[str, pd.DataFrame], newest: Row) -> dict[str, list[Row]]:
    """The newest week's best tracks, artists and genres, and its movers up and down."""
    of_week = {name: mart[mart["WeekID"] == newest["WeekID"]] for name, mart in marts.items()}
    movers = of_week["weekly_movers"].sort_values("MoveRank")
    artists = marts["weekly_artist_totals"]
    earlier = artists.loc[artists["WeekID"] == newest["PreviousWeekID"], ["ArtistID", "Streams"]]
    with_earlier = of_week["weekly_artist_totals"].merge(
        earlier, on="ArtistID", how="left", suffixes=("", "Before")
    )
    with_earlier["StreamsChange"] = with_earlier["Streams"] - with_earlier["StreamsBefore"]
    return {
        "tracks": _rows(of_week["top_tracks"].sort_values("StreamRank").head(TRACKS_SHOWN)),
        "artists": _most_streamed(with_earlier, "ArtistID"),
        "genres": _most_streamed(of_week["genre_trends"], "GenreID"),
        "up": _rows(movers[movers["Change"] > 0].head(OTHERS_SHOWN)),
        "down": _rows(movers[movers["Change"] < 0].head(OTHERS_SHOWN)),
    }


def _most_streamed(frame: pd.DataFrame, key: str) -> list[Row]:
    ranked = frame.sort_values(["Streams", key], ascending=[False, True])
    return _rows(ranked.head(OTHERS_SHOWN))


def _songs(rankings: Mapping[str, list[Row]]) -> Iterable[Row]:
    return (row for name in ("tracks", "up", "down") for row in rankings[name])


def _makers(database: DatabaseResource, songs: Iterable[str]) -> dict[str, list[Row]]:
    """The album and the followed artists of each song."""
    query = (
        sa.select(tables.tracks.c.SongID, tables.artist_albums.c.AlbumID, tables.artists)
        .join(tables.artist_albums, tables.artist_albums.c.AlbumID == tables.tracks.c.AlbumID)
        .join(tables.artists)
        .where(tables.tracks.c.SongID.in_(sorted(songs)))
        .order_by(tables.tracks.c.SongID, tables.artists.c.Name, tables.artists.c.ArtistID)
    )
    makers: dict[str, list[Row]] = {}
    for row in database.read(query).iter_rows(named=True):
        makers.setdefault(row["SongID"], []).append(row)
    return makers


def trend(weeks: list[Row], name: str, *, width: int = 480, height: int = 200) -> Row:
    """A line over time, in the units of an SVG of this size.

    Returns:
        `points` (x, y, value and the week's row), `lines` (one list of points per unbroken stretch
        of weeks), `ticks` (y and value) and `dates` (x and day). A week without a value breaks the
        line.
    """
    left, right, top, bottom = 56, width - 12, 12, height - 28
    known = [row for row in weeks if row[name] is not None]
    if not known:
        return {"points": [], "lines": [], "ticks": [], "dates": []}
    ticks = _ticks([row[name] for row in known])
    first: dt.date = weeks[0]["WeekStartDate"]
    last: dt.date = weeks[-1]["WeekStartDate"]
    days = max((last - first).days, 1)

    def x(day: dt.date) -> float:
        return round(left + (right - left) * (day - first).days / days, 1)

    def y(value: float) -> float:
        return round(bottom - (bottom - top) * (value - ticks[0]) / (ticks[-1] - ticks[0]), 1)

    points = [
        {"x": x(r["WeekStartDate"]), "y": y(r[name]), "row": r, "value": r[name]} for r in known
    ]
    lines: list[list[Row]] = []
    for before, point in zip([None, *points], points, strict=False):
        day = point["row"]["WeekStartDate"]
        if before is None or (day - before["row"]["WeekStartDate"]).days > 7:
            lines.append([])
        lines[-1].append(point)
    shown = {first + dt.timedelta(days * i // 4) for i in range(5)} if days > 28 else {first, last}
    return {
        "points": points,
        "lines": lines,
        "ticks": [{"y": y(tick), "value": tick} for tick in ticks],
        "dates": [{"x": x(day), "day": day} for day in sorted(shown)],
    }


def _ticks(values: list[int]) -> list[int]:
    """Three to six round numbers around the values."""
    low, high = min(values), max(values)
    rough = max(high - low, high // 50, 1) / 4
    power = 10 ** math.floor(math.log10(rough))
    step = max(int(next(power * n for n in (1, 2, 5, 10) if power * n >= rough)), 1)
    start = low // step * step
    stop = max(-(-high // step) * step, start + step)
    return list(range(start, stop + 1, step))


def _rendered(report: Row) -> str:
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(TEMPLATE.read_text("utf-8")).render(report).lstrip()


def _preview(report: Row) -> str:
    """The page in a few lines of Markdown."""
    totals, week = report["totals"], report["week"]
    lines = [f"**{week.iso}** ({report['origin']} figures), {week.key} to {week.sunday}", ""]
    lines += [
        f"- {name}: {totals[name]:,}"
        for name in ("Streams", "Downloads")
        if totals[name] is not None
    ]
    lines += ["", "| # | Track | Streams |", "|--:|---|--:|"]
    lines += [
        f"| {row['StreamRank']} | {_plain(row['Title'])} | {row['Streams']:,} |"
        for row in report["tracks"][:5]
    ]
    return "\n".join(lines)


def _plain(text: str | None) -> str:
    """Text that Markdown takes literally."""
    return re.sub(r"([^\w\s])", r"\\\1", text or "(no title)")
