"""The types of columns: what each database stores so that equal means the same in all of them.

Migrations are written in these types too, so a change here is a change of the schema.
"""

import re
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mssql

#: Code points, one by one: upper is not lower case, and no accent is another.
BINARY = "Latin1_General_100_BIN2"
_TELLS_CASE = re.compile(r"_(BIN2?|CS_AS)(_|$)", re.IGNORECASE)

#: The attribute of a dialect that says whether its database tells upper from lower case by itself;
#: set when an engine first connects, and absent where SQL is only printed.
TELLS_CASE = "music_assets_tells_case"


def tells_case(collation: str) -> bool:
    """Whether a SQL Server collation takes upper and lower case, and accents, for different."""
    return _TELLS_CASE.search(collation) is not None


class _Exact(sa.types.TypeDecorator[str]):
    """Text that differs when its case differs, and sorts by code point.

    SQL Server's usual default takes `Rock` for `rock`, so there the column names a collation,
    unless the database's own will do: not every server that speaks T-SQL takes the clause.
    PostgreSQL's default sorts as people do, and genres are numbered in their order.
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
    """ASCII: an id, or a word out of a list. A byte a character, so that keys stay short."""

    impl = sa.String
    cache_ok = True
    on_mssql = mssql.VARCHAR


#: Exact to the millisecond: a double holds three decimals exactly far beyond any duration, and
#: servers that have a decimal type store one.
SECONDS: sa.types.TypeEngine[Any] = sa.Double().with_variant(
    sa.Numeric(12, 3, asdecimal=False), "mssql", "postgresql"
)
