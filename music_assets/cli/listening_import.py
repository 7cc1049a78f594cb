"""`music-assets listening`: puts listening histories into the inbox."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from music_assets.cli.configured import configured, in_sentences
from music_assets.landing.ingests import IngestError
from music_assets.landing.listening_inbox import History, put_history, read_history
from music_assets.landing.play_pages import Plays
from music_assets.loading.asset_kinds import IN_SENTENCES
from music_assets.loading.play_landings import listening_is_loaded
from music_assets.storage.blobs import Blob, StorageResource


@click.group()
def listening() -> None:
    """Listening histories, as people download them."""


@listening.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@click.option(
    "--discard",
    is_flag=True,
    help="Load the plays now, and then take the files out of the inbox again.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for a script.")
def import_files(files: Sequence[Path], *, discard: bool, as_json: bool) -> None:
    """Check listening histories and put them into the inbox, as they were downloaded.

    Takes Spotify's extended streaming history or account data, the export of ListenBrainz and a CSV
    of Last.fm: a zip, or the files in it.
    """
    refused, taken = list[str](), dict[str, Taken]()
    with in_sentences(), configured("storage") as storage:
        for file in files:
            try:
                one = _checked_and_put(storage, file)
                taken[one.blob.path] = one
                if not as_json:
                    click.echo(f"{one.blob.path}: {one.in_words()}.")
            except IngestError as error:
                refused.append(str(error))
            except OSError as error:
                refused.append(f"{file} cannot be read: {error.strerror}.")
        if discard and taken:
            refused += _load_and_discard(storage, list(taken.values()), tell=not as_json)
        elif taken and not as_json:
            click.echo("A running daemon loads them by itself; otherwise call `music-assets run`.")
    if as_json:
        told = [each.told() for each in taken.values()]
        click.echo(json.dumps({"files": told, "refused": refused}, indent=2))
    if refused:
        raise click.ClickException("\n".join(refused))


@dataclass
class Taken:
    """A file of somebody's, where it is in the inbox, and what is in it.

    Attributes:
        discarded: true once its plays are loaded and it is no longer in the inbox.
    """

    file: Path
    blob: Blob
    history: History
    discarded: bool = False

    def in_words(self) -> str:
        """The counts of what is in it."""
        counts = {
            "plays": self.history.plays,
            "that are no music": self.history.not_music,
            "that cannot be used": self.history.quarantined,
            "other files left": self.history.files_left,
        }
        said = [f"{count:,} {what}" for what, count in counts.items() if count or what == "plays"]
        return ", ".join(said)

    def told(self) -> dict[str, Any]:
        """The same for a script."""
        return {
            "file": str(self.file),
            "inbox": self.blob.path,
            "plays": self.history.plays,
            "not_music": self.history.not_music,
            "rejected": self.history.quarantined,
            "files_left": self.history.files_left,
            "discarded": self.discarded,
        }


def _checked_and_put(storage: StorageResource, file: Path) -> Taken:
    history = read_history(file, str(file), Plays())
    return Taken(file, put_history(storage, file), history)


def _load_and_discard(storage: StorageResource, taken: Sequence[Taken], *, tell: bool) -> list[str]:
    """Load what is in the inbox and take the loaded files out; returns what went wrong."""
    # Slow to import, and only needed here.
    from music_assets.cli.running import materialise  # noqa: PLC0415

    try:
        wrong = materialise("listening_job", None).failures
    except IN_SENTENCES as error:
        wrong = [str(error)]
    for each in taken:
        path = each.blob.path
        if listening_is_loaded(storage, each.blob):
            storage.delete(path)
            each.discarded = True
            if tell:
                click.echo(f"{path} is loaded, and no longer in the inbox.")
        else:
            wrong = [*wrong, f"{path} stays in the inbox: its plays are not in the tables."]
    return wrong
