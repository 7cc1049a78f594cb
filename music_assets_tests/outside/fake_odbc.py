"""An ODBC driver that speaks T-SQL and fails on demand: what stands in for pyodbc in tests.

Every statement must parse as T-SQL. What it says is then done by SQLite, after a translation of
the few things that differ, so that code written for SQL Server gets answers. What SQLite cannot
stand in for (collations, locks, the loss of a connection) is answered as SQL Server would.
"""

import datetime as dt
import re
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
import sqlglot
from sqlglot import exp

from music_assets.schema.data_versions import splits
from music_assets.schema.tables import metadata
from music_assets.schema.version_triggers import triggers

CASE_BLIND = "SQL_Latin1_General_CP1_CI_AS"
#: What SQLAlchemy asks of every SQL Server that it meets.
OF_ITSELF = {
    "schema_name()": "dbo",
    "FROM sys.system_views": "dm_exec_sessions",
    "transaction_isolation_level": "READ COMMITTED",
    "test max support": "test max support",
    "fn_listextendedproperty": "1",
    "SERVERPROPERTY": "16.0.1000.6",
}
Row = tuple[Any, ...]
#: The encoding of a column of text with the bytes of its units, and its units.
Width = tuple[tuple[str, int], int]
ENCODINGS = {
    exp.DataType.Type.NVARCHAR: ("utf-16-le", 2),
    exp.DataType.Type.VARCHAR: ("utf-8", 1),
}

#: A statement that describes a table or a column.
_DESCRIBED = re.compile(
    r"execute sp_addextendedproperty 'MS_Description', N'(?P<text>.*)', 'schema', (?P<of>.*)",
    re.DOTALL,
)
#: Columns that are decimals on SQL Server.
DECIMALS = {
    column.name
    for table in metadata.tables.values()
    for column in table.columns
    if column.type.compile(sa.create_mock_engine("mssql+pyodbc://", print).dialect).startswith(
        "NUMERIC"
    )
}


class Error(Exception):
    """As the standard for drivers has it."""


class ProgrammingError(Error):
    pass


class OperationalError(Error):
    pass


class IntegrityError(Error):
    pass


def refusal(number: int, state: str = "42000", text: str = "Something is wrong.") -> Error:
    """An error of the server's as pyodbc words it, of the class that it has for the state."""
    source = "[Microsoft][ODBC Driver 18 for SQL Server][SQL Server]"
    known = {"42": ProgrammingError, "23": IntegrityError, "08": OperationalError}
    return known.get(state[:2], Error)(
        state, f"[{state}] {source}{text} ({number}) (SQLExecDirectW)"
    )


def own_refusal(text: str) -> Error:
    """An error that pyodbc raises itself: the text, and then the state."""
    return ProgrammingError(text, "HY000")


@dataclass
class Server:
    """A database behind a driver: what was asked of it, and what it is to refuse.

    Attributes:
        asked: every statement, as it came.
        staged: every row of a statement for many rows, as it came.
        logins: the arguments of every connection.
        views: the text of each view, as it was written.
        comments: the description of each table and column.
        widths: of each table's columns.
        on_connect, on_execute: called before each; they may raise.
    """

    file: Path
    collation: str = CASE_BLIND
    tempdb_collation: str | None = CASE_BLIND
    lock_answers: list[int] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    staged: list[Row] = field(default_factory=list)
    logins: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    views: dict[str, str] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)
    widths: dict[str, list[Width | None]] = field(default_factory=dict)
    on_connect: Callable[[], None] = lambda: None
    on_execute: Callable[[str], None] = lambda _: None

    def module(self) -> Any:
        """The module in place of pyodbc."""
        others = ("InterfaceError", "DatabaseError", "InternalError", "DataError")
        return SimpleNamespace(
            Error=Error,
            ProgrammingError=ProgrammingError,
            OperationalError=OperationalError,
            IntegrityError=IntegrityError,
            NotSupportedError=Error,
            paramstyle="qmark",
            version="5.2.0",
            drivers=lambda: [
                "SQL Server",
                "ODBC Driver 17 for SQL Server",
                "ODBC Driver 18 for SQL Server",
            ],
            connect=self.connect,
            Cursor=Cursor,
            SQL_WVARCHAR=-9,
            SQL_VARCHAR=12,
            SQL_DECIMAL=3,
            NUMBER=2,
            DATETIME=dt.datetime,
            **dict.fromkeys(others, Error),
        )

    def connect(self, text: str, **options: Any) -> "Connection":
        self.logins.append((text, options))
        self.on_connect()
        return Connection(self)

    def answer(self, statement: str, parameters: Sequence[Any]) -> list[Row] | None:
        """SQL Server's answer about itself; None for a statement that SQLite runs."""
        if "FROM sys.objects" in statement or "INFORMATION_SCHEMA" in statement:
            with closing(sqlite3.connect(self.file)) as database:
                found = database.execute("SELECT name FROM sqlite_master").fetchall()
            return [row for row in found if row[0] in parameters]
        if "sys.triggers" in statement:
            with closing(sqlite3.connect(self.file)) as database:
                return database.execute("SELECT name FROM sqlite_master").fetchall()
        if "sys.sql_modules" in statement:
            return [(self.views[parameters[0]],)] if parameters[0] in self.views else []
        if "sp_getapplock" in statement:
            return [(self.lock_answers.pop(0) if self.lock_answers else 0,)]
        if "DATABASEPROPERTYEX" in statement:
            return [(self.collation, self.tempdb_collation)]
        return next(([(said,)] for word, said in OF_ITSELF.items() if word in statement), None)


