"""Charts, as Vega-Lite specifications; `static/report.js` gives them the page's colours."""

from collections.abc import Sequence

from music_assets.report.listening_facts import WEEKDAYS
from music_assets.report.mart_rows import Row

#: About as many labels as fit under a chart on a phone.
LABELS = 5
#: Figures that no file gives are hatched, whatever chart shows them.
HATCHED = [
    {"test": "datum.kind != 'given' && datum.now", "value": "url(#hatch-now)"},
    {"test": "datum.kind != 'given'", "value": "url(#hatch)"},
    {"test": "datum.now", "value": "var(--accent)"},
]
SHORT = "replace(replace(replace(format(datum.value, '~s'), 'G', ' bn'), 'M', ' m'), 'k', ' k')"


def bars(rows: Sequence[Row], unit: str) -> Row:
    """Bars from zero; a row has `name`, `value` or None, `kind`, and `now` where it is meant."""
    names = [row["name"] for row in rows]
    step = max(-(-len(names) // LABELS), 1)
    return {
        "height": 180,
        "width": "container",
        "data": {"values": list(rows)},
        "mark": {"type": "bar", "cornerRadiusEnd": 2},
        "encoding": {
            "x": {
                "field": "name",
                "type": "ordinal",
                "sort": None,
                "scale": {"paddingInner": 0.22, "paddingOuter": 0.1},
                "axis": {
                    "title": None,
                    "labelAngle": 0,
                    "labelOverlap": True,
                    "values": names[::-step][::-1],
                },
            },
            "y": {
                "field": "value",
                "type": "quantitative",
                "scale": {"zero": True},
                "axis": {"title": None, "tickCount": 4, "labelExpr": SHORT},
            },
            "fill": {"condition": HATCHED, "value": "var(--bar)"},
            "tooltip": [
                {"field": "name", "title": "When"},
                {"field": "value", "title": unit, "format": ",.0f"},
                {"field": "kind", "title": "Figures"},
            ],
        },
    }


def clock(rows: Sequence[Row], *, simulated: bool) -> Row:
    """The hours of the weekdays, each as dark as it has plays."""
    fill = "url(#hatch-now)" if simulated else "var(--accent)"
    values = [
        {"day": WEEKDAYS[row["Weekday"] - 1], "hour": row["LocalHour"], "plays": row["Plays"]}
        for row in rows
    ]
    return {
        "height": 230,
        "width": "container",
        "data": {"values": values},
        "mark": {"type": "rect", "cornerRadius": 3, "fill": fill},
        "encoding": {
            "x": {
                "field": "hour",
                "type": "ordinal",
                "scale": {"domain": list(range(24)), "padding": 0.08},
                "axis": {"title": None, "labelAngle": 0, "values": [0, 6, 12, 18, 23]},
            },
            "y": {
                "field": "day",
                "type": "ordinal",
                "scale": {"domain": list(WEEKDAYS), "padding": 0.08},
                "axis": {"title": None, "labelExpr": "slice(datum.label, 0, 3)"},
            },
            "fillOpacity": {
                "field": "plays",
                "type": "quantitative",
                "scale": {"zero": True, "range": [0.12, 1]},
                "legend": None,
            },
            "tooltip": [
                {"field": "day", "title": "Day"},
                {"field": "hour", "title": "Hour"},
                {"field": "plays", "title": "Plays"},
            ],
        },
    }
