"""The tally of an asset's loads, which is the source of its metadata."""

import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial

import dagster as dg

from music_assets.database.previews import preview_of
from music_assets.database.resource import DatabaseResource
from music_assets.database.sync import SyncResult
from music_assets.database.versioning import version_of_own
from music_assets.loading.quarantine import quarantine_result
from music_assets.transforms.rows import Transform

CHANGES = ("inserted", "updated", "deleted", "unchanged")


@dataclass
class Tally:
    """The counts of one asset's loads, in one or several syncs; the source of its metadata.

    `is_as_it_was` says that nothing was loaded, since the pages and the rows are as they were;
    `told` has what this asset alone counts.
    """

    context: dg.AssetExecutionContext
    transform: Transform
    started: float = field(default_factory=time.perf_counter)
    counts: Counter[str] = field(default_factory=Counter)
    quarantine_files: list[str] = field(default_factory=list)
    blamed: set[str] = field(default_factory=set)
    by_value: dict[object, dict[str, float]] = field(default_factory=dict)
    rejects_by_value: Counter[object] = field(default_factory=Counter)
    is_as_it_was: bool = False
    told: dict[str, int] = field(default_factory=dict)

    def add_replaced(self, done: SyncResult, seconds: float, column: str) -> None:
        """Keep the counts by value of a column, each with its rows' share of the seconds."""
        if done.orphans.height:
            self.rejects_by_value.update(done.orphans[column].to_list())
        rows = sum(counts["rows"] for counts in done.replaced.values()) or 1
        self.by_value |= {
            value: {**counts, "seconds": round(seconds * counts["rows"] / rows, 3)}
            for value, counts in done.replaced.items()
        }

    @property
    def _step(self) -> str:
        return "unchanged" if self.is_as_it_was else "loaded"

    def add_sync(self, done: SyncResult) -> None:
        """Count the rows that a sync touched."""
        for name in CHANGES:
            self.counts[name] += getattr(done, name)

    def add_rejects(self, count: int, file: str) -> None:
        """Count the rejects in a quarantine file."""
        if count:
            self.counts["quarantined"] += count
            self.quarantine_files.append(file)
            self.context.log.warning(f"{count} records are in {file}.")

    def add_incomplete(self, count: int, file: str) -> None:
        """Count the rows that were loaded without a value."""
        if count:
            self.counts["incomplete"] += count
            self.context.log.info(f"{count} records are loaded without a value; {file} says why.")

    def result(
        self, database: DatabaseResource, *, by_partition: bool = False
    ) -> dg.MaterializeResult:
        """The materialisation, with the number of rows that the table holds now.

        Args:
            database: holds the table.
            by_partition: leave out what each partition's own metadata says.
        """
        seconds = round(time.perf_counter() - self.started, 3)
        counts = {name: self.counts[name] for name in (*CHANGES, "quarantined", "incomplete")}
        table = self.transform.table
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": database.count(table),
                **({} if by_partition else {**counts, "seconds": seconds, "step": self._step}),
                **self.told,
                **({} if by_partition else database.reading(partial(preview_of, table=table))),
            },
            # Of a table per week too: Dagster takes one for all partitions of a run.
            data_version=dg.DataVersion(
                version_of_own(database.data_versions(), table, self.transform.columns)
            ),
            check_results=[quarantine_result(self.counts["quarantined"], self.quarantine_files)],
        )
