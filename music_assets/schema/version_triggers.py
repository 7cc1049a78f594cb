"""The triggers that forget the data versions of what somebody writes to."""

from collections.abc import Iterator, Mapping, Sequence

from music_assets.schema.data_versions import (
    DETAILS,
    LABELS,
    LINKS,
    REFERRING,
    SHOWN,
    UNSHOWN,
    WATCHED,
    WEEKLY,
    WHOLE_TABLE,
    Split,
)

EVENTS = ("INSERT", "UPDATE", "DELETE")

_SET_NULL = 'UPDATE "data_versions" SET "DataVersion" = NULL WHERE '


def triggers(
    dialect: str, split: Mapping[str, Split], tables: Sequence[str] = WATCHED
) -> Iterator[str]:
    """The statements that make the triggers in a database, `sqlite`, `postgresql` or `mssql`.

    SQLite's fire for every row, and the others' once for a statement.

    Args:
        dialect: of the database.
        split: `splits()`, or those of an earlier revision.
        tables: some of those with triggers.
    """
    make = {"sqlite": _for_sqlite, "postgresql": _for_postgresql, "mssql": _for_mssql}[dialect]
    for table in tables:
        for event in events(dialect):
            of_rows = dialect == "sqlite"
            if event == "TRUNCATE":
                body = iter([f"{_SET_NULL}\"TableName\" = '{table}'"])
            elif table in WEEKLY:
                body = _weeks(dialect, table, event)
            else:
                body = _parts(table, event, of_rows, split.get(table))
            yield from make(table, event, " ".join(f"{statement};" for statement in body))


def drop_triggers(dialect: str, tables: Sequence[str] = WATCHED) -> Iterator[str]:
    """The statements that drop the triggers, so that others can take their place."""
    for table in tables:
        for event in events(dialect):
            of_table = f' ON "{table}"' if dialect == "postgresql" else ""
            yield f'DROP TRIGGER IF EXISTS "{trigger_name(table, event)}"{of_table}'


def events(dialect: str) -> tuple[str, ...]:
    """The events that fire triggers. SQLite has no TRUNCATE, and SQL Server's fires none."""
    return (*EVENTS, "TRUNCATE") if dialect == "postgresql" else EVENTS


def trigger_name(table: str, event: str) -> str:
    """The name of a trigger, and on PostgreSQL of its function."""
    return f"{table}_{event.lower()}_forgets_version"


def _forget(of_rows: bool) -> str:
    """The beginning of a statement that forgets versions.

    A server's writes what it has forgotten before, too: so a transaction that is still open holds
    the row, and nobody gives it a version meanwhile. SQLite has one writer, and a trigger per row.
    """
    return _SET_NULL + ('"DataVersion" IS NOT NULL AND ' if of_rows else "")


def _parts(table: str, event: str, of_rows: bool, split: Split | None) -> Iterator[str]:
    """Forget the versions of a table whose rows belong to no week."""
    forget = _forget(of_rows)
    yield from _rows(table, event, of_rows, split)
    if table in UNSHOWN:
        return
    shown = f'{forget}"TableName" = \'{table}\' AND "Part" = {SHOWN}'
    if table in LABELS and event == "UPDATE":
        yield f"{shown} AND {_differs(LABELS[table], of_rows)}"
    elif table == "tracks":
        # The sums of these figures change too, and a week may have no other sums.
        facts = " OR ".join(f"\"TableName\" = '{name}'" for name in REFERRING[table])
        yield f"{forget}({facts}) AND {_referred(table, event, of_rows)}"
    elif table in LABELS:
        yield f"{shown} AND {_referred(table, event, of_rows)}"
    elif event == "INSERT":
        column, other = LINKS[table]
        yield f"{shown} AND {_has(other, column, event, of_rows)}"
    else:
        yield shown
    if table == "tracks" and event == "UPDATE":
        moved = _differs(("SongID", "AlbumID"), of_rows)
        yield f"{forget}\"TableName\" = 'weekly_album_totals' AND {moved}"


def _rows(table: str, event: str, of_rows: bool, split: Split | None) -> Iterator[str]:
    """Forget the version of the rows, and that of the details, if there are any."""
    forget = f'{_forget(of_rows)}"TableName" = \'{table}\' AND "Part" ='
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


