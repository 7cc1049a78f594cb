"""Publishing: extracts of what has changed, one per week where rows belong to weeks."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import polars as pl
import sqlalchemy as sa

from music_assets.database.resource import DatabaseResource
from music_assets.database.versioning import Versions
from music_assets.publishing.extracts import Relation, write_parquet
from music_assets.publishing.findings import findings, judged_columns
from music_assets.schema.data_versions import SHOWN, WEEKLY, parts_of, splits
from music_assets.schema.mart_sql import Mart, Marts, tables_read
from music_assets.schema.tables import metadata
from music_assets.storage import paths
from music_assets.storage.blobs import Blob, StorageResource
from music_assets.storage.fingerprints import (
    Made,
    changed,
    fingerprint,
    made_before,
    note_made,
    rows_of,
)
from music_assets.weeks import Week


@dataclass(frozen=True)
class Published:
    """The result of publishing.

    Attributes:
        rows: the number of all published rows.
        written: the extracts written.
        weeks: the WeekIDs that have rows.
        findings: what is wrong with rows of any extract.
    """

    rows: int
    written: Sequence[str]
    weeks: Collection[int] = ()
    findings: Sequence[str] = ()


def publish(
    name: str,
    relation: Relation,
    inputs: Mapping[int | None, Sequence[object]],
    database: DatabaseResource,
    storage: StorageResource,
) -> Published:
    """Write the extracts whose inputs have changed, or that are not as they were written.

    Args:
        name: of the table or the mart.
        relation: its rows.
        inputs: the versions of what each week's rows are made of; None stands for the one extract
            of rows that belong to no week.
        database: holds the rows.
        storage: gets the extracts.
    """
    weeks = {paths.extract(name, week): week for week in inputs}
    noted = made_before(storage, name)
    if relation.by_week and not noted:
        _remove_extracts_of_all_weeks(name, storage)
    stale = changed(noted, _fingerprints(name, inputs, storage))
    unknown = _of_unknown_weeks(name, weeks, storage) if relation.by_week else {}
    counts = database.reading(
        partial(_write, {path: weeks[path] for path in stale} | unknown, relation, storage)
    )
    after = _fingerprints(name, {weeks[path]: inputs[weeks[path]] for path in stale}, storage)
    judged = judged_columns(relation.types)
    made = {
        path: Made(after[path], counts[path], _found(path, storage) if judged else {})
        for path in stale
    }
    note_made(storage, name, made)
    known = {path: each for path, each in (noted | made).items() if path in weeks and each.rows}
    return Published(
        rows_of(known, weeks),
        stale,
        {week for path in known if (week := weeks[path])},
        [sentence for each in known.values() for sentence in each.told.get("findings", ())],
    )


def _found(path: str, storage: StorageResource) -> dict[str, list[str]]:
    """The findings about the rows of an extract, if it has any."""
    if storage.find(path) is None:
        return {}
    with storage.local_files([path]) as [file]:
        wrong = findings(pl.read_parquet(file))
    return {"findings": wrong} if wrong else {}


def inputs_of_table(table: str, versions: Versions) -> Mapping[int | None, Sequence[object]]:
    """The inputs of a table's extracts: its own rows."""
    if table in WEEKLY:
        return {week: [versions.get((table, week))] for week in _weeks(versions, [table])}
    return {None: _whole(versions, table)}


def inputs_of_mart(
    mart: Mart, marts: Marts, relation: Relation, versions: Versions
) -> Mapping[int | None, Sequence[object]]:
    """The inputs of a mart's extracts: the rows of the tables behind it, and its SQL.

    Those of a week are the weeks that the mart says it reads, and the names that it shows.
    """
    behind = tables_read(mart, marts)
    sql = [mart.sql, *sorted(each.sql for each in marts.values())]
    weeks = _weeks(versions, [table for table in WEEKLY if table in behind])
    every = [versions.get((table, week)) for table in WEEKLY if table in behind for week in weeks]
    catalogue = sorted(behind - {*WEEKLY})
    whole = [version for table in catalogue for version in _whole(versions, table)]
    if not relation.by_week or mart.weeks_read is None:
        return {None: [*sql, *every, *whole]}
    shown = [_version(versions, table, SHOWN) for table in catalogue]
    return {
        week: [
            *sql,
            *shown,
            *(
                versions.get((table, each))
                for table in WEEKLY
                if table in behind
                for each in _weeks_before(week, mart.weeks_read)
            ),
        ]
        for week in weeks
    }


def _whole(versions: Versions, table: str) -> list[str]:
    """The versions of all that a table holds."""
    known = parts_of(table, splits()) if table in metadata.tables else ()
    return [_version(versions, table, part) for part in known if part != SHOWN]


def _version(versions: Versions, table: str, part: int) -> str:
    """The version of a part; a table without triggers has none, and counts as changed each time."""
    return versions.get((table, part)) or secrets.token_hex(8)


def _weeks(versions: Versions, tables: Sequence[str]) -> list[int]:
    """The WeekIDs that tables have or had rows of."""
    return sorted({part for table, part in versions if table in tables})


def _weeks_before(week: int, count: int) -> list[int]:
    """The WeekIDs of a number of weeks that end with one."""
    try:
        return [each.week_id for each in Week.from_id(week).and_before(count)]
    except ValueError:  # somebody wrote rows of a week that no calendar has
        return [week]


def _extracts(name: str, storage: StorageResource) -> list[Blob]:
    return list(storage.list(paths.extracts(name)))


def _fingerprints(
    name: str, inputs: Mapping[int | None, Sequence[object]], storage: StorageResource
) -> dict[str, str]:
    """The fingerprint of each extract, as inputs and output are now."""
    etags = {blob.path: blob.etag for blob in _extracts(name, storage)}
    if None in inputs and (blob := storage.find(paths.extract(name, None))):
        etags[blob.path] = blob.etag
    return {
        path: fingerprint(*versions, etags.get(path))
        for path, versions in ((paths.extract(name, week), inputs[week]) for week in inputs)
    }


def _of_unknown_weeks(
    name: str, known: Collection[str], storage: StorageResource
) -> dict[str, int | None]:
    """The extracts of weeks without a version, such as those of a database that is gone.

    They are written like others, which removes one of a week that has no rows.
    """
    found = {blob.path: paths.week_of_extract(name, blob.path) for blob in _extracts(name, storage)}
    return {path: week for path, week in found.items() if week and path not in known}


def _write(
    stale: Mapping[str, int | None],
    relation: Relation,
    storage: StorageResource,
    connection: sa.Connection,
) -> dict[str, int]:
    """Write extracts; returns the number of rows of each."""
    return {
        path: write_parquet(relation, path, storage, connection, week)
        for path, week in stale.items()
    }


def _remove_extracts_of_all_weeks(name: str, storage: StorageResource) -> None:
    """Remove the single files that earlier versions wrote, which would grow old."""
    for kind in ("parquet", "csv"):
        storage.delete(paths.whole_extract(name, kind))
