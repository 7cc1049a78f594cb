"""The one way from landing pages to a table: transform, quarantine, sync, metadata."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import dagster as dg
import polars as pl

from music_assets.database.database_errors import DatabaseError
from music_assets.database.resource import DatabaseResource
from music_assets.database.sync import Scope, SyncResult
from music_assets.engines.engine import Engine, EngineError, Outcome, scan_ndjson
from music_assets.landing.ingests import Ingest, IngestError, newest_ingest
from music_assets.loading.quarantine import quarantine_result
from music_assets.storage import paths
from music_assets.storage.blobs import StorageResource
from music_assets.storage.dated_folders import new_folder, prune
from music_assets.transforms.rows import Transform


@dataclass
class Load:
    """One load of a table, in one or several syncs; the source of its metadata."""

    context: dg.AssetExecutionContext
    transform: Transform
    started: float = field(default_factory=time.perf_counter)
    counts: Counter[str] = field(default_factory=Counter)
    quarantine_files: list[str] = field(default_factory=list)

    def note(self, done: SyncResult) -> None:
        """Count what a sync did."""
        for name in ("inserted", "updated", "deleted", "unchanged"):
            self.counts[name] += getattr(done, name)

    def note_quarantined(self, count: int, file: str) -> None:
        """Count records that were put into a quarantine file."""
        if count:
            self.counts["quarantined"] += count
            self.quarantine_files.append(file)
            self.context.log.warning(f"{count} records are in {file}.")

    def result(self, database: DatabaseResource) -> dg.MaterializeResult:
        """The materialisation, with the rows that the table holds now."""
        shown = ("inserted", "updated", "deleted", "unchanged", "quarantined")
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": database.count(self.transform.table),
                **{name: self.counts[name] for name in shown},
                "seconds": round(time.perf_counter() - self.started, 3),
            },
            check_results=[quarantine_result(self.counts["quarantined"], self.quarantine_files)],
        )


#: What a sync may delete, from the accepted and the rejected records, the latter's columns as text.
ScopeOf = Callable[[pl.LazyFrame, pl.LazyFrame], Scope]


class Loader(dg.ConfigurableResource):
    """The way from landing files to a table: storage, an engine and the database in a row."""

    storage: StorageResource
    engine: Engine
    database: DatabaseResource

    def newest(self, kind: str) -> Ingest:
        """The newest finished ingest of a kind.

        Raises:
            dagster.Failure: there is none.
        """
        try:
            return newest_ingest(self.storage, kind)
        except IngestError as error:
            raise dg.Failure(str(error), allow_retries=False) from None

    def load(
        self,
        load: Load,
        sources: Sequence[str],
        *,
        scope: ScopeOf,
        name: str = "rows",
        lookups: Mapping[str, pl.DataFrame] | None = None,
    ) -> SyncResult:
        """Bring the pages of `sources` into the table.

        Args:
            load: the transform, and where to count what happens.
            sources: landing files.
            scope: what the sync may delete, given the accepted and the rejected records.
            name: of the files in `processed/` and `quarantine/`, where a table has several.
            lookups: see `Engine.run`.

        Raises:
            dagster.Failure: records came and none of them could be used, or the engine or the
                database refused.
        """
        entity, run_id = load.transform.entity, load.context.run.run_id
        quarantine_file = paths.quarantined(entity, run_id, name)
        orphans_file = paths.quarantined(entity, run_id, f"{name}-orphans")
        # A folder for each load, so that two runs at once do not load each other's rows.
        folder = new_folder(paths.processed(entity), run_id)
        outcome = self._transformed(
            load, sources, rows=f"{folder}{name}.parquet", quarantine=quarantine_file,
            lookups=lookups,
        )  # fmt: skip
        prune(self.storage, paths.processed(entity))
        load.note_quarantined(outcome.rejected, quarantine_file)
        _refuse_if_nothing_is_left(entity, outcome, quarantine_file)
        with (
            self.storage.local_files(self.storage.parts(outcome.path)) as files,
            self._rejected(load.transform, outcome, quarantine_file) as rejected,
        ):
            rows = pl.scan_parquet(list(files), glob=False)
            _refuse_if_others_are_there(outcome, rows)
            return self._sync(load, rows, scope(rows, rejected), orphans_file)

    def _transformed(
        self,
        load: Load,
        sources: Sequence[str],
        *,
        rows: str,
        quarantine: str,
        lookups: Mapping[str, pl.DataFrame] | None,
    ) -> Outcome:
        try:
            return self.engine.run(
                load.transform,
                self.storage,
                sources,
                rows=rows,
                quarantine=quarantine,
                lookups=lookups,
            )
        except EngineError as error:
            raise dg.Failure(str(error)) from None

    @contextmanager
    def _rejected(
        self, transform: Transform, outcome: Outcome, file: str
    ) -> Iterator[pl.LazyFrame]:
        """The records that the transform rejected, read as far as somebody asks for them."""
        schema = dict.fromkeys(transform.columns, pl.String())
        if not outcome.rejected:
            yield pl.LazyFrame(schema=schema)
            return
        with self.storage.local_files(self.storage.parts(file)) as files:
            yield scan_ndjson(files, schema)

    def _sync(self, load: Load, rows: pl.LazyFrame, scope: Scope, orphans_file: str) -> SyncResult:
        keyed = rows.drop_nulls(list(load.transform.key))
        try:
            done = self.database.sync(load.transform.table, keyed, scope=scope)
        except DatabaseError as error:
            raise dg.Failure(str(error), allow_retries=False) from None
        load.note(done)
        if done.orphans.height:
            with self.storage.replacing(orphans_file) as draft:
                done.orphans.write_ndjson(draft.path)
            load.note_quarantined(done.orphans.height, orphans_file)
        return done


def _refuse_if_others_are_there(outcome: Outcome, rows: pl.LazyFrame) -> None:
    """Load no part that an engine left there beside its own, as a task that ran twice may do."""
    found = rows.select(pl.len()).collect().item()
    if found != outcome.accepted:
        raise dg.Failure(
            f"{outcome.path} holds {found} rows and {outcome.accepted} were written, so the table "
            "stays as it was; materialise it again, which writes them anew."
        )


def _refuse_if_nothing_is_left(entity: str, outcome: Outcome, quarantine_file: str) -> None:
    if outcome.rejected and not outcome.accepted:
        raise dg.Failure(
            f"None of the {outcome.rejected} records for {entity} could be used, so the table "
            f"stays as it was; {quarantine_file} says why.",
            allow_retries=False,
        )
