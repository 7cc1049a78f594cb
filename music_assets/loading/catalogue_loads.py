"""The loads of the catalogue: a table whose pages and rows are as they were loaded costs a look."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import dagster as dg
import narwhals as nw
import sqlalchemy as sa

from music_assets.database.versioning import Versions
from music_assets.engines.engine import Lookup
from music_assets.landing.ingests import Ingest
from music_assets.loading.loader import Loader, ScopeOf, Tally
from music_assets.schema.data_versions import WHOLE_TABLE
from music_assets.storage.fingerprints import (
    Made,
    fingerprint,
    lines_version,
    made_before,
    note_made,
)
from music_assets.transforms.rows import Transform

#: The one part of a catalogue's table.
ALL = "all"


@dataclass(frozen=True)
class CatalogueLoad:
    """A way from the newest ingest of a kind to a table.

    Attributes:
        transform: makes the rows.
        kind: of the ingest.
        scope: the rows that a load of an ingest may delete.
        lookups: tables that the transform takes by name.
        reads: whatever else the scope depends on.
        then: what remains to be done after the rows are in the table.
    """

    transform: Transform
    kind: str
    scope: Callable[[Loader, Ingest], ScopeOf]
    lookups: Sequence[sa.Table] = ()
    reads: Callable[[Loader, Ingest], Sequence[object]] = lambda _loader, _ingest: ()
    then: Callable[[Loader, Ingest, Tally], None] = lambda _loader, _ingest, _tally: None

    def run(self, context: dg.AssetExecutionContext, loader: Loader) -> dg.MaterializeResult:
        """Load the newest ingest, unless this very one is what the table holds."""
        tally, ingest = Tally(context, self.transform), loader.newest(self.kind)
        before = made_before(loader.storage, self.transform.entity).get(ALL)
        inputs = _Inputs(self, loader, ingest, loader.database.data_versions(), before)
        if before is None or before.fingerprint != inputs.word(
            inputs.version_of(self.transform.table), orphans=before.told.get("orphans", False)
        ):
            self._load(tally, loader, ingest, inputs)
        else:
            tally.counts.update(before.told["counts"])
            tally.quarantine_files += before.told["files"]
        return tally.result(loader.database)

    def _load(self, tally: Tally, loader: Loader, ingest: Ingest, inputs: "_Inputs") -> None:
        done = loader.load(
            tally,
            ingest.parts,
            scope=self.scope(loader, ingest),
            lookups={table.name: inputs.lookup(table) for table in self.lookups},
        )
        self.then(loader, ingest, tally)
        orphans = bool(done.orphans.height)
        told: dict[str, Any] = {
            "orphans": orphans,
            "counts": {
                "unchanged": done.unchanged + done.inserted + done.updated,
                "quarantined": tally.counts["quarantined"],
                "incomplete": tally.counts["incomplete"],
            },
            "files": tally.quarantine_files,
            "etags": inputs.etags,
            "lines": inputs.lines,
        }
        word = inputs.word(done.versions.get(WHOLE_TABLE), orphans=orphans)
        note_made(loader.storage, self.transform.entity, {ALL: Made(word, told=told)})


@dataclass
class _Inputs:
    """The inputs of a load, as they were before it."""

    load: CatalogueLoad
    loader: Loader
    ingest: Ingest
    versions: Versions
    before: Made | None
    etags: str = field(init=False)
    lines: str = field(init=False)
    came: str = field(init=False)

    def __post_init__(self) -> None:
        ingest, storage = self.ingest, self.loader.storage
        told = self.before.told if self.before else {}
        found = {blob.path: blob.etag for blob in storage.list(ingest.folder)}
        self.etags = fingerprint(*(found.get(part) for part in ingest.parts))
        # Files that nobody has written since have the lines that they had.
        same = told.get("etags") == self.etags
        self.lines = told["lines"] if same else lines_version(storage, ingest.parts)
        # Who the ingest is from says nothing about it, and the order of the answers neither.
        manifest = asdict(ingest.manifest) | {"inbox": ""}
        lists = {name: sorted(each) for name, each in manifest.items() if isinstance(each, list)}
        self.came = fingerprint(self.lines, json.dumps(manifest | lists, sort_keys=True))

    def version_of(self, table: sa.Table) -> str | None:
        return self.versions.get((table.name, WHOLE_TABLE))

    def lookup(self, table: sa.Table) -> Lookup:
        return nw.from_native(self.loader.database.read(sa.select(table)))

    def word(self, version: str | None, *, orphans: bool) -> str:
        """The fingerprint of the table with these rows; one with orphans gains from new parents."""
        parents = {each.column.table for each in self.load.transform.table.foreign_keys}
        read = [*self.load.lookups, *sorted(parents if orphans else (), key=lambda it: it.name)]
        return fingerprint(
            self.came,
            *map(self.version_of, read),
            *self.load.reads(self.loader, self.ingest),
            version,
        )
