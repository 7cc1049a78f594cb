"""One new week and everything downstream of it, after ever more weeks."""

from collections.abc import Callable
from pathlib import Path

from benchmarks.histories import with_weeks
from benchmarks.lines import Bound, Growth, Line, Result, times
from benchmarks.measuring import Cost, Step, interleaved
from benchmarks.workshop import Workshop, copied_house, ended_weeks, make_inputs, ours
from music_assets.weeks import Week

#: The two histories that are compared.
SHORT, LONG = 48, 260
MOST_GROWTH, MOST_SECONDS = 1.2, 4.0
SECONDS_BY_HAND = 0.3


def result(workshop: Workshop) -> Result:
    """Measure the new week after each number of weeks in turn."""
    steps: dict[str, Step] = {"start": workshop.start}
    steps |= {f"after {size} weeks": _case(workshop, size) for size in workshop.sizes}
    start, *costs = interleaved(steps, workshop.rounds, workshop.tell).values()
    by_size = dict(zip(workshop.sizes, costs, strict=True))
    lines = [_line(by_size, size, start.cpu) for size in workshop.sizes]
    curves = {
        "one new week": [(size, cost.cpu) for size, cost in by_size.items()],
        "a trivial Dagster project": [(size, start.cpu) for size in by_size],
    }
    return Result(lines, [Growth("weeks", "weeks of 5,000 songs before", "CPU seconds", curves)])


def _line(costs: dict[int, Cost], size: int, start: float) -> Line:
    mine = costs[size]
    bounds = [Bound("CPU s, start + 4", mine.cpu, start + MOST_SECONDS)]
    if size == LONG and SHORT in costs:
        bounds.append(times(mine.cpu, costs[SHORT].cpu, MOST_GROWTH, f"after {SHORT} weeks"))
    return Line(
        f"one new week, everything downstream, after {size} weeks of 5,000 songs",
        f"{mine}; of which {mine.pages:.0f} files of the report in {mine.report:.2f} s",
        f"start + {SECONDS_BY_HAND} = {start + SECONDS_BY_HAND:.2f} s",
        bounds=bounds if size in (SHORT, LONG) else (),
    )


def _case(workshop: Workshop, size: int) -> Callable[[], Cost]:
    house, new = with_weeks(workshop, size), _new_week()
    first_week = ended_weeks(size)[0].key

    def run() -> Cost:
        place = copied_house(house, _place(workshop))
        make_inputs("week", place, new.key)
        options = ("--job", "weekly_job", "--weeks", f"{new.key}...{new.key}")
        return ours(place, "benchmarks.worker", *options, MUSIC_FIRST_WEEK=first_week)

    return run


def _place(workshop: Workshop) -> Path:
    return workshop.folder / "new-week"


def _new_week() -> Week:
    """The week that has begun; the histories end before it."""
    [last] = ended_weeks(1)
    return Week.of(last.sunday.fromordinal(last.sunday.toordinal() + 1))
