"""The terminal: how a run in this process is shown while it lasts."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.table import Column

from music_assets.landing.progress import Standing, watching

console = Console()
#: For what is shown beside an answer that a script reads.
errors = Console(stderr=True)
#: The exit code of a command that Ctrl-C stopped, as shells have it.
INTERRUPTED = 130


class Bars:
    """A bar for each kind of ingest."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._bars: dict[str, TaskID] = {}

    def show(self, standing: Standing | str) -> None:
        """Move the bar of an ingest to its standing, or print a notice above the bars."""
        if isinstance(standing, str):
            self._progress.console.print(standing)
            return
        if standing.kind not in self._bars:
            self._bars[standing.kind] = self._progress.add_task(standing.kind, cost="")
        self._progress.update(
            self._bars[standing.kind],
            completed=standing.done,
            total=standing.total,
            cost=cost(standing),
        )


def cost(standing: Standing) -> str:
    """The calls of an ingest, in the few words beside its bar."""
    left = f"{standing.calls_left:,} calls, {standing.seconds_left:,.0f} s left"
    return f"{standing.calls_per_second:,.0f} calls/s, {standing.refusals:,} x 429; {left}"


@contextmanager
def progress(console: Console, title: str) -> Iterator[None]:
    """Show a title and the ingests' bars while the `with` block lasts, and nothing after it."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=10),
        MofNCompleteColumn(table_column=Column(no_wrap=True)),
        TextColumn("{task.fields[cost]}"),
    )
    with Progress(*columns, console=console, transient=True) as bars:
        bars.add_task(title, total=None, cost="")
        with watching(Bars(bars).show):
            yield
