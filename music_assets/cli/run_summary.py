"""The end of `music-assets run`: a table, the warnings, and where to look."""

import json
from dataclasses import asdict

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from music_assets.cli.outcome import SHOWN, RunOutcome
from music_assets.config.settings import settings
from music_assets.database.resource import location
from music_assets.publishing.front_page import address, front_page
from music_assets.storage.blobs import StorageResource


def places(storage: StorageResource) -> dict[str, str]:
    """Tell where the database and, if it is there, the report's first page are."""
    page = front_page(storage)
    return {
        "database": location(settings().database_url.get_secret_value()),
        **({"report": address(storage, page)} if page else {}),
    }


def summary(outcome: RunOutcome) -> RenderableType:
    """A table of the steps, and below it the warnings."""
    table = Table()
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


def as_json(outcome: RunOutcome, places: dict[str, str]) -> str:
    """The same for a script."""
    return json.dumps({**asdict(outcome), **places}, indent=2)
