"""The engine that runs transforms: landing pages in, typed Parquet and quarantine out."""

import glob
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import narwhals as nw
import polars as pl
from typing_extensions import override

from music_assets.storage.blobs import StorageResource
from music_assets.transforms.rows import Transform, accepted, rejected


class EngineError(Exception):
    """A transform could not be run; the message says why."""


@dataclass(frozen=True)
class Outcome:
    """What a transform gave: the path of its rows, and how many were accepted and rejected."""

    path: str
    accepted: int
    rejected: int


class Engine(dg.ConfigurableResource, ABC):
    """Applies a transform to landing files."""

    @abstractmethod
    def run(
        self,
        transform: Transform,
        storage: StorageResource,
        sources: Sequence[str],
        *,
        rows: str,
        quarantine: str,
        lookups: Mapping[str, pl.DataFrame] | None = None,
    ) -> Outcome:
        """Read the pages of `sources`, write the accepted and the rejected rows.

        Args:
            transform: what to apply.
            storage: where all paths lie.
            sources: landing files, NDJSON pages; none of them is an empty input.
            rows: path of the Parquet file to write, or of a folder of such files, each of which
                goes on in the order of keys where the one before ends.
            quarantine: path of the NDJSON file or folder to write; not written if nothing is
                rejected.
            lookups: small tables that the transform's `judge` takes by name.

        Raises:
            EngineError: what runs it, elsewhere, cannot be had or gave up.
        """


class PolarsEngine(Engine):
    """In this process, streaming: one scan of the pages, both outputs written as it goes."""

    @override
    def run(
        self,
        transform: Transform,
        storage: StorageResource,
        sources: Sequence[str],
        *,
        rows: str,
        quarantine: str,
        lookups: Mapping[str, pl.DataFrame] | None = None,
    ) -> Outcome:
        tables = {name: nw.from_native(table.lazy()) for name, table in (lookups or {}).items()}
        with (
            storage.local_files(sources) as files,
            storage.replacing(rows) as rows_file,
            storage.replacing(quarantine) as bad_file,
        ):
            records = nw.from_native(_records(transform, sources, files))
            judged = transform.judge(records, **tables)
            good = nw.to_native(accepted(transform, judged))
            bad = nw.to_native(rejected(transform, judged))
            pl.collect_all(
                [
                    good.sink_parquet(rows_file.path, lazy=True),
                    bad.sink_ndjson(bad_file.path, lazy=True),
                ]
            )
            taken = pl.scan_parquet(rows_file.path, glob=False).select(pl.len()).collect().item()
            with bad_file.path.open("rb") as lines:
                refused = sum(1 for _ in lines)
            if not refused:
                bad_file.discard()
        return Outcome(rows, int(taken), refused)


def scan_ndjson(files: Sequence[Path], schema: Mapping[str, pl.DataType]) -> pl.LazyFrame:
    """The lines of files, whatever characters of a pattern the files' names hold."""
    return pl.scan_ndjson([Path(glob.escape(str(file))) for file in files], schema=dict(schema))


def _records(transform: Transform, sources: Sequence[str], files: Sequence[Path]) -> pl.LazyFrame:
    """One row per item of each page, in the order in which they arrived."""
    schema = transform.page.to_polars()
    if not sources:
        return _items(pl.LazyFrame(schema=schema), transform, source="")
    return pl.concat(
        _items(scan_ndjson([file], schema), transform, source)
        for source, file in zip(sources, files, strict=True)
    )


def _items(pages: pl.LazyFrame, transform: Transform, source: str) -> pl.LazyFrame:
    size = pl.col(transform.items).list.len()
    return (
        pages.with_row_index("Line", offset=1)
        .with_columns(Source=pl.lit(source), Position=pl.int_ranges(1, size + 1))
        .rename({transform.items: "item"})
        .explode("item", "Position")
    )
