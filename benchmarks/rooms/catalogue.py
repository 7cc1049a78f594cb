"""A catalogue's landed pages to its six tables, the same again, and its growth."""

import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

from benchmarks.lines import Bound, Growth, Line, Result, of_peers, times
from benchmarks.measuring import Cost, interleaved
from benchmarks.workshop import (
    Workshop,
    copied_house,
    make_inputs,
    ours,
    peer,
    require_same,
    sums,
)

ASSETS = "artists,genres,artist_genres,albums,artist_albums,tracks"
ARTISTS, ALBUMS_EACH, TRACKS_EACH = 1_000, 50, 600
MOST_OF_FLOOR, MOST_MEGABYTES, MOST_AGAIN = 0.7, 600, 0.25
#: Artists, and what each has there: a tenth of the above, so that pages of the largest fit.
SIZES, FEW_ALBUMS_EACH, FEW_TRACKS_EACH = (100, 1_000, 10_000), 5, 60
TOOLS = {
    "by hand": ("by_hand", ".db"),
    "DuckDB": ("with_duckdb", ".duckdb"),
    "pandas": ("with_pandas", ".db"),
}


def result(workshop: Workshop) -> Result:
    """Measure the load by all tools in turn, and again here."""
    inputs = whole_catalogue(workshop)
    databases: dict[str, Path] = {}
    steps = {name: _tool(inputs, name, databases) for name in TOOLS}
    steps |= {
        "start": workshop.start,
        "ours": _load(inputs, databases),
        "ours again": lambda: load(inputs / "ours"),
    }
    costs = interleaved(steps, workshop.rounds, workshop.tell)
    require_same({name: sums(file, "catalogue") for name, file in databases.items()})
    floor, mine, again = costs["by hand"], costs["ours"], costs["ours again"]
    peers = {name: costs[name] for name in ("DuckDB", "pandas")}
    artists, start = workshop.scaled(ARTISTS), costs["start"]
    work, work_again = mine.beyond(start), again.beyond(start)
    first = Line(
        f"catalogue of {artists:,} artists, {artists * ALBUMS_EACH:,} albums, "
        f"{artists * TRACKS_EACH:,} tracks from landed pages to six tables",
        f"{mine}; {work:.2f} s beyond start",
        str(floor),
        of_peers(peers),
        [
            times(work, floor.work, MOST_OF_FLOOR, "by hand (`executemany`)"),
            Bound("MB at the peak", mine.peak, MOST_MEGABYTES),
        ],
    )
    told = f"{again}; {work_again:.2f} s beyond start"
    bound = times(work_again, work, MOST_AGAIN, "the first run")
    return Result([first, Line("the same again", told, bounds=[bound])])


def growth(workshop: Workshop) -> Result:
    """Measure the load of ever more artists."""
    curves: list[tuple[float, float]] = []
    found = []
    for artists in map(workshop.scaled, SIZES):
        inputs = landed(workshop, "artists", artists, FEW_ALBUMS_EACH, FEW_TRACKS_EACH)
        step = {f"{artists:,} artists": _load(inputs, {})}
        [cost] = interleaved(step, workshop.rounds, workshop.tell).values()
        albums, tracks = artists * FEW_ALBUMS_EACH, artists * FEW_TRACKS_EACH
        work = f"{artists:,} artists, {albums:,} albums, {tracks:,} tracks to six tables"
        found.append(Line(work, str(cost)))
        curves.append((artists, cost.cpu))
    label = f"artists, each with {FEW_ALBUMS_EACH} albums and {FEW_TRACKS_EACH} tracks"
    return Result(found, [Growth("artists", label, "CPU seconds", {"first load": curves})])


@cache
def whole_catalogue(workshop: Workshop) -> Path:
    """The folder with the pages of the catalogue that the bounds are about."""
    return landed(workshop, "catalogue", workshop.scaled(ARTISTS), ALBUMS_EACH, TRACKS_EACH)


def landed(workshop: Workshop, name: str, artists: int, albums: int, tracks: int) -> Path:
    """A folder with a house in which the pages of a catalogue have landed."""
    inputs = workshop.place(name)
    workshop.tell(f"{name}: landing {artists * tracks:,} tracks")
    make_inputs("catalogue", artists, artists * albums, artists * tracks, inputs)
    return inputs


def load(house: Path) -> Cost:
    """The cost of loading what has landed."""
    return ours(house, "benchmarks.worker", "--assets", ASSETS)


def _load(inputs: Path, databases: dict[str, Path]) -> Callable[[], Cost]:
    def run() -> Cost:
        house = copied_house(inputs / "house", inputs / "ours")
        databases["ours"] = house / "music.db"
        return load(house)

    return run


def _tool(inputs: Path, name: str, databases: dict[str, Path]) -> Callable[[], Cost]:
    module, ending = TOOLS[name]

    def run() -> Cost:
        folder = inputs / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        databases[name] = folder / f"music{ending}"
        if ending == ".db":
            shutil.copy(inputs / "floor.db", databases[name])
        storage = inputs / "house" / "storage"
        return peer(folder, module, "catalogue", storage, databases[name])

    return run
