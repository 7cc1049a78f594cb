"""Given week files to both facts: by hand, with other tools, and here; then the same again."""

import shutil
from collections.abc import Callable
from pathlib import Path

from benchmarks.lines import Bound, Line, Result, of_peers, times
from benchmarks.measuring import Cost, Step, interleaved
from benchmarks.workshop import (
    Workshop,
    copied_house,
    ended_weeks,
    make_inputs,
    ours,
    peer,
    require_same,
    sums,
)

SONGS, WEEKS = 100_000, 4
ASSETS = "raw_weekly,weekly_streams,weekly_downloads"
MOST_OF_FLOOR, MOST_MEGABYTES, MOST_AGAIN = 1.5, 350, 0.1
#: The tools, with their module, its first argument and the ending of their database.
TOOLS = {
    "DuckDB": ("with_duckdb", "given", ".duckdb"),
    "pandas": ("with_pandas", "given", ".db"),
    "dlt, Arrow": ("with_dlt", "arrow", ".duckdb"),
    "dlt, default": ("with_dlt", "default", ".duckdb"),
}

#: More than ten times as slow as any other.
SLOW = {"dlt, default"}


def result(workshop: Workshop) -> Result:
    """Measure all tools in turn."""
    inputs, songs = workshop.place("given"), workshop.scaled(SONGS)
    make_inputs("given", songs, inputs)
    case = _Case(inputs)
    steps: dict[str, Step] = {
        "by hand": case.by_hand,
        "by hand again": case.by_hand_again,
    }
    for name in TOOLS:
        steps[name] = case.of_tool(name)
    steps |= {
        "start": workshop.start,
        "dlt, Arrow again": case.of_tool("dlt, Arrow", anew=False),
        "ours": case.ours,
        "ours again": case.ours_again,
    }
    costs = interleaved(steps, workshop.rounds, workshop.tell, once=SLOW)
    require_same({name: sums(file, "given") for name, file in case.databases.items()})
    return Result([_first(costs, songs), _again(costs)])


def _first(costs: dict[str, Cost], songs: int) -> Line:
    floor, mine, peers = costs["by hand"], costs["ours"], {name: costs[name] for name in TOOLS}
    cheapest = min(peers, key=lambda name: peers[name].work)
    work = mine.beyond(costs["start"])
    return Line(
        f"{songs:,} songs x {WEEKS} given week files to both facts",
        f"{mine}; {work:.2f} s beyond start",
        str(floor),
        of_peers(peers),
        [
            times(work, floor.work, MOST_OF_FLOOR, "by hand"),
            times(work, peers[cheapest].work, 1.0, f"{cheapest}, the cheapest peer"),
            Bound("MB at the peak", mine.peak, MOST_MEGABYTES),
        ],
    )


def _again(costs: dict[str, Cost]) -> Line:
    start = costs["start"]
    first, again = costs["ours"].beyond(start), costs["ours again"].beyond(start)
    return Line(
        "the same again, nothing changed",
        f"{costs['ours again']}; {again:.2f} s beyond start",
        str(costs["by hand again"]),
        of_peers({"dlt, Arrow": costs["dlt, Arrow again"]}),
        [times(again, first, MOST_AGAIN, "the first run")],
    )


class _Case:
    """The steps, each in a folder of its own, and the databases that they end with."""

    def __init__(self, inputs: Path) -> None:
        self._inputs = inputs
        self._files = inputs / "house" / "storage" / "weekly-data"
        weeks = ended_weeks(WEEKS)
        self._first_week, self._weeks = weeks[0].key, f"{weeks[0].key}...{weeks[-1].key}"
        self.databases: dict[str, Path] = {}

    def by_hand(self) -> Cost:
        self._anew("by hand", ".db")
        return self.by_hand_again()

    def by_hand_again(self) -> Cost:
        database = self.databases["by hand"]
        return peer(database.parent, "by_hand", "given", self._files, database)

    def of_tool(self, name: str, *, anew: bool = True) -> Callable[[], Cost]:
        module, argument, ending = TOOLS[name]

        def run() -> Cost:
            if anew:
                self._anew(name, ending)
            database = self.databases[name]
            return peer(database.parent, module, argument, self._files, database)

        return run

    def ours(self) -> Cost:
        house = copied_house(self._inputs / "house", self._inputs / "ours")
        self.databases["ours"] = house / "music.db"
        return self.ours_again()

    def ours_again(self) -> Cost:
        options = ("--job", "weekly_job", "--assets", ASSETS, "--weeks", self._weeks)
        house = self.databases["ours"].parent
        return ours(house, "benchmarks.worker", *options, MUSIC_FIRST_WEEK=self._first_week)

    def _anew(self, name: str, ending: str) -> None:
        """An empty folder; where a tool writes SQLite, with the database that has the songs."""
        folder = self._inputs / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        self.databases[name] = folder / f"music{ending}"
        if ending == ".db":
            shutil.copy(self._inputs / "floor.db", self.databases[name])
