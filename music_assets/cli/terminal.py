"""The terminal: how a run in this process is shown while it lasts."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.table import Column
from typing_extensions import override

from music_assets.landing.progress import LOGGER, Standing

console = Console()


class Bars(logging.Handler):
    """A bar for each kind of ingest, moved by what `ingest.progress` tells."""

    def __init__(self, progress: Progress) -> None:
        super().__init__()
        self._progress = progress
        self._bars: dict[str, TaskID] = {}

    @override
    def emit(self, record: logging.LogRecord) -> None:
        standing = getattr(record, "standing", None)
        if not isinstance(standing, Standing):
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
    """An ingest's calls, in the few words that stand beside a bar."""
    left = f"{standing.calls_left:,} calls, {standing.seconds_left:,.0f} s left"
    return f"{standing.calls_per_second:,.0f} calls/s, {standing.refusals:,} x 429; {left}"


@contextmanager
def progress(console: Console, title: str) -> Iterator[None]:
    """Shows a title and the ingests' bars while the `with` block lasts, and nothing after it."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=10),
        MofNCompleteColumn(table_column=Column(no_wrap=True)),
        TextColumn("{task.fields[cost]}"),
    )
    with Progress(*columns, console=console, transient=True) as bars:
        bars.add_task(title, total=None, cost="")
        handler, level = Bars(bars), LOGGER.level
        LOGGER.addHandler(handler)
        LOGGER.setLevel(logging.INFO)
        try:
            yield
        finally:
            LOGGER.setLevel(level)
            LOGGER.removeHandler(handler)
