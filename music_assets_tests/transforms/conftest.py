"""A transform as the tests of this folder use it: pages in, rows and reasons out."""

import json
import tempfile
from collections.abc import Mapping
from typing import Any

import polars as pl

from music_assets.engines.engine import Lookup, Work
from music_assets.engines.polars import PolarsEngine
from music_assets.landing.pages import to_line
from music_assets.storage.folder import FolderStorage
from music_assets.transforms.rows import Transform

Row = dict[str, Any]


def transformed(
    transform: Transform, *pages: Row, lookups: Mapping[str, Lookup] | None = None
) -> tuple[list[Row], list[str]]:
    """The accepted rows, and the reasons of the rejected ones in the order of their records."""
    with tempfile.TemporaryDirectory() as folder:
        storage = FolderStorage(root=folder)
        storage.write("landing", b"".join(to_line(page) for page in pages))
        PolarsEngine().run(Work(transform, ["landing"], "rows", "bad", lookups or {}), storage)
        rows = pl.read_parquet(storage.where("rows")).to_dicts()
        bad = storage.read("bad")[1] if storage.find("bad") else b""
        rejects = [json.loads(line) for line in bad.splitlines()]
    rejects.sort(key=lambda reject: (reject["Line"], reject["Position"]))
    return rows, [reject["Reason"] for reject in rejects]


def accepted(
    transform: Transform, *pages: Row, lookups: Mapping[str, Lookup] | None = None
) -> list[Row]:
    """The rows of pages in which everything is sound."""
    rows, reasons = transformed(transform, *pages, lookups=lookups)
    assert reasons == []
    return rows
