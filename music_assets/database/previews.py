"""Previews for Dagster's UI: a table's first rows, and a small chart of its newest weeks.

Rows are shown as a table of texts, so that no title is ever read as Markdown or HTML. Each query
reads a few rows or weeks by their key.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import dagster as dg
import sqlalchemy as sa

from music_assets.schema import tables
from music_assets.schema.album_totals import kind_of
from music_assets.weeks import Week

ROWS_SHOWN = 5
WEEKS_SHOWN = 13
#: Letters of a value that are shown.
LONGEST = 120
BARS = "▁▂▃▄▅▆▇█"
#: The figures that a chart of a table is made of.
MEASURES = {**tables.MEASURES, tables.weekly_album_totals.name: "Streams"}
Metadata = dict[str, dg.MetadataValue | str]


def table_preview(types: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> Metadata:
    """Some rows as metadata, of columns with types; nothing where there are no rows."""
    records = [
        dg.TableRecord({name: _shown(value) for name, value in zip(types, row, strict=True)})
        for row in rows
    ]
    schema = dg.TableSchema(columns=[dg.TableColumn(name, each) for name, each in types.items()])
    return {"preview": dg.MetadataValue.table(records, schema)} if records else {}


def preview_of(connection: sa.Connection, table: sa.Table, week: int | None = None) -> Metadata:
    """The first rows of a table; of a weekly one those of a week, the newest unless given.

    Of plays, the newest are shown.
    """
    key = list(table.primary_key)
    query = sa.select(table).limit(ROWS_SHOWN)
    if key[0].name == "WeekID":
        week = week or connection.execute(sa.select(sa.func.max(key[0]))).scalar_one()
        query = query.where(key[0] == week)
    newest_first = isinstance(key[0].type, sa.DateTime) or table is tables.plays
    query = query.order_by(key[0].desc()) if newest_first else query.order_by(*key)
    types = {column.name: str(column.type) for column in table.columns}
    shown = table_preview(types, connection.execute(query).all())
    if week and table.name in MEASURES:
        shown |= chart_of(connection, table, MEASURES[table.name], week)
    return shown


def chart_of(
    connection: sa.Connection, rows: sa.FromClause, measure: str, week: int | None = None
) -> Metadata:
    """A chart of a measure's sums in the weeks up to one, the newest unless given."""
    columns = rows.columns
    week = week or connection.execute(sa.select(sa.func.max(columns["WeekID"]))).scalar_one()
    if week is None:
        return {}
    kind = columns["Figures"] if "Figures" in columns else kind_of(columns["Source"])
    within = columns["WeekID"].between(_weeks_before(week), week)
    # The least and the greatest kind are one where a week has one: to group by it costs a sort.
    kinds = sa.func.min(kind), sa.func.max(kind)
    total = sa.func.sum(columns[measure])
    query = sa.select(columns["WeekID"], *kinds, total).where(within).group_by("WeekID")
    found = connection.execute(query.order_by("WeekID"))
    return weeks_chart([(each, kind, sum_) for each, kind, other, sum_ in found if kind == other])


def weeks_chart(sums: Sequence[tuple[int, str, int | None]]) -> Metadata:
    """A chart of weeks, oldest first, each with its kind of figures and its sum.

    Its bars begin at zero. Only weeks of the newest one's kind are in it: given and simulated
    figures are not compared.
    """
    known = [(week, kind, int(total)) for week, kind, total in sums if total is not None]
    alike = [(week, total) for week, kind, total in known if kind == known[-1][1]]
    if len(alike) < 2:
        return {}
    (first, _), (last, newest) = alike[0], alike[-1]
    most = max(1, *(total for _, total in alike))
    bars = "".join(BARS[max(0, total) * (len(BARS) - 1) // most] for _, total in alike)
    return {"chart": f"{bars} {newest:,} {known[-1][1]}, {_iso(first)} to {_iso(last)}"}


def _weeks_before(week: int) -> int:
    """The first WeekID of a chart that ends with one."""
    try:
        return Week.from_id(week).and_before(WEEKS_SHOWN)[-1].week_id
    except ValueError:  # somebody wrote rows of a week that no calendar has
        return week


def _iso(week: int) -> str:
    return f"{week // 100}-W{week % 100:02}"


def _shown(value: object) -> str | int | float | bool | None:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Decimal):
        return float(value)
    text = value.isoformat(" ") if isinstance(value, dt.datetime) else str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