class Connection:
    def __init__(self, server: Server) -> None:
        self.server = server
        self.autocommit = False
        self.sqlite = sqlite3.connect(server.file, isolation_level=None, timeout=60)
        self.sqlite.execute("PRAGMA foreign_keys=ON")

    def cursor(self) -> "Cursor":
        return Cursor(self)

    def commit(self) -> None:
        if self.sqlite.in_transaction:
            self.sqlite.execute("COMMIT")

    def rollback(self) -> None:
        if self.sqlite.in_transaction:
            self.sqlite.execute("ROLLBACK")

    def close(self) -> None:
        self.sqlite.close()

    def getinfo(self, _what: int) -> str:
        return "16.00.1000"

    def add_output_converter(self, _kind: int, _converter: Any) -> None:
        pass


class Cursor:
    fast_executemany = False

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.sqlite = connection.sqlite.cursor()
        self.answers: list[Row] | None = None
        self.arraysize = 1
        self.rowcount = -1
        self.width = 0

    @property
    def description(self) -> Any:
        if self.answers is None and self.sqlite.description:
            return [
                (name, Decimal, None, 14, 12, 3, True) if name in DECIMALS else (name, *rest)
                for name, *rest in self.sqlite.description
            ]
        if self.answers is None:
            return None
        return [("answer", None, None, None, None, None, None)] * self.width

    def execute(self, statement: str, *given: Any) -> "Cursor":
        flat = given[0] if given and isinstance(given[0], list | tuple) else given
        values = _values(map(_day, flat))
        self._run(statement, flat, lambda sql: self.sqlite.execute(sql, values))
        return self

    def executemany(self, statement: str, rows: Sequence[Row]) -> None:
        assert self.fast_executemany
        server = self.connection.server
        if statement.startswith("INSERT"):
            server.staged.extend(rows)
            _require_room(rows, server.widths[statement.split()[2]])
        values = [_values(row) for row in rows]
        self._run(statement, (), lambda sql: self.sqlite.executemany(sql, values))

    def _run(self, statement: str, parameters: Sequence[Any], do: Callable[[str], Any]) -> None:
        server, sqlite = self.connection.server, self.connection.sqlite
        server.asked.append(statement)
        server.on_execute(statement)
        try:
            sqls = as_sqlite(statement)
        except sqlglot.ParseError as error:
            raise ProgrammingError("42000", f"[42000] [SQL Server]{error}. (102) (SQL)") from None
        self.answers = server.answer(statement, parameters)
        if self.answers is not None:
            self.width = len(self.answers[0]) if self.answers else 1
            return
        if not sqlite.in_transaction:
            # What writes has begun with a CREATE, and this is where it waits for its turn.
            sqlite.execute("BEGIN IMMEDIATE" if statement.startswith("CREATE") else "BEGIN")
        try:
            for sql in sqls:
                do(sql)
            self.rowcount = self.sqlite.rowcount
            if view := re.match(r"CREATE (OR ALTER )?VIEW \[?([^]\s]+)", statement):
                # The server keeps the text without these words, and blanks in their place.
                server.views[view[2]] = statement.replace("OR ALTER", " ", 1)
            if described := _DESCRIBED.match(statement):
                server.comments[described["of"]] = described["text"].replace("''", "'")
            if table := re.match(r"\s*CREATE TABLE (\S+)", statement):
                server.widths[table[1]] = _widths(statement)
        except sqlite3.IntegrityError as error:
            raise IntegrityError(
                "23000", f"[23000] [SQL Server]{error}. (2627) (SQLExecute)"
            ) from None
        except sqlite3.Error as error:
            raise ProgrammingError(
                "42000", f"[42000] [SQL Server]{error}. (102) (SQLExecute)"
            ) from None

    def _take(self, count: int | None) -> list[Any]:
        if self.answers is None:
            rows = self.sqlite.fetchall() if count is None else self.sqlite.fetchmany(count)
            names = [column[0] for column in self.sqlite.description or ()]
            return [_as_the_driver(row, names) for row in rows] if DECIMALS & {*names} else rows
        taken = self.answers[:count]
        self.answers = self.answers[len(taken) :]
        return taken

    def fetchall(self) -> list[Any]:
        return self._take(None)

    def fetchmany(self, size: int = 1) -> list[Any]:
        return self._take(size)

    def fetchone(self) -> Any:
        return next(iter(self._take(1)), None)

    def setinputsizes(self, _sizes: Any) -> None:
        pass

    def nextset(self) -> bool:
        return False

    def close(self) -> None:
        self.sqlite.close()


