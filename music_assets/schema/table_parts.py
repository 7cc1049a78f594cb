"""The parts that tables are made of: their metadata, and columns of a kind.

A song is a track: the tables say SongID, and the code says track. A nullable column is one that a
source may leave out; absent is NULL, never 0 and never "". Deleting a row deletes the rows that
refer to it. A day is `sa.DATE`, since `sa.Date` may be a DATETIME on SQL Server.

Each table and column is described once, in its `comment`: Dagster, the databases and
docs/dictionary.md show it. It says the unit, where the value comes from, and what NULL means.
"""

from typing import Any

import sqlalchemy as sa

from music_assets.schema.column_types import Code
from music_assets.schema.treatments import Treatment

metadata = sa.MetaData()

WEEK_ID = "The week: ISO year times 100 plus ISO week, such as 202647."


def detail(
    name: str,
    kind: sa.types.TypeEngine[Any] | type[sa.Integer],
    *others: Treatment,
    comment: str,
) -> sa.Column[Any]:
    """A column that another step fills in later."""
    treatments = {Treatment.DETAIL, *others}
    return sa.Column(name, kind, info={"treatments": treatments}, comment=comment)


def first_seen(of: str) -> sa.Column[Any]:
    """The day on which a row came."""
    return sa.Column(
        "FirstSeen",
        sa.DATE,
        info={"treatments": {Treatment.INSERTED}},
        comment=f"The day, in UTC, on which the pages landed that brought the {of} first; no later "
        "load changes it. NULL: not known, since the row is older than this column.",
    )


def spotify_id() -> Code:
    """Base-62 and case-sensitive; 22 characters today."""
    return Code(64)


def references(column: str) -> sa.ForeignKey:
    """A reference to a row, which goes when that row goes."""
    return sa.ForeignKey(column, ondelete="CASCADE")
