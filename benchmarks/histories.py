"""Houses with many weeks of 5,000 songs, made by the project itself."""

from functools import cache
from pathlib import Path

from benchmarks.workshop import Workshop, copied_house, empty_house, ended_weeks, ours


@cache
def with_weeks(workshop: Workshop, count: int) -> Path:
    """A house with the full graph over the newest ended weeks.

    It grows out of the next smaller one that is measured, by the weeks before.
    """
    smaller = max((size for size in workshop.sizes if size < count), default=0)
    weeks = ended_weeks(count)
    house = workshop.place(f"weeks-{count}")
    first_week = {"MUSIC_FIRST_WEEK": weeks[0].key}
    if smaller:
        copied_house(with_weeks(workshop, smaller), house)
        job, added = "weekly_job", weeks[:-smaller]
    else:
        empty_house(house)
        ours(house, "music_assets.cli", "follow", **first_week)
        job, added = "full_graph", weeks
    workshop.tell(f"a history of {count} weeks: {len(added)} more")
    options = ("--job", job, "--weeks", f"{added[0].key}...{added[-1].key}")
    ours(house, "benchmarks.worker", *options, **first_week)
    return house
