"""Data versions: a word for the rows of a table, or of one week of it.

The word is a hash of the rows. Triggers forget it when somebody writes to them: a sync, a cascade,
or a person with an editor. Whoever needs it next makes it anew, so the same word means the same
rows, also in a copy or in a database that was restored.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from music_assets.schema.column_types import Code
from music_assets.schema.tables import details_of, metadata

#: Apart from the tables that hold music, of which each is an asset.
bookkeeping = sa.MetaData()

#: A part is a WeekID, or one of these.
#: Every row, without the columns that another step fills in later.
WHOLE_TABLE = 0
#: What marts show of the rows that weeks refer to: a new album is in no mart before it has figures.
SHOWN = 1
#: The columns that another step fills in later, in a table that has some.
DETAILS = 2

data_versions = sa.Table(
    "data_versions",
    bookkeeping,
    sa.Column("TableName", Code(64), primary_key=True),
    sa.Column("Part", sa.Integer, primary_key=True, autoincrement=False),
    # NULL once somebody has written to the part.
    sa.Column("DataVersion", Code(32)),
    sqlite_with_rowid=False,
)

#: The columns that marts show, by table; its key comes first.
LABELS = {
    "artists": ("ArtistID", "Name"),
    "genres": ("GenreID", "Name"),
    "albums": ("AlbumID", "AlbumName", "AlbumType", "ReleaseDate"),
    "tracks": ("SongID", "Title", "AlbumID"),
}
#: Tables that link two things, with the column and the table that tell if a new row is shown.
LINKS = {
    "artist_genres": ("ArtistID", "artist_albums"),
    "artist_albums": ("AlbumID", "weekly_album_totals"),
}
WEEKLY = ("weekly_streams", "weekly_downloads", "weekly_album_totals")
EVENTS = ("INSERT", "UPDATE", "DELETE")

_FORGET = 'UPDATE "data_versions" SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL AND '


@dataclass(frozen=True)
class Split:
    """The columns of a table of which another step fills in some.

    Attributes:
        key: that identifies a row.
        own: the columns that come with a row, the key among them.
        details: those that are filled in later.
    """

    key: tuple[str, ...]
    own: tuple[str, ...]
    details: tuple[str, ...]


def splits() -> dict[str, Split]:
    """The tables of which another step fills in some columns."""
    found = {}
    for table in metadata.sorted_tables:
        if details := details_of(table):
            own = [each.name for each in table.columns if each.name not in details]
            key = [each.name for each in table.primary_key]
            found[table.name] = Split(tuple(key), tuple(own), tuple(details))
    return found


def first_rows(split: Mapping[str, Split]) -> Iterator[str]:
    """The statements that give every part of an empty database its row, without a version."""
    for table in (*LABELS, *LINKS):
        for part in parts_of(table, split):
            yield f'INSERT INTO "data_versions" ("TableName", "Part") VALUES (\'{table}\', {part})'


def parts_of(table: str, split: Mapping[str, Split]) -> tuple[int, ...]:
    """The parts of a table whose rows belong to no week."""
    return (WHOLE_TABLE, SHOWN, DETAILS) if table in split else (WHOLE_TABLE, SHOWN)


def triggers(dialect: str, split: Mapping[str, Split]) -> Iterator[str]:
    """The statements that make the triggers in a database, `sqlite`, `postgresql` or `mssql`.

    SQLite's fire for every row, and the others' once for a statement.

    Args:
        dialect: of the database.
        split: `splits()`, or those of an earlier revision.
    """
    make = {"sqlite": _for_sqlite, "postgresql": _for_postgresql, "mssql": _for_mssql}[dialect]
    for table in (*LABELS, *LINKS, *WEEKLY):
        for event in EVENTS:
            of_rows = dialect == "sqlite"
            body = (
                _weeks(table, event, of_rows)
                if table in WEEKLY
                else _parts(table, event, of_rows, split.get(table))
            )
            yield from make(table, event, " ".join(f"{statement};" for statement in body))


def drop_triggers(dialect: str) -> Iterator[str]:
    """The statements that drop the triggers, so that others can take their place."""
    for table in (*LABELS, *LINKS, *WEEKLY):
        for event in EVENTS:
            of_table = f' ON "{table}"' if dialect == "postgresql" else ""
            yield f'DROP TRIGGER IF EXISTS "{_name(table, event)}"{of_table}'


def _parts(table: str, event: str, of_rows: bool, split: Split | None) -> Iterator[str]:
    """Forget the versions of a table of the catalogue."""
    yield from _rows(table, event, of_rows, split)
    shown = f'{_FORGET}"TableName" = \'{table}\' AND "Part" = {SHOWN}'
    if table in LABELS:
        if event == "UPDATE":
            yield f"{shown} AND {_differs(LABELS[table], of_rows)}"
    elif event == "INSERT":
        column, other = LINKS[table]
        new = f'= NEW."{column}"' if of_rows else f'IN (SELECT "{column}" FROM inserted)'
        yield f'{shown} AND EXISTS (SELECT 1 FROM "{other}" WHERE "{column}" {new})'
    else:
        yield shown
    if table == "tracks" and event == "UPDATE":
        moved = _differs(("SongID", "AlbumID"), of_rows)
        yield f"{_FORGET}\"TableName\" = 'weekly_album_totals' AND {moved}"


def _rows(table: str, event: str, of_rows: bool, split: Split | None) -> Iterator[str]:
    """Forget the version of the rows, and that of the details, if there are any."""
    forget = f'{_FORGET}"TableName" = \'{table}\' AND "Part" ='
    if split is None:
        yield f"{forget} {WHOLE_TABLE}"
    elif event == "UPDATE":
        yield f"{forget} {WHOLE_TABLE} AND {_differs(split.own, of_rows)}"
        yield f"{forget} {DETAILS} AND {_differs((*split.key, *split.details), of_rows)}"
    else:
        yield f"{forget} {WHOLE_TABLE}"
        yield f"{forget} {DETAILS}"


def _differs(columns: tuple[str, ...], of_rows: bool) -> str:
    """A condition: an update changed one of the columns."""
    if of_rows:
        return "(" + " OR ".join(f'OLD."{name}" IS NOT NEW."{name}"' for name in columns) + ")"
    names = ", ".join(f'"{name}"' for name in columns)
    return f"EXISTS (SELECT {names} FROM deleted EXCEPT SELECT {names} FROM inserted)"


def _weeks(table: str, event: str, of_rows: bool) -> Iterator[str]:
    """Forget the versions of the weeks that were written to; a new week gets its row."""
    relations = {"INSERT": ("inserted",), "DELETE": ("deleted",)}.get(
        event, ("inserted", "deleted")
    )
    for relation in relations:
        if of_rows:
            row = {"inserted": "NEW", "deleted": "OLD"}[relation]
            yield (
                f'INSERT INTO "data_versions" VALUES (\'{table}\', {row}."WeekID", NULL) '
                'ON CONFLICT DO UPDATE SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL'
            )
        else:
            weeks = f'SELECT "WeekID" FROM {relation}'
            yield f'{_FORGET}"TableName" = \'{table}\' AND "Part" IN ({weeks})'
            yield (
                'INSERT INTO "data_versions" ("TableName", "Part") '
                f'SELECT DISTINCT \'{table}\', "WeekID" FROM {relation} WHERE "WeekID" NOT IN '
                f'(SELECT "Part" FROM "data_versions" WHERE "TableName" = \'{table}\')'
            )


def _for_sqlite(table: str, event: str, body: str) -> Iterator[str]:
    yield f'CREATE TRIGGER "{_name(table, event)}" AFTER {event} ON "{table}" BEGIN {body} END'


def _for_mssql(table: str, event: str, body: str) -> Iterator[str]:
    # The statement's own count of rows is what drivers are told.
    yield (
        f'CREATE TRIGGER "{_name(table, event)}" ON "{table}" AFTER {event} AS '
        f"BEGIN SET NOCOUNT ON; {body} END"
    )


def _for_postgresql(table: str, event: str, body: str) -> Iterator[str]:
    name = _name(table, event)
    new, old = "NEW TABLE AS inserted", "OLD TABLE AS deleted"
    seen = {"INSERT": new, "DELETE": old}.get(event, f"{new} {old}")
    yield (
        f'CREATE OR REPLACE FUNCTION "{name}"() RETURNS trigger LANGUAGE plpgsql AS '
        f"$$ BEGIN {body} RETURN NULL; END $$"
    )
    yield (
        f'CREATE TRIGGER "{name}" AFTER {event} ON "{table}" REFERENCING {seen} '
        f'FOR EACH STATEMENT EXECUTE FUNCTION "{name}"()'
    )


def _name(table: str, event: str) -> str:
    return f"{table}_{event.lower()}_forgets_version"