def _referred(table: str, event: str, of_rows: bool) -> str:
    """A condition: something refers to a row that has come or gone."""
    key = LABELS[table][0]
    found = " OR ".join(_has(each, key, event, of_rows) for each in REFERRING[table])
    return f"({found})"


def _has(other: str, column: str, event: str, of_rows: bool) -> str:
    """A condition: another table has the value that a row has which has come or gone."""
    row, rows = {"INSERT": ("NEW", "inserted"), "DELETE": ("OLD", "deleted")}[event]
    same = f'= {row}."{column}"' if of_rows else f'IN (SELECT "{column}" FROM {rows})'
    return f'EXISTS (SELECT 1 FROM "{other}" WHERE "{column}" {same})'


def _weeks(dialect: str, table: str, event: str) -> Iterator[str]:
    """Forget the versions of the weeks that were written to; a new week gets its row."""
    changed = {"INSERT": ("inserted",), "DELETE": ("deleted",)}
    for rows in changed.get(event, ("inserted", "deleted")):
        yield from _WEEKS_OF[dialect](table, rows)


def _weeks_sqlite(table: str, rows: str) -> Iterator[str]:
    row = {"inserted": "NEW", "deleted": "OLD"}[rows]
    yield (
        f'INSERT INTO "data_versions" VALUES (\'{table}\', {row}."WeekID", NULL) '
        'ON CONFLICT DO UPDATE SET "DataVersion" = NULL WHERE "DataVersion" IS NOT NULL'
    )


def _weeks_postgresql(table: str, rows: str) -> Iterator[str]:
    # In one order, so that two transactions wait for each other and never both.
    yield (
        'INSERT INTO "data_versions" ("TableName", "Part") '
        f'SELECT DISTINCT \'{table}\', "WeekID" FROM {rows} ORDER BY "WeekID" '
        'ON CONFLICT ("TableName", "Part") DO UPDATE SET "DataVersion" = NULL'
    )


def _weeks_mssql(table: str, rows: str) -> Iterator[str]:
    yield f'{_SET_NULL}"TableName" = \'{table}\' AND "Part" IN (SELECT "WeekID" FROM {rows})'
    yield (
        'INSERT INTO "data_versions" ("TableName", "Part") '
        f'SELECT DISTINCT \'{table}\', "WeekID" FROM {rows} WHERE "WeekID" NOT IN '
        f'(SELECT "Part" FROM "data_versions" WHERE "TableName" = \'{table}\')'
    )


_WEEKS_OF = {"sqlite": _weeks_sqlite, "postgresql": _weeks_postgresql, "mssql": _weeks_mssql}


def _for_sqlite(table: str, event: str, body: str) -> Iterator[str]:
    name = trigger_name(table, event)
    yield f'CREATE TRIGGER "{name}" AFTER {event} ON "{table}" BEGIN {body} END'


def _for_mssql(table: str, event: str, body: str) -> Iterator[str]:
    # The statement's own count of rows is what drivers are told.
    yield (
        f'CREATE TRIGGER "{trigger_name(table, event)}" ON "{table}" AFTER {event} AS '
        f"BEGIN SET NOCOUNT ON; {body} END"
    )


def _for_postgresql(table: str, event: str, body: str) -> Iterator[str]:
    name = trigger_name(table, event)
    new, old = "NEW TABLE AS inserted", "OLD TABLE AS deleted"
    seen = {
        "INSERT": f" REFERENCING {new}",
        "DELETE": f" REFERENCING {old}",
        "UPDATE": f" REFERENCING {new} {old}",
    }
    # With the path of now: what restores a dump sets none, and finds no table by its name alone.
    yield (
        f'CREATE OR REPLACE FUNCTION "{name}"() RETURNS trigger LANGUAGE plpgsql '
        f"SET search_path FROM CURRENT AS $$ BEGIN {body} RETURN NULL; END $$"
    )
    yield (
        f'CREATE TRIGGER "{name}" AFTER {event} ON "{table}"{seen.get(event, "")} '
        f'FOR EACH STATEMENT EXECUTE FUNCTION "{name}"()'
    )
