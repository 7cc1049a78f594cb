"""The scope of a sync: the rows that it may delete, provided that the input does not hold them."""

from collections.abc import Collection
from dataclasses import dataclass


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
        column: such as `ArtistID`.
        values: such as the artists whose listings came whole; nulls are left out.
    """

    column: str
    values: Collection[object]


@dataclass(frozen=True)
class RowsOfInput:
    """The rows with a value in a column that the input has there, orphans left out.

    Attributes:
        column: such as `WeekID`: each week that has a usable row is replaced as a whole.
    """

    column: str


Scope = Nothing | OnlyUpdates | WholeTable | RowsOf | RowsOfInput

NOTHING = Nothing()
ONLY_UPDATES = OnlyUpdates()
WHOLE_TABLE = WholeTable()