def _widths(statement: str) -> list[Width | None]:
    """The width of each column of a CREATE TABLE."""
    kinds = [each.kind for tree in parse(statement) for each in tree.find_all(exp.ColumnDef)]
    return [
        (ENCODINGS[kind.this], int(kind.expressions[0].name))
        if kind and kind.this in ENCODINGS
        else None
        for kind in kinds
    ]


def _require_room(rows: Sequence[Row], widths: Sequence[Width | None]) -> None:
    """Refuse text that is wider than its column, as pyodbc does before it asks the server."""
    for value, width in (pair for row in rows for pair in zip(row, widths, strict=True)):
        if width is not None and isinstance(value, str):
            (encoding, unit), most = width
            length, most = len(value.encode(encoding)), most * unit
            if length > most:
                raise own_refusal(f"String data, right truncation: length {length} buffer {most}")


def _as_the_driver(row: Row, names: Sequence[str]) -> Row:
    """A row with decimals where the server has them."""
    return tuple(
        Decimal(str(value)) if name in DECIMALS and value is not None else value
        for name, value in zip(names, row, strict=True)
    )


def _day(value: Any) -> Any:
    """A day that SQLAlchemy sends as its midnight, which a server compares with days."""
    midnight = isinstance(value, dt.datetime) and value.time() == dt.time()
    return value.date() if midnight else value


def _values(row: Iterable[Any]) -> list[Any]:
    """SQLite has neither dates nor decimals."""
    plain = (int, float, str, bytes, type(None))
    return [
        value
        if isinstance(value, plain)
        else float(value)
        if hasattr(value, "quantize")
        else str(value)
        for value in row
    ]


def parse(statement: str) -> list[exp.Expr]:
    """A batch of T-SQL, parsed.

    Raises:
        sqlglot.ParseError: it is no T-SQL.
        AssertionError: of some statement only the first word was understood.
    """
    if trigger := _TRIGGER.match(statement):
        statement = trigger[2]
    parsed = sqlglot.parse(statement, dialect="tsql", error_level=sqlglot.ErrorLevel.RAISE)
    found = [each for each in parsed if each is not None]
    for each in found:
        assert not isinstance(each, exp.Command) or each.this.upper() in ("SET", "EXEC"), statement
    return found


#: A trigger, of which sqlglot parses no more than the statements in it.
_TRIGGER = re.compile(r"\s*(CREATE TRIGGER \S+) ON \S+ AFTER \w+ AS BEGIN (.*;) END", re.DOTALL)


def as_sqlite(statement: str) -> list[str]:
    """The statements in SQLite's dialect."""
    if trigger := _TRIGGER.match(statement):
        parse(statement)
        return [text for text in triggers("sqlite", splits()) if text.startswith(trigger[1])]
    if "extended_properties" in statement or _DESCRIBED.match(statement):
        return ["SELECT 1, 2 WHERE 0"]  # SQLite keeps no comments
    found = [(_before(tree), _translated(tree).sql("sqlite")) for tree in parse(statement)]
    return [sql for before, made in found for sql in (*before, made)]


def _before(tree: exp.Expr) -> list[str]:
    """SQLite cannot alter a view, but make another one."""
    if not (isinstance(tree, exp.Create) and tree.kind == "VIEW" and tree.args.get("replace")):
        return []
    tree.set("replace", False)
    return [f"DROP VIEW IF EXISTS {tree.this.sql('sqlite')}"]


def _translated(tree: exp.Expr) -> exp.Expr:
    if isinstance(tree, exp.Drop):
        tree.set("cluster", None)  # the table of an index, whose name is its own in SQLite
    for collation in list(tree.find_all(exp.CollateColumnConstraint)):
        assert isinstance(collation.parent, exp.ColumnConstraint)
        collation.parent.pop()
    for name in tree.find_all(exp.Identifier):
        name.set("this", name.name.removeprefix("#"))
    for column in tree.find_all(exp.Column):
        if column.table == "inserted":  # T-SQL's OUTPUT, which is RETURNING
            column.set("table", None)
    if isinstance(tree, exp.Update) and (source := tree.find(exp.From)):
        _drop_target(tree, source)
    return tree


def _drop_target(update: exp.Update, source: exp.From) -> None:
    """T-SQL names the table that is updated once more after FROM; SQLite would join it again."""
    joined = source.this.args.get("joins") or update.args.get("joins") or []
    source.set("this", joined[0].this)
