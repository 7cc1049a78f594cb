"""`music-assets run`: the full graph over 48 weeks, and again when nothing has changed."""

from benchmarks.lines import Bound, Line, Result
from benchmarks.measuring import Cost, interleaved
from benchmarks.workshop import Workshop, empty_house, ended_weeks, ours

WEEKS = 48
MOST_FIRST, MOST_UNCHANGED = 25.0, 3.0


def result(workshop: Workshop) -> Result:
    """Measure both."""
    # With the week that has begun, these are 48.
    first_week = ended_weeks(WEEKS - 1)[0].key

    form = workshop.folder / "form.json"
    ours(empty_house(workshop.place("idle")), "benchmarks.idle_graph", "write", form)

    def first() -> Cost:
        empty_house(workshop.place("run"))
        return unchanged()

    def unchanged() -> Cost:
        house = workshop.folder / "run"
        return ours(house, "music_assets.cli", "run", MUSIC_FIRST_WEEK=first_week)

    def idle() -> Cost:
        house = empty_house(workshop.place("idle"))
        return ours(house, "benchmarks.idle_graph", "run", form)

    steps = {"start": workshop.start, "idle": idle, "first": first, "unchanged": unchanged}
    costs = interleaved(steps, workshop.rounds, workshop.tell)
    most = costs["start"].cpu + MOST_UNCHANGED
    return Result(
        [
            Line(
                f"`music-assets run`, {WEEKS} weeks of 5,000 songs, with the bundled sandbox: "
                "the first",
                str(costs["first"]),
                bounds=[Bound("CPU s", costs["first"].cpu, MOST_FIRST)],
            ),
            Line(
                "the same, nothing changed; the floor is Dagster alone, a graph of the same form "
                "whose steps do nothing",
                str(costs["unchanged"]),
                str(costs["idle"]),
                bounds=[Bound("CPU s, start + 3", costs["unchanged"].cpu, most)],
            ),
        ]
    )
