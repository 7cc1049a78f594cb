"""The scope of a sync: the rows that it may delete, provided that the input does not hold them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa


@dataclass(frozen=True)
class Nothing:
    """No row: the input only adds and updates."""


@dataclass(frozen=True)
class OnlyUpdates:
    """No row, and none is added: the input tells more about rows that are there."""


@dataclass(frozen=True)
class WholeTable:
    """Every row: the input is everything there is."""


@dataclass(frozen=True)
class RowsOf:
    """The rows with one of these values in a column: the input holds everything about them.

    Attributes:
        column: such as `ArtistID`, or several that make one value together.
        values: such as the artists whose listings came whole, or tuples where there are several
            columns; those with a null are left out.
    """

    column: str | tuple[str, ...]
    values: Collection[object]


@dataclass(frozen=True)
class RowsOfInput:
    """The rows with a value in a column that the input has there, orphans left out.

    Attributes:
        column: such as `WeekID`: each week that has a usable row is replaced as a whole; or several
            columns, as in `RowsOf`.
        also: values of which the input is known to have no row, such as a week without downloads.
    """

    column: str | tuple[str, ...]
    also: Collection[object] = ()


@dataclass(frozen=True)
class RowsWithin:
    """The rows whose value in a column lies in one of these ranges; every row of the input does.

    Attributes:
        column: such as `EndedAt`.
        ranges: of values; the second of a pair lies outside.
    """

    column: str
    ranges: Sequence[tuple[object, object]]

    def of(self, table: sa.Table) -> sa.ColumnElement[bool]:
        """The condition on a table."""
        value = table.c[self.column]
        return sa.or_(
            sa.false(), *(sa.and_(value >= begin, value < end) for begin, end in self.ranges)
        )


Scope = Nothing | OnlyUpdates | WholeTable | RowsOf | RowsOfInput | RowsWithin

NOTHING = Nothing()
ONLY_UPDATES = OnlyUpdates()
WHOLE_TABLE = WholeTable()


def as_tuple(one_or_several: object) -> tuple[Any, ...]:
    """The column, or a value of it, as a tuple, as those of several columns are."""
    return one_or_several if isinstance(one_or_several, tuple) else (one_or_several,)
