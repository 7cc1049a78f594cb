"""Series: one value per week, without a gap, for charts and the tables beside them."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from music_assets.report.chart_specs import bars
from music_assets.report.mart_rows import Row
from music_assets.weeks import Week

MEASURES = ("Streams", "Downloads")


def series(rows: Iterable[tuple[Week, Row]], now: Week) -> list[Row]:
    """Rows with `week`, `Streams`, `Downloads` and `kind`, from the first to the last week.

    A week without figures has None, which is not zero.
    """
    known = dict(rows)
    if not known:
        return []
    return [
        {
            "week": week,
            "kind": known[week]["Figures"] if week in known else "none",
            "now": week == now,
            **{name: known[week][name] if week in known else None for name in MEASURES},
        }
        for week in _every(min(known), max(known))
    ]


def charts(rows: Sequence[Row]) -> Mapping[str, Row]:
    """A chart of each measure that any week has."""
    return {
        name: bars(
            [
                {
                    "name": row["week"].iso,
                    "value": row[name],
                    "kind": row["kind"],
                    "now": row["now"],
                }
                for row in rows
            ],
            name,
        )
        for name in MEASURES
        if any(row[name] is not None for row in rows)
    }


def sums(rows: Sequence[Row]) -> dict[str, Row]:
    """The sum of each measure and the number of weeks, by kind of figures: never of several."""
    found: dict[str, Row] = {}
    for row in rows:
        total = found.setdefault(row["Figures"], {"weeks": 0, **dict.fromkeys(MEASURES)})
        total["weeks"] += 1
        for name in MEASURES:
            if row[name] is not None:
                total[name] = (total[name] or 0) + row[name]
    return found


def _every(first: Week, last: Week) -> list[Week]:
    count = (last.monday - first.monday).days // 7 + 1
    return [Week(first.monday + dt.timedelta(weeks=number)) for number in range(count)]
