"""A line over time, as the numbers that an SVG needs."""

import datetime as dt
import math
from typing import Any

Row = dict[str, Any]


def trend(weeks: list[Row], name: str, *, width: int = 480, height: int = 200) -> Row:
    """A line over time, in the units of an SVG of this size.

    Returns:
        `points` (x, y, value and the week's row), `lines` (one list of points per unbroken stretch
        of weeks), `ticks` (y and value) and `dates` (x and day). A week without a value breaks the
        line.
    """
    left, right, top, bottom = 56, width - 12, 12, height - 28
    known = [row for row in weeks if row[name] is not None]
    if not known:
        return {"points": [], "lines": [], "ticks": [], "dates": []}
    ticks = _ticks([row[name] for row in known])
    first: dt.date = weeks[0]["WeekStartDate"]
    last: dt.date = weeks[-1]["WeekStartDate"]
    days = max((last - first).days, 1)

    def x(day: dt.date) -> float:
        return round(left + (right - left) * (day - first).days / days, 1)

    def y(value: float) -> float:
        return round(bottom - (bottom - top) * (value - ticks[0]) / (ticks[-1] - ticks[0]), 1)

    points = [
        {"x": x(r["WeekStartDate"]), "y": y(r[name]), "row": r, "value": r[name]} for r in known
    ]
    lines: list[list[Row]] = []
    for before, point in zip([None, *points], points, strict=False):
        day = point["row"]["WeekStartDate"]
        if before is None or (day - before["row"]["WeekStartDate"]).days > 7:
            lines.append([])
        lines[-1].append(point)
    shown = {first + dt.timedelta(days * i // 4) for i in range(5)} if days > 28 else {first, last}
    return {
        "points": points,
        "lines": lines,
        "ticks": [{"y": y(tick), "value": tick} for tick in ticks],
        "dates": [{"x": x(day), "day": day} for day in sorted(shown)],
    }


def _ticks(values: list[int]) -> list[int]:
    """Three to six round numbers around the values."""
    low, high = min(values), max(values)
    rough = max(high - low, high // 50, 1) / 4
    power = 10 ** math.floor(math.log10(rough))
    step = max(int(next(power * n for n in (1, 2, 5, 10) if power * n >= rough)), 1)
    start = low // step * step
    stop = max(-(-high // step) * step, start + step)
    return list(range(start, stop + 1, step))
