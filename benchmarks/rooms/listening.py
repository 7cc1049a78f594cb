"""A listening history to the table of plays: by hand, with DuckDB, which keys nothing, and here."""

import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.killed_history import line as killed_line
from benchmarks.lines import Bound, Line, Result, of_peers, times
from benchmarks.measuring import Cost, interleaved
from benchmarks.workshop import Workshop, copied_house, ours, peer, require_same, sums

PLAYS = 1_000_000
ASSETS = "raw_plays,listened_songs,plays"
MOST_OF_DUCKDB, MOST_MEGABYTES = 2.0, 400


def result(workshop: Workshop) -> Result:
    """Measure both in turn, and the same again here."""
    plays, inputs = workshop.scaled(PLAYS), workshop.place("listening")
    make = [sys.executable, "-m", "benchmarks.listened", str(plays), str(inputs)]
    subprocess.run(make, check=True)
    files, house = inputs / "house" / "storage" / "listening", inputs / "ours"

    def by_hand() -> Cost:
        folder = inputs / "by hand"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        shutil.copy(inputs / "floor.db", folder / "music.db")
        return peer(folder, "by_hand", "plays", files, folder / "music.db")

    def duckdb() -> Cost:
        folder = inputs / "duckdb"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return peer(folder, "with_duckdb", "plays", files, folder / "music.duckdb")

    def first() -> Cost:
        copied_house(inputs / "house", house)
        return _load(house)

    costs = interleaved(
        {
            "by hand": by_hand,
            "DuckDB": duckdb,
            "start": workshop.start,
            "ours": first,
            "ours again": lambda: _load(house),
        },
        workshop.rounds,
        workshop.tell,
    )
    loaded = {"by hand": inputs / "by hand", "ours": house}
    require_same({name: sums(each / "music.db", "plays") for name, each in loaded.items()})
    again = Line("the same again", str(costs["ours again"]))
    return Result([_first(costs, plays), again, killed_line(workshop, plays)])


def _first(costs: dict[str, Cost], plays: int) -> Line:
    mine, peers = costs["ours"], {"DuckDB": costs["DuckDB"]}
    work = mine.beyond(costs["start"])
    return Line(
        f"{plays:,} plays in 12 files to listened_songs and plays",
        f"{mine}; {work:.2f} s beyond start",
        str(costs["by hand"]),
        of_peers(peers),
        [
            times(work, peers["DuckDB"].work, MOST_OF_DUCKDB, "DuckDB"),
            Bound("MB at the peak", mine.peak, MOST_MEGABYTES),
        ],
    )


def _load(house: Path) -> Cost:
    """The cost of landing and loading what lies in the inbox."""
    return ours(house, "benchmarks.worker", "--assets", ASSETS)
