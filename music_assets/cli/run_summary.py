"""The table that `music-assets run` ends with."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from music_assets.cli.outcome import SHOWN, RunOutcome


def summary(outcome: RunOutcome, database: str) -> RenderableType:
    """A table of the steps, and below it the warnings."""
    table = Table(caption=f"The database is {database}", caption_justify="left")
    table.add_column("asset")
    for name in ("rows", *SHOWN, "seconds"):
        table.add_column(name, justify="right")
    for step in outcome.steps:
        counts = [step.rows, *(step.changes.get(name) for name in SHOWN)]
        shown = ["" if count is None else f"{count:,}" for count in counts]
        table.add_row(step.asset, *shown, f"{step.seconds:.2f}")
    total = sum(step.seconds for step in outcome.steps)
    table.add_section()
    table.add_row("all", *[""] * (1 + len(SHOWN)), f"{total:.2f}")
    return Group(table, *(Text(warning, style="yellow") for warning in outcome.warnings))
