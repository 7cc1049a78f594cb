"""The loads of the catalogue: a table whose pages and rows are as they were loaded costs a look."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from operator import itemgetter
from typing import Any

import dagster as dg
import polars as pl
import sqlalchemy as sa

from music_assets.database.scope import ONLY_UPDATES
from music_assets.database.versioning import Versions
from music_assets.landing.ingests import Ingest, IngestError, Manifest
from music_assets.loading.loader import Input, Loader, ScopeOf, Unite
from music_assets.loading.tally import Tally
from music_assets.schema.data_versions import DETAILS, WHOLE_TABLE
from music_assets.schema.treatments import details_of, first_seen_of
from music_assets.storage.dated_folders import newest_day
from music_assets.storage.fingerprints import (
    Made,
    fingerprint,
    lines_version,
    made_before,
    note_made,
)
from music_assets.transforms.rows import Transform

#: Of a kind of which nothing has landed.
NO_INGEST = Ingest("", [], Manifest())
#: The one part of a catalogue's table.
ALL = "all"


@dataclass(frozen=True)
class Beside:
    """A second source of a table's rows, which is empty until something has landed.

    Attributes:
        transform: makes its rows.
        kind: of the ingest.
    """

    transform: Transform
    kind: str


@dataclass(frozen=True)
class CatalogueLoad:
    """A way from the newest ingest of a kind to a table.

    Attributes:
        transform: makes the rows.
        kind: of the ingest.
        scope: the rows that a load of an ingest may delete.
        beside: a second source of rows.
        unite: makes the table's rows of those of both sources.
        tables: that `unite` reads.
        reads: whatever else the rows or the scope depend on.
        then: what remains to be done after the rows are in the table.
        is_optional: True where nothing may have landed.
    """

    transform: Transform
    kind: str
    scope: Callable[[Loader, Ingest], ScopeOf]
    beside: Beside | None = None
    unite: Callable[[Loader], Unite] = lambda _loader: itemgetter(0)
    tables: Sequence[sa.Table] = ()
    reads: Callable[[Loader, Ingest], Sequence[object]] = lambda _loader, _ingest: ()
    then: Callable[[Loader, Ingest, Tally], None] = lambda _loader, _ingest, _tally: None
    is_optional: bool = False

    @property
    def part(self) -> int:
        """The part of the table that has the rows."""
        filled_in = {*self.transform.columns} & {*details_of(self.transform.table)}
        return DETAILS if filled_in else WHOLE_TABLE

    def run(self, context: dg.AssetExecutionContext, loader: Loader) -> dg.MaterializeResult:
        """Load the newest ingest, unless this very one is what the table holds."""
        tally = Tally(context, self.transform)
        ingest = newest(loader, self.kind, is_optional=self.is_optional)
        before = made_before(loader.storage, self.transform.entity).get(ALL)
        inputs = _Inputs(self, loader, ingest, loader.database.data_versions(), before)
        version = inputs.versions.get((self.transform.table.name, self.part))
        if before is None or before.fingerprint != inputs.word(
            version, orphans=before.told.get("orphans", False)
        ):
            self._load(tally, loader, ingest, inputs)
        else:
            tally.counts.update(before.told["counts"])
            tally.quarantine_files += before.told["files"]
            tally.is_as_it_was = True
        return tally.result(loader.database)

    def _load(self, tally: Tally, loader: Loader, ingest: Ingest, inputs: "_Inputs") -> None:
        sources = [Input(self.transform, ingest.parts)]
        if self.beside:
            others = inputs.beside.parts
            sources.append(Input(self.beside.transform, others))
        done = loader.load(
            tally, *sources, scope=self.scope(loader, ingest), unite=self._dated(loader, ingest)
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
        word = inputs.word(done.versions.get(self.part), orphans=orphans)
        note_made(loader.storage, self.transform.entity, {ALL: Made(word, told=told)})

    def _dated(self, loader: Loader, ingest: Ingest) -> Unite:
        """The way to unite the rows, each with the day of its pages where the table tells it.

        That is when the last of them landed: whoever loads them again, after a crash or after
        another day, gives a new row the same day.
        """
        unite, columns = self.unite(loader), first_seen_of(self.transform.table)
        if self.part == DETAILS or not columns:
            return unite
        day = pl.lit(newest_day(ingest.parts), pl.Date)
        return lambda rows: unite(rows).with_columns(day.alias(name) for name in columns)


def newest(loader: Loader, kind: str, *, is_optional: bool) -> Ingest:
    """The newest finished ingest of a kind; an empty one where there is none and need not be."""
    try:
        return loader.newest(kind)
    except IngestError:
        if is_optional:
            return NO_INGEST
        raise


def only_updates(_loader: Loader, _ingest: Ingest) -> ScopeOf:
    """The scope of a load that fills in columns of rows that are there."""
    return lambda _rows, _rejects: ONLY_UPDATES


@dataclass
class _Inputs:
    """The inputs of a load, as they were before it."""

    load: CatalogueLoad
    loader: Loader
    ingest: Ingest
    versions: Versions
    before: Made | None
    beside: Ingest = field(init=False)
    etags: str = field(init=False)
    lines: str = field(init=False)
    came: str = field(init=False)

    def __post_init__(self) -> None:
        ingest, storage, second = self.ingest, self.loader.storage, self.load.beside
        self.beside = newest(self.loader, second.kind, is_optional=True) if second else NO_INGEST
        told = self.before.told if self.before else {}
        both = (ingest, self.beside)
        found = {b.path: b.etag for each in both if each.folder for b in storage.list(each.folder)}
        parts = [part for each in both for part in each.parts]
        self.etags = fingerprint(*(found.get(part) for part in parts))
        # Files that nobody has written since have the lines that they had.
        same = told.get("etags") == self.etags
        self.lines = told["lines"] if same else lines_version(storage, parts)
        # Who the ingest is from says nothing about it, and the order of the answers neither.
        manifest = asdict(ingest.manifest) | {"inbox": ""}
        lists = {name: sorted(each) for name, each in manifest.items() if isinstance(each, list)}
        self.came = fingerprint(self.lines, json.dumps(manifest | lists, sort_keys=True))

    def version_of(self, table: sa.Table) -> str | None:
        return self.versions.get((table.name, WHOLE_TABLE))

    def word(self, version: str | None, *, orphans: bool) -> str:
        """The fingerprint of the table with these rows; one with orphans gains from new parents."""
        parents = {each.column.table for each in self.load.transform.table.foreign_keys}
        read = [*self.load.tables, *sorted(parents if orphans else (), key=lambda it: it.name)]
        return fingerprint(
            self.came,
            *map(self.version_of, read),
            *self.load.reads(self.loader, self.ingest),
            version,
        )
