"""The loads of weeks: one whose landing and rows are as they were loaded costs a look."""

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import dagster as dg
import narwhals as nw
import polars as pl
import sqlalchemy as sa

from music_assets.database.previews import Metadata, preview_of
from music_assets.database.resource import DatabaseResource
from music_assets.database.scope import RowsOfInput, Scope
from music_assets.database.sync import SyncResult
from music_assets.landing.weekly_inbox import note_problems, source_of
from music_assets.loading.loader import Input, Loader, Unite
from music_assets.loading.tally import Tally
from music_assets.loading.week_notes import LoadNotes
from music_assets.schema import tables
from music_assets.storage import paths
from music_assets.storage.fingerprints import Made, note_made
from music_assets.transforms.rows import Transform
from music_assets.transforms.weekly import weeks_lookup
from music_assets.weeks import Week

#: Rows of one load, so that memory does not grow with the number of weeks.
ROWS_AT_ONCE = 100_000
PARTITION_ROWS = "dagster/partition_row_count"
NOTHING_LOADED = {"rows": 0, "inserted": 0, "updated": 0, "deleted": 0, "seconds": 0.0}
NOT_LANDED = "No figures for {} have landed yet; materialise raw_weekly for it first."
UNUSABLE = "No record for {} could be used, so the table keeps what it had; {} says why."
#: A file may give one of both figures alone; then the other's quarantine has all records.
OTHERS = "the quarantine of {}"
_NO_SONGS = pl.DataFrame(schema={"SongID": pl.String})


