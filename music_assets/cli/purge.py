"""`music-assets purge`: removes what is old, what is of a kind, or everything of a person."""

import json
from collections.abc import Sequence
from typing import Any

import click

from music_assets.upkeep.purgeable import KINDS, RAW

WHAT = "Say what goes: --older-than DAYS, --kind KIND, or --everything."


@click.command()
@click.option("--older-than", type=click.IntRange(1), metavar="DAYS", help="Only what is older.")
@click.option(
    "--kind", "kinds", multiple=True, type=click.Choice([*KINDS]),
    help=f"Only this kind, also several; otherwise {', '.join(RAW)}.",
)  # fmt: skip
@click.option("--everything", is_flag=True, help="All that is kept of a person, of whatever age.")
@click.option("--dry-run", is_flag=True, help="Say what would go, and remove nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for a script; asks nothing.")
def purge(
    older_than: int | None,
    kinds: Sequence[str],
    *,
    everything: bool,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Remove what is old, what is of a kind, or everything of a person.

    Asks first, unless it was told an age or --yes. Never removes an ingest that a run will go on
    with, and nothing while a run goes on. The same again goes on where one was stopped.
    """
    if everything and (older_than or kinds):
        raise click.UsageError("--everything goes with neither an age nor a kind.")
    if not (everything or older_than or kinds):
        raise click.UsageError(WHAT)
    asks = not (dry_run or yes or (older_than and not everything))
    if asks and as_json:
        raise click.UsageError("--json asks nothing; add --yes, or --dry-run.")
    # Slow to import.
    from music_assets.cli import purge_steps  # noqa: PLC0415
    from music_assets.cli.configured import in_sentences  # noqa: PLC0415

    with in_sentences(), purge_steps.alone() as house:
        plan = house.all_of_it() if everything else house.old(older_than, kinds or [*RAW])
        if not as_json:
            _tell(plan)
        if asks:
            click.confirm("Remove it? Nothing brings it back.", abort=True)
        left = [] if dry_run else house.carry_out(plan)
    if as_json:
        click.echo(json.dumps({"dry_run": dry_run, **plan.told()}, indent=2))
        return
    click.echo("Nothing was removed." if dry_run else "It is gone.")
    for sentence in left:
        click.echo(sentence)


def _tell(plan: Any) -> None:  # noqa: ANN401
    told = plan.told()
    for kind, counts in told["kinds"].items():
        megabytes = counts["bytes"] / 1e6
        click.echo(f"{kind:<10} {counts['files']:,} files, {megabytes:,.1f} MB")
    for also in told["also"]:
        click.echo(also)
