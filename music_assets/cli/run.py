"""`music-assets run` and `stream`: the full graph once, or the weeks' files as they arrive."""

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import click

from music_assets.cli.configured import configured, in_sentences
from music_assets.cli.follow import put_from_spotify
from music_assets.cli.terminal import INTERRUPTED, console, errors, progress
from music_assets.landing.follow_inbox import require_no_misnamed_list
from music_assets.landing.inboxes import first_of
from music_assets.storage.blobs import StorageResource
from music_assets.storage.fingerprints import forget_all
from music_assets.storage.paths import FOLLOW_LIST
from music_assets.storage.storage_errors import WrittenByAnother


@click.command()
@click.option("--week", "names", multiple=True, help="Only this week, also several: 2026-W47.")
@click.option("--weeks", "ranges", metavar="FIRST..LAST", help="Only these: 2026-W40..2026-W47.")
@click.option("--select", "selection", help="Only these assets, in Dagster's words: 'tracks+'.")
@click.option("--refresh", is_flag=True, help="Ask for everything and make everything anew.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for a script.")
def run(
    names: Sequence[str],
    ranges: str | None,
    selection: str | None,
    *,
    refresh: bool,
    as_json: bool,
) -> None:
    """Materialise the full graph over the weeks that need it, and print one row per asset.

    Weeks are named as 2026-W47, 2026-11-16 or 202647.
    """
    try:
        _run(Wish(names, ranges, selection, refresh=refresh), as_json=as_json)
    except KeyboardInterrupt:
        click.echo("Stopped; run again to go on.", err=True)
        # Threads that wait for Spotify would hold up an ordinary exit. A kill harms nothing.
        os._exit(INTERRUPTED)


@dataclass(frozen=True)
class Wish:
    """The weeks and assets that somebody wants, by their names; all where none is named."""

    names: Sequence[str]
    ranges: str | None
    selection: str | None
    refresh: bool


def _run(wish: Wish, *, as_json: bool) -> None:
    # Slow to import, and no other command needs the definitions.
    from music_assets.cli import run_summary, running, up_to_date  # noqa: PLC0415
    from music_assets.cli.wanted import wanted_assets, wanted_weeks  # noqa: PLC0415

    weeks = wanted_weeks(wish.names, wish.ranges)
    only = wanted_assets(wish.selection)
    with (
        in_sentences(),
        running.history() as instance,
        configured("storage", instance) as storage,
    ):
        _require_a_list(storage)
        if wish.refresh:
            forget_all(storage)
        with progress(errors if as_json else console, "the full graph"):
            if weeks or only:
                outcome = up_to_date.make(instance, weeks, only, refresh=wish.refresh)
            else:
                outcome = up_to_date.bring_up_to_date(instance, refresh=wish.refresh)
        places = run_summary.places(storage)
    if as_json:
        click.echo(run_summary.as_json(outcome, places))
    else:
        console.print(run_summary.summary(outcome))
        for what, where in places.items():
            # In one line, however long: an address that is broken opens nothing.
            click.echo(f"The {what} is {where}")
    if outcome.failures:
        raise click.ClickException("\n".join(outcome.failures))


def _require_a_list(storage: StorageResource) -> None:
    """Put the list of whom the user follows into the inbox, where there is none."""
    if first_of(storage, FOLLOW_LIST) is None:
        require_no_misnamed_list(storage)
        # A list that somebody puts there meanwhile wins.
        with suppress(WrittenByAnother):
            followed = put_from_spotify(storage, if_absent=True)
            click.echo(f"{len(followed.artists)} followed artists are in the inbox.", err=True)


@click.command()
def prepare() -> None:
    """Make Dagster's history ready in DAGSTER_HOME: its tables, and an end for dead runs."""
    from music_assets.cli.running import history  # noqa: PLC0415

    with in_sentences(), history():
        pass


@click.command()
@click.option(
    "--continuous/--available-now", default=False, show_default=True,
    help="Go on until interrupted, or end when the present files have been loaded.",
)  # fmt: skip
def stream(*, continuous: bool) -> None:
    """Load the weeks' files in weekly-data/ as they arrive or change, with Spark.

    Takes MUSIC_ENGINE=spark. Checkpoints in the storage remember what was loaded.
    """
    from music_assets.config.settings import settings  # noqa: PLC0415

    if settings().engine != "spark" or settings().spark_remote:
        raise click.ClickException(
            "A stream runs in a Spark of its own; set MUSIC_ENGINE=spark and no SPARK_REMOTE."
        )
    with in_sentences(), configured("storage") as storage, configured("loader") as loader:
        from music_assets.cli.weekly_stream import StreamStopped, WeeklyStream  # noqa: PLC0415

        try:
            WeeklyStream(loader.engine.session(), storage, click.echo).run(continuous=continuous)
        except StreamStopped as stopped:
            raise click.ClickException(str(stopped)) from None
