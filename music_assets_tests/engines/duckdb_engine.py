"""An engine made of DuckDB: as much as an engine takes, and what docs/extending.md points at."""

import duckdb
import narwhals as nw
from typing_extensions import override

from music_assets.engines.engine import Engine, Outcome, Work
from music_assets.storage.blobs import StorageResource
from music_assets.transforms.choosing import accepted, rejected
from music_assets.transforms.rows import Transform

RECORDS = """
SELECT Source, Line, requested, href, unnest({items}) AS item,
       generate_subscripts({items}, 1) AS Position
FROM (SELECT ? AS Source, row_number() OVER () AS Line, * FROM read_json(?, columns = {columns}))
"""


class DuckDBEngine(Engine):
    """In this process; one file at a time, since it is here to be read and not to be fast."""

    @override
    def run(self, work: Work, storage: StorageResource) -> Outcome:
        database = duckdb.connect(config={"threads": 1})
        with (
            storage.local_files(work.sources) as files,
            storage.replacing(work.rows) as rows,
            storage.replacing(work.quarantine) as rejects,
        ):
            pages = [
                database.query(_records(work.transform), params=[source, str(file)])
                for source, file in zip(work.sources, files, strict=True)
            ]
            records = pages[0]
            for more in pages[1:]:
                records = records.union(more)
            lookups = {
                n: nw.from_native(database.from_arrow(t.to_arrow()))
                for n, t in work.lookups.items()
            }
            judged = work.transform.judge(nw.from_native(records), **lookups)
            good = nw.to_native(accepted(work.transform, judged))
            bad = nw.to_native(rejected(work.transform, judged))
            good.to_parquet(str(rows.path))
            bad.create("rejects")
            database.execute(f"COPY rejects TO '{rejects.path}' (FORMAT json)")
            if not len(bad):
                rejects.discard()
            return Outcome(work.rows, len(good), len(bad))


def _records(transform: Transform) -> str:
    columns = {name: _type(dtype) for name, dtype in transform.page.items()}
    return RECORDS.format(items=transform.items, columns=columns)


def _type(dtype: object) -> str:
    if isinstance(dtype, nw.Struct):
        return f"STRUCT({', '.join(f'{each.name} {_type(each.dtype)}' for each in dtype.fields)})"
    return f"{_type(dtype.inner)}[]" if isinstance(dtype, nw.List) else "VARCHAR"
