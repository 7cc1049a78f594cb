"""Rows of marts and tables, as the pages read them."""

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar

import sqlalchemy as sa

from music_assets.database.resource import DatabaseResource
from music_assets.schema.lines import visible
from music_assets.schema.mart_sql import in_order, read_marts, sql_folder

T = TypeVar("T")
Row = dict[str, Any]
#: The marts that pages are made of.
MARTS = [
    "weekly_totals",
    "top_tracks",
    "weekly_artist_totals",
    "genre_trends",
    "weekly_movers",
    "chart_positions",
    "counted_plays",
    "my_weekly_plays",
    "my_top_tracks",
    "my_top_artists",
    "my_top_albums",
    "my_listening_clock",
    "my_discoveries",
    "my_streaks",
    "new_releases",
]
#: The beginning of the addresses of pictures that `base.html.jinja` allows.
PICTURES = "https://i.scdn.co/"
#: SQL Server takes 2,100 parameters in a statement.
CHUNK = 500


def define_missing(database: DatabaseResource) -> None:
    """Define the views of `MARTS` that the database lacks, and those that they read.

    A run of a few assets may come before the one that makes the other marts.
    """
    known = set(database.reading(lambda connection: sa.inspect(connection).get_view_names()))
    if known >= {*MARTS}:
        return
    marts = read_marts(sql_folder() / "marts")
    for mart in in_order(marts):
        if mart.name not in known:
            database.define_view(mart.name, mart.sql)


@dataclass(frozen=True)
class Reader:
    """Reads rows as dictionaries, over one connection."""

    connection: sa.Connection
    _made: dict[tuple[object, ...], Any] = field(default_factory=dict, compare=False, repr=False)

    def once(self, make: Callable[..., T], *arguments: str) -> T:
        """The result of `make(self, *arguments)`, which is called once for the same arguments."""
        key = (make, *arguments)
        if key not in self._made:
            self._made[key] = make(self, *arguments)
        result: T = self._made[key]
        return result

    def rows(self, query: sa.Select[Any]) -> list[Row]:
        """The rows of a query."""
        result = self.connection.execute(query)
        names = list(result.keys())
        # PostgreSQL adds whole numbers up to a decimal.
        found = [
            {
                name: int(value) if isinstance(value, Decimal) else value
                for name, value in zip(names, row, strict=True)
            }
            for row in result
        ]
        for name in names:
            # No page, card or link may fail for what somebody put into a title.
            for ends, shown in SHOWN.items():
                if name.endswith(ends):
                    for row in found:
                        row[name] = shown(row[name])
        return found

    def mart(self, name: str, **equal: object) -> list[Row]:
        """The rows of a mart in which each named column has this value."""
        query = sa.select(sa.text("*")).select_from(sa.table(name))
        return self.rows(query.where(*(_column(each) == value for each, value in equal.items())))

    def of_keys(
        self, query: sa.Select[Any], key: sa.ColumnElement[Any], keys: Collection[object]
    ) -> list[Row]:
        """The rows of a query in which a column has one of many values."""
        parts = (query.where(key.in_(part)) for part in _chunks(sorted(keys, key=str)))
        return [row for part in parts for row in self.rows(part)]


def _column(name: str) -> sa.ColumnClause[Any]:
    return sa.column(name, sa.DATE()) if name.endswith("Date") else sa.column(name)


def _chunks(keys: Sequence[object]) -> Iterator[Sequence[object]]:
    return (keys[start : start + CHUNK] for start in range(0, len(keys), CHUNK))


def _picture(address: object) -> str | None:
    """An address that the pages' own policy lets a browser load a picture from; otherwise None."""
    return address if isinstance(address, str) and address.startswith(PICTURES) else None


def _day(value: object) -> object:
    """A day; SQLite has none, and gives those of a view as text."""
    return dt.date.fromisoformat(value[:10]) if isinstance(value, str) else value


#: What the values of a column are shown as, by the end of the column's name.
SHOWN: dict[str, Callable[[Any], object]] = {
    "Date": _day,
    "Name": visible,
    "Title": visible,
    "Label": visible,
    "CoverURL": _picture,
}