def load_weeks(
    context: dg.AssetExecutionContext, loader: Loader, transform: Transform, weeks: Sequence[Week]
) -> dg.MaterializeResult:
    """Load weeks in batches of about `ROWS_AT_ONCE` rows.

    A week that cannot be loaded is noted, and holds up none of the others.
    """
    tally = Tally(context, transform)
    loads = _Loads(loader, tally)
    problems = {week: NOT_LANDED.format(week.iso) for week in weeks if not loads.notes.landed(week)}
    wanted = [week for week in weeks if week not in problems and not loads.is_as_noted(week)]
    songs = loader.database.count(tables.tracks)
    at_once = max(1, ROWS_AT_ONCE // max(1, songs))
    for start in range(0, len(wanted), at_once):
        batch = wanted[start : start + at_once]
        loaded = loads.load(batch)
        # Without tracks a simulated week is rightly empty; a week with a file never is.
        problems |= {
            week: UNUSABLE.format(week.iso, ", ".join(tally.quarantine_files) or _other(transform))
            for week in batch
            if week.week_id not in loaded
            and (songs or source_of(loader.storage, week) != tables.SIMULATED)
        }
    note_problems(loader.storage, transform.entity, weeks, problems)
    if problems.keys() == set(weeks):
        raise dg.Failure(" ".join(problems.values()), allow_retries=False)
    _describe(tally, loader.database, weeks, problems)
    return tally.result(loader.database, by_partition=True)


def _other(transform: Transform) -> str:
    """The place of the rejects of records that give the other figure alone."""
    [name] = tables.MEASURES.keys() - {transform.table.name}
    return OTHERS.format(name)


class _Loads:
    """The loads of one table's weeks."""

    def __init__(self, loader: Loader, tally: Tally) -> None:
        self._loader = loader
        self._tally = tally
        self.notes = LoadNotes(
            loader.storage, tally.transform.entity, loader.database.data_versions()
        )

    def is_as_noted(self, week: Week) -> bool:
        """True if a week need not be loaded; then its counts are told."""
        before, tally = self.notes.as_noted(week), self._tally
        if before is None:
            return False
        tally.by_value[week.week_id] = {**NOTHING_LOADED, "rows": before.rows}
        if rejects := before.told["quarantined"]:
            tally.rejects_by_value[week.week_id] = rejects
            tally.counts["quarantined"] += rejects
            tally.quarantine_files += sorted({*before.told["files"]} - {*tally.quarantine_files})
        return True

    def load(self, weeks: Sequence[Week]) -> Collection[object]:
        """Load some weeks; returns the WeekIDs of those that had a usable record."""
        begun, tally = time.perf_counter(), self._tally

        def scope(rows: pl.LazyFrame, rejects: pl.LazyFrame) -> Scope:
            """Replace each week as a whole, except one without any usable record."""
            counts = rejects.group_by("WeekID").len().collect()
            tally.rejects_by_value.update({int(week): count for week, count in counts.iter_rows()})
            known = rows.filter(pl.col("SongID").is_null()).select("WeekID").collect()
            return RowsOfInput("WeekID", also=known["WeekID"].to_list())

        done = self._loader.load(
            tally,
            Input(
                tally.transform,
                [paths.landed_week(week) for week in weeks],
                {"weeks": nw.from_dict(weeks_lookup(weeks), backend="polars")},
            ),
            scope=scope,
            unite=self._united(weeks),
            name=weeks[0].key if len(weeks) == 1 else f"{weeks[0].key}...{weeks[-1].key}",
            needs_a_row=False,
        )
        tally.add_replaced(done, time.perf_counter() - begun, "WeekID")
        self._note(done, [week for week in weeks if week.week_id in done.replaced])
        return done.replaced

    def _united(self, weeks: Sequence[Week]) -> Unite:
        """Gives each figure its source; a week that is known to lack some has a row without a song.

        A song that is in no `tracks` says nothing, here as elsewhere.
        """
        database, storage = self._loader.database, self._loader.storage
        measure = tables.MEASURES[self._tally.transform.table.name]
        sources = {week.week_id: source_of(storage, week) for week in weeks}

        def unite(given: Sequence[pl.LazyFrame]) -> pl.LazyFrame:
            [rows] = given
            source = pl.col("WeekID").replace_strict(sources, return_dtype=pl.String)
            figures = rows.drop_nulls(measure).with_columns(Source=source)
            absent = rows.filter(pl.col(measure).is_null()).select("WeekID", "SongID").collect()
            ours = database.read(sa.select(tables.tracks.c.SongID)) if absent.height else _NO_SONGS
            known = absent.join(ours, on="SongID", how="semi").select("WeekID").unique()
            return pl.concat([figures, known.lazy()], how="diagonal")

        return unite

    def _note(self, done: SyncResult, weeks: Sequence[Week]) -> None:
        tally = self._tally
        orphans = set(done.orphans["WeekID"]) if done.orphans.height else set()
        made = dict[str, Made]()
        for week in weeks:
            rejects = tally.rejects_by_value[week.week_id]
            told: dict[str, Any] = {
                "orphans": week.week_id in orphans,
                "quarantined": rejects,
                "files": list(tally.quarantine_files) if rejects else [],
            }
            word = self.notes.word(week, done.versions.get(week.week_id), orphans=told["orphans"])
            made[week.key] = Made(word, int(done.replaced[week.week_id]["rows"]), told)
        note_made(self.notes.storage, self.notes.table, made)


def _describe(
    tally: Tally, database: DatabaseResource, weeks: Sequence[Week], problems: Mapping[Week, str]
) -> None:
    """Give each week's materialisation the counts of that week, and why it could not be loaded."""
    kept = _rows_of(database, tally.transform.table, problems)
    for week in weeks:
        counts = {**NOTHING_LOADED, "rows": kept.get(week.week_id, 0)}
        counts |= tally.by_value.get(week.week_id, {})
        told = {PARTITION_ROWS if name == "rows" else name: each for name, each in counts.items()}
        quarantined = {"quarantined": tally.rejects_by_value[week.week_id]}
        problem = {"problem": problems[week]} if week in problems else {}
        preview = _preview(database, tally.transform.table, week) if week == weeks[-1] else {}
        tally.context.add_asset_metadata(
            {**told, **quarantined, **problem, **preview}, partition_key=week.key
        )


def _preview(database: DatabaseResource, table: sa.Table, week: Week) -> Metadata:
    """The preview of a week. The newest of a run has one: others would repeat it in each event."""
    return database.reading(partial(preview_of, table=table, week=week.week_id))


def _rows_of(database: DatabaseResource, table: sa.Table, weeks: Iterable[Week]) -> dict[int, int]:
    """The number of rows that a table holds of some weeks."""
    column = table.c.WeekID
    wanted = column.in_([week.week_id for week in weeks])
    counts = database.read(sa.select(column, sa.func.count()).where(wanted).group_by(column))
    return dict(counts.iter_rows())
