"""The ways in which the sync treats columns, as the tables name them."""

from enum import StrEnum
from typing import Any

import sqlalchemy as sa


class Treatment(StrEnum):
    """The ways in which the sync treats a column differently from others."""

    #: The sync gives each new row the next number, which it keeps for ever.
    NUMBERED = "numbered"
    #: The first value stays: an input row with another value changes nothing.
    FIXED = "fixed"
    #: A null in the input is a value like any other, and not something unknown.
    EXACT = "exact"
    #: Another step fills it in later, from another source; it has a data version of its own.
    DETAIL = "detail"
    #: Only an insert sets it: a row that is there keeps what it has, be it a null.
    INSERTED = "inserted"


def has_treatment(column: sa.Column[Any], treatment: Treatment) -> bool:
    """True if the sync treats a column in this way."""
    return treatment in column.info.get("treatments", ())


def first_seen_of(table: sa.Table) -> list[str]:
    """The columns that say when a row came, which no record of its source has."""
    return [each.name for each in table.columns if has_treatment(each, Treatment.INSERTED)]


def details_of(table: sa.Table) -> list[str]:
    """The columns that another step fills in later."""
    return [each.name for each in table.columns if has_treatment(each, Treatment.DETAIL)]
