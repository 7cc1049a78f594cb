"""`music-assets quarantine`: the records that could not be used, and judging them again."""

import datetime as dt
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from music_assets.upkeep.rejects import Rejected

#: Records that a person is shown before the rest is counted.
SHOWN = 20


@click.group()
def quarantine() -> None:
    """Look at the records that could not be used, and have them judged again."""


@quarantine.command("list")
@click.option("--asset", default="", help="Only what would have been rows of this.")
@click.option("--reason", default="", help="Only where the reason has this in it.")
@click.option("--source", default="", help="Only what came from a file or address with this in it.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only what was put aside since.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for a script.")
def list_records(
    asset: str, reason: str, source: str, since: dt.datetime | None, *, as_json: bool
) -> None:
    """List the records in quarantine, with the name by which `show` knows each."""
    after = since.replace(tzinfo=dt.UTC) if since else None
    found = [
        each
        for each in _rejects(asset)
        if reason in each.reason
        and source in each.source
        and (after is None or each.written is None or each.written >= after)
    ]
    if as_json:
        click.echo(json.dumps([_told(each) for each in found], indent=2))
        return
    for each in found[:SHOWN]:
        loaded = " (loaded without the value)" if each.usable else ""
        click.echo(f"{each.name}  {each.reason}{loaded}")
    if len(found) > SHOWN:
        click.echo(f"and {len(found) - SHOWN:,} more; --json has them all.")
    if not found:
        click.echo("No such record is in quarantine.")


@quarantine.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for a script.")
def show(name: str, *, as_json: bool) -> None:
    """Show the record with the NAME that `list` gives: its reason, its source, and what it held."""
    found = next((each for each in _rejects(name.partition("/")[0]) if each.name == name), None)
    if found is None:
        raise click.ClickException(
            f"{name} is not in quarantine; `music-assets quarantine list` has the names."
        )
    told = _told(found)
    if as_json:
        click.echo(json.dumps(told, indent=2))
        return
    for member in ("asset", "reason", "source", "written"):
        click.echo(f"{member:<8} {told[member] or 'not known'}")
    click.echo(json.dumps(found.record, indent=2, ensure_ascii=False))


@quarantine.command()
@click.argument("asset")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for a script.")
def replay(asset: str, *, as_json: bool) -> None:
    """Have what landed for ASSET judged again, and forget what it had in quarantine before.

    That is of use after a file was mended, or a parent has come. Files of inboxes are landed again;
    pages of Spotify's and MusicBrainz's are judged as they landed. What is rejected again is in
    quarantine again.
    """
    # Slow to import.
    from music_assets.cli.configured import in_sentences  # noqa: PLC0415
    from music_assets.cli.replaying import judge_again  # noqa: PLC0415

    with in_sentences():
        done = judge_again(asset)
    if as_json:
        click.echo(json.dumps(done, indent=2))
    else:
        click.echo(
            f"{', '.join(done['made'])}: {done['before']:,} records were in quarantine, and "
            f"{done['after']:,} are. `music-assets run` brings marts and report up to date."
        )


def _rejects(asset: str) -> "Iterator[Rejected]":
    from music_assets.cli.configured import in_sentences  # noqa: PLC0415
    from music_assets.cli.outside_runs import existing_storage  # noqa: PLC0415
    from music_assets.config.settings import settings  # noqa: PLC0415
    from music_assets.upkeep.rejects import rejects  # noqa: PLC0415

    with in_sentences(), existing_storage(settings()) as storage:
        yield from rejects(storage, asset)


def _told(record: "Rejected") -> dict[str, Any]:
    return {
        "name": record.name,
        "asset": record.asset,
        "reason": record.reason,
        "source": record.source or None,
        "loaded": record.usable,
        "written": record.written.isoformat(timespec="seconds") if record.written else None,
        "record": record.record,
    }
