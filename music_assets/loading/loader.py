"""The one way from landing pages to a table: transform, quarantine, sync, metadata."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from operator import itemgetter

import dagster as dg
import polars as pl

from music_assets.database.resource import DatabaseResource
from music_assets.database.scope import Scope
from music_assets.database.staging import key_of
from music_assets.database.sync import SyncResult
from music_assets.engines.engine import Engine, Lookup, Outcome, Work
from music_assets.engines.polars import scan_ndjson
from music_assets.landing.ingests import Ingest, newest_ingest
from music_assets.loading.tally import Tally
from music_assets.storage import paths
from music_assets.storage.blobs import StorageResource
from music_assets.storage.dated_folders import new_folder, prune
from music_assets.transforms.rows import Transform

#: The scope of a sync, from the accepted rows and the rejects; the rejects' columns are text.
ScopeOf = Callable[[pl.LazyFrame, pl.LazyFrame], Scope]
#: Makes the rows of a table of those that several transforms made.
Unite = Callable[[Sequence[pl.LazyFrame]], pl.LazyFrame]


@dataclass(frozen=True)
class Input:
    """Landing files, and the transform that makes rows of them.

    Attributes:
        transform: to apply.
        files: landing files.
        lookups: small tables that the transform's `judge` takes by name.
    """

    transform: Transform
    files: Sequence[str]
    lookups: Mapping[str, Lookup] = field(default_factory=dict)


class Loader(dg.ConfigurableResource):
    """Storage, an engine and the database, as the way from landing files to a table."""

    storage: StorageResource
    engine: Engine
    database: DatabaseResource

    def newest(self, kind: str) -> Ingest:
        """The newest finished ingest of a kind.

        Raises:
            IngestError: there is none.
        """
        return newest_ingest(self.storage, kind)

    def load(
        self,
        tally: Tally,
        *inputs: Input,
        scope: ScopeOf,
        name: str = "rows",
        unite: Unite = itemgetter(0),
        needs_a_row: bool = True,
    ) -> SyncResult:
        """Bring landing pages into the table of the tally's transform.

        Args:
            tally: the table's own transform, and where to count what happens.
            inputs: the pages, and the transforms that make rows of them.
            scope: the rows that the sync may delete, from all rows and the first input's rejects.
            name: of the files in `processed/` and `quarantine/`, to tell several loads apart.
            unite: makes the table's rows of those of all inputs; the first's unless given.
            needs_a_row: fail where all records of an input were rejected.

        Raises:
            dagster.Failure: all records were rejected.
            EngineError: the engine failed.
            DatabaseError: the database refused the rows.
        """
        with ExitStack() as stack:
            made = [
                stack.enter_context(self._made(tally, each, name, needs_a_row)) for each in inputs
            ]
            rows = unite([accepted for accepted, _ in made])
            within = scope(rows, made[0][1])
            entity, run_id = tally.transform.entity, tally.context.run.run_id
            orphans = paths.quarantined(entity, run_id, f"{name}-orphans")
            return self._sync(tally, rows, within, orphans)

    @contextmanager
    def _made(
        self, tally: Tally, given: Input, name: str, needs_a_row: bool
    ) -> Iterator[tuple[pl.LazyFrame, pl.LazyFrame]]:
        """The accepted rows and the rejects of an input, counted."""
        work = self._work(tally, given, name)
        outcome = self.engine.run(work, self.storage)
        prune(self.storage, paths.processed(work.transform.entity))
        with self._rows(outcome) as rows, self._rejects(work, outcome) as reasons:
            rejects = reasons.filter(pl.col("Usable") == "false")
            unusable = rejects.select(pl.len()).collect().item()
            tally.add_incomplete(outcome.rejected - unusable, work.quarantine)
            tally.add_rejects(unusable, work.quarantine)
            if "AlbumID" in work.transform.columns:
                albums = reasons.select(pl.col("AlbumID").unique().drop_nulls()).collect()
                tally.blamed |= set(albums["AlbumID"])
            if needs_a_row:
                _require_a_row(work, outcome)
            yield rows, rejects

    def _work(self, tally: Tally, given: Input, name: str) -> Work:
        entity, run_id = given.transform.entity, tally.context.run.run_id
        # Each load has a folder of its own: two runs at once would load each other's rows.
        folder = new_folder(self.storage, paths.processed(entity), run_id)
        return Work(
            given.transform,
            given.files,
            rows=f"{folder}{name}.parquet",
            quarantine=paths.quarantined(entity, run_id, name),
            lookups=given.lookups,
            context=tally.context,
        )

    @contextmanager
    def _rows(self, outcome: Outcome) -> Iterator[pl.LazyFrame]:
        """The accepted rows, read when they are needed."""
        parts = self.storage.parts(outcome.path)
        with self.storage.local_files(parts) as files:
            rows = pl.scan_parquet(list(files), glob=False)
            if parts != [outcome.path]:
                _require_no_other_parts(outcome, rows)
            yield rows

    @contextmanager
    def _rejects(self, work: Work, outcome: Outcome) -> Iterator[pl.LazyFrame]:
        """The records that the transform has a reason for, read when they are needed."""
        schema = dict.fromkeys(("Usable", "requested", *work.transform.columns), pl.String())
        if not outcome.rejected:
            yield pl.LazyFrame(schema=schema)
            return
        with self.storage.local_files(self.storage.parts(work.quarantine)) as files:
            yield scan_ndjson(files, schema)

    def _sync(
        self, tally: Tally, rows: pl.LazyFrame, scope: Scope, orphans_file: str
    ) -> SyncResult:
        keyed = rows.drop_nulls(key_of(tally.transform.table))
        done = self.database.sync(tally.transform.table, keyed, scope=scope)
        tally.add_sync(done)
        if done.orphans.height:
            with self.storage.replacing(orphans_file) as draft:
                done.orphans.write_ndjson(draft.path)
            tally.add_rejects(done.orphans.height, orphans_file)
        return done


def _require_no_other_parts(outcome: Outcome, rows: pl.LazyFrame) -> None:
    """Count the rows of a folder of parts: a Spark task that ran twice may leave a part behind."""
    found = rows.select(pl.len()).collect().item()
    if found != outcome.accepted:
        raise dg.Failure(
            f"{outcome.path} holds {found} rows and {outcome.accepted} were written, so the table "
            "stays as it was; materialise it again, which writes them anew."
        )


def _require_a_row(work: Work, outcome: Outcome) -> None:
    if outcome.rejected and not outcome.accepted:
        raise dg.Failure(
            f"None of the {outcome.rejected} records for {work.transform.entity} could be used, so "
            f"the table stays as it was; {work.quarantine} says why.",
            allow_retries=False,
        )
