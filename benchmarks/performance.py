"""Every kind of work with a bound: by hand, with other tools, and here.

    python -m benchmarks.performance --only given --rounds 1

Each case is a process of its own, measured from outside. The cases take turns, and the medians of
the rounds count. Ends with 1 if a bound is missed, or if two cases end in other rows.
"""

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from benchmarks.lines import Result
from benchmarks.page import write
from benchmarks.rooms import catalogue, given, listening, marts, new_week, refresh, run, start
from benchmarks.workshop import PEERS, Workshop

ROOMS: dict[str, Callable[[Workshop], Result]] = {
    "start": start.result,
    "given": given.result,
    "new-week": new_week.result,
    "marts": marts.result,
    "run": run.result,
    "catalogue": catalogue.result,
    "refresh": refresh.result,
    "artists": catalogue.growth,
    "listening": listening.result,
}
SIZES = (12, 48, 104, 260, 520)


@click.command()
@click.option("--only", type=click.Choice(list(ROOMS)), multiple=True, help="All unless given.")
@click.option("--rounds", default=5, show_default=True, help="Of each case; their median counts.")
@click.option("--scale", default=1.0, show_default=True, help="Of songs and artists.")
@click.option("--weeks", type=int, multiple=True, default=SIZES, show_default=True)
@click.option("--write", "wanted", is_flag=True, help="Put the results into docs/performance.md.")
def main(
    only: Sequence[str], rounds: int, scale: float, weeks: Sequence[int], *, wanted: bool
) -> None:
    """Measure, and compare with the bounds."""
    if wanted and scale != 1:
        raise click.UsageError("--write takes the sizes that the bounds are about, --scale 1.")
    if not PEERS.exists():
        raise click.ClickException("There is no .venv-peers; make .venv-peers/.installed")
    console, began = Console(stderr=True), time.perf_counter()

    def tell(line: str) -> None:
        console.print(f"{time.perf_counter() - began:6.0f} s  {line}", highlight=False)

    results = dict[str, Result]()
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as folder:
        workshop = Workshop(Path(folder), rounds, scale, tuple(sorted(weeks)), tell)
        for name in only or ROOMS:
            results[name] = ROOMS[name](workshop)
            if wanted:
                write(name, results[name], rounds, list(ROOMS))
    # A file would get 80 columns, which is too few.
    width = None if Console().is_terminal else 180
    Console(width=width).print(_table(results, scale))
    if not all(line.kept for result in results.values() for line in result.lines):
        raise click.ClickException("A bound is missed.")


def _table(results: dict[str, Result], scale: float) -> Table:
    title = "CPU s (wall s, MB at the peak)" + (f", at {scale:g} of the size" if scale != 1 else "")
    table = Table("room", "work", "floor", "peers", "ours", "bounds", "", title=title)
    for name, result in results.items():
        for line in result.lines:
            bounds = "\n".join(map(str, line.bounds))
            table.add_row(name, line.work, line.floor, line.peers, line.ours, bounds, line.outcome)
        table.add_section()
    return table


if __name__ == "__main__":
    main()
