"""The embedded engine: Polars, in this process."""

import glob
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import narwhals as nw
import polars as pl
from typing_extensions import override

from music_assets.engines.engine import Engine, EngineError, Outcome, Work
from music_assets.storage.blobs import StorageResource
from music_assets.storage.storage_errors import system_number
from music_assets.transforms.choosing import chosen, rejected, usable
from music_assets.transforms.rows import Transform


class PolarsEngine(Engine):
    """Streams: reads the pages once, and keeps what it judges in a file until it is sorted."""

    @override
    def run(self, work: Work, storage: StorageResource) -> Outcome:
        with (
            _sentences(work.transform.entity),
            storage.local_files(work.sources) as files,
            storage.replacing(work.rows) as rows,
            storage.replacing(work.quarantine) as rejects,
            _beside(rows.path) as scratch,
            _system_errors(),
        ):
            judged = _judged(work, files, scratch)
            _once_each(work.transform, judged).sink_parquet(rows.path)
            bad = rejected(work.transform, nw.from_native(judged))
            nw.to_native(bad).sink_ndjson(rejects.path)
            outcome = Outcome(work.rows, _rows_of(rows.path), _lines_of(rejects.path))
            if not outcome.rejected:
                rejects.discard()
        return outcome


@contextmanager
def _beside(draft: Path) -> Iterator[Path]:
    """A file for the time of a `with` block, on the disk where there is room for the rows."""
    scratch = draft.with_name(f"{draft.name}.judged")
    try:
        yield scratch
    finally:
        with suppress(OSError):
            scratch.unlink(missing_ok=True)


def _judged(work: Work, files: Sequence[Path], target: Path) -> pl.LazyFrame:
    """The judged records, in a file: two plans over the pages would read them twice."""
    lookups = {name: table.lazy() for name, table in work.lookups.items()}
    records = nw.from_native(_records(work.transform, work.sources, files))
    judged: pl.LazyFrame = nw.to_native(work.transform.judge(records, **lookups))
    judged.sink_parquet(target, compression="uncompressed")
    return pl.scan_parquet(target, glob=False)


def _once_each(transform: Transform, judged: pl.LazyFrame) -> pl.LazyFrame:
    """The accepted rows. Most keys come once, and only the others need an order to choose by."""
    key = list(transform.key)
    records: pl.LazyFrame = nw.to_native(usable(transform, nw.from_native(judged)))
    again = records.group_by(key).len().filter(pl.col("len") > 1).select(key)
    single = records.join(again, on=key, how="anti", nulls_equal=True)
    several = records.join(again, on=key, how="semi", nulls_equal=True)
    one_each: pl.LazyFrame = nw.to_native(chosen(transform, nw.from_native(several)))
    return pl.concat([single.select(transform.columns), one_each]).sort(key)


@contextmanager
def _system_errors() -> Iterator[None]:
    """A `with` block whose errors of the system are such, so that the storage words them.

    Polars calls some of them errors of a file's format.
    """
    try:
        yield
    except pl.exceptions.PolarsError as error:
        number = system_number(error)
        if number is None:
            raise
        raise OSError(number, os.strerror(number)) from None


@contextmanager
def _sentences(entity: str) -> Iterator[None]:
    """A `with` block whose errors of Polars are sentences."""
    try:
        yield
    except (pl.exceptions.PolarsError, OSError) as error:
        said = str(error).strip().partition("\n")[0]
        raise EngineError(
            f"Polars cannot make the rows of {entity} from their pages: {said}"
        ) from None


def scan_ndjson(files: Sequence[Path], schema: Mapping[str, pl.DataType]) -> pl.LazyFrame:
    """The lines of files, read by their exact names: Polars would take `*` and `[` as patterns."""
    return pl.scan_ndjson([Path(glob.escape(str(file))) for file in files], schema=dict(schema))


def _rows_of(parquet: Path) -> int:
    return int(pl.scan_parquet(parquet, glob=False).select(pl.len()).collect().item())


def _lines_of(ndjson: Path) -> int:
    with ndjson.open("rb") as lines:
        return sum(1 for _ in lines)


def _records(transform: Transform, sources: Sequence[str], files: Sequence[Path]) -> pl.LazyFrame:
    """One row per item of each page, in the order of arrival."""
    schema = transform.page.to_polars()
    if not sources:
        return _items(pl.LazyFrame(schema=schema), transform, source="")
    return pl.concat(
        _items(scan_ndjson([file], schema), transform, source)
        for source, file in zip(sources, files, strict=True)
    )


def _items(pages: pl.LazyFrame, transform: Transform, source: str) -> pl.LazyFrame:
    item = pl.col("item")
    lines = (
        pages.with_row_index("Line", offset=1)
        .with_columns(Source=pl.lit(source))
        .rename({transform.items: "item"})
    )
    if transform.single:
        return lines.filter(item.is_not_null()).with_columns(Position=pl.lit(1, pl.Int64))
    positions = pl.int_ranges(1, item.list.len() + 1)
    return lines.with_columns(Position=positions).explode("item", "Position")
