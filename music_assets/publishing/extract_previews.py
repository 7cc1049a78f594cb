"""Previews of marts, read off their extracts: to evaluate a view would cost more."""

import polars as pl

from music_assets.database.previews import ROWS_SHOWN, Metadata, table_preview
from music_assets.storage import paths
from music_assets.storage.blobs import StorageResource


def extract_preview(name: str, storage: StorageResource, *, by_week: bool) -> Metadata:
    """The first rows of a mart's extract; of the newest week's where each week has one."""
    path = _newest(name, storage) if by_week else paths.extract(name, None)
    if path is None or storage.find(path) is None:
        return {}
    with storage.local_files([path]) as [file]:
        rows = pl.read_parquet(file, n_rows=ROWS_SHOWN)
    return table_preview({name: str(each) for name, each in rows.schema.items()}, rows.iter_rows())


def _newest(name: str, storage: StorageResource) -> str | None:
    found = (blob.path for blob in storage.list(paths.extracts(name)))
    weeks = {week: path for path in found if (week := paths.week_of_extract(name, path))}
    return weeks[max(weeks)] if weeks else None
