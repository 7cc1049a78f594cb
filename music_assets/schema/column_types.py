"""The types of columns: the same values are equal in every database.

Migrations use these types too, so a change here is a change of the schema.
"""

import re
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mssql, sqlite

#: Compares code points, so case and accents count.
BINARY = "Latin1_General_100_BIN2"
_TELLS_CASE = re.compile(r"_(BIN2?|CS_AS)(_|$)", re.IGNORECASE)

#: The attribute of a dialect that is True if its database distinguishes case by default. It is set
#: at the first connection, and missing where SQL is only printed.
TELLS_CASE = "music_assets_tells_case"


def tells_case(collation: str) -> bool:
    """True if a SQL Server collation distinguishes case and accents."""
    return _TELLS_CASE.search(collation) is not None


class _Exact(sa.types.TypeDecorator[str]):
    """Text that distinguishes case, and sorts by code point.

    SQL Server's usual default takes `Rock` for `rock`, so the column names a collation there. It
    does not if the database's default distinguishes them, since some servers reject the clause.
    PostgreSQL's default sorts by language, but genres are numbered by code point everywhere.
    """

    impl: type[sa.String] = sa.Unicode
    on_mssql: type[mssql.NVARCHAR | mssql.VARCHAR]

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self.length = length

    @property
    def python_type(self) -> type[str]:
        """`str`."""
        return str

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """The type in a database."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(sa.String(self.length, collation="C"))
        if dialect.name != "mssql":
            return dialect.type_descriptor(self.impl_instance)
        collation = None if getattr(dialect, TELLS_CASE, False) else BINARY
        return dialect.type_descriptor(self.on_mssql(self.length, collation=collation))


class Name(_Exact):
    """Any text; its length counts characters, and UTF-16 units on SQL Server."""

    cache_ok = True
    on_mssql = mssql.NVARCHAR


class Code(_Exact):
    """ASCII: an id, or a word from a list. One byte per character keeps indexes small."""

    impl = sa.String
    cache_ok = True
    on_mssql = mssql.VARCHAR


#: Seconds, exact to the millisecond: as a decimal on servers that have one, otherwise as a double,
#: which holds three decimals of any real duration.
SECONDS: sa.types.TypeEngine[Any] = sa.Double().with_variant(
    sa.Numeric(12, 3, asdecimal=False), "mssql", "postgresql"
)

#: A moment in UTC, to the second. SQLite stores it as text that sorts, `2026-11-16 09:30:05`.
MOMENT: sa.types.TypeEngine[Any] = (
    sa.DateTime()
    .with_variant(sqlite.DATETIME(truncate_microseconds=True), "sqlite")
    .with_variant(mssql.DATETIME2(0), "mssql")
)
