"""`music-assets listening`: puts listening histories into the inbox."""

from collections.abc import Sequence
from pathlib import Path

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
def import_files(files: Sequence[Path], *, discard: bool) -> None:
    """Check listening histories and put them into the inbox, as they were downloaded.

    Takes Spotify's extended streaming history or account data, the export of ListenBrainz and a CSV
    of Last.fm: a zip, or the files in it.
    """
    refused, put = list[str](), dict[str, Blob]()
    with in_sentences(), configured("storage") as storage:
        for file in files:
            try:
                blob = _checked_and_put(storage, file)
                put[blob.path] = blob
            except IngestError as error:
                refused.append(str(error))
            except OSError as error:
                refused.append(f"{file} cannot be read: {error.strerror}.")
        if discard and put:
            refused += _load_and_discard(storage, list(put.values()))
        elif put:
            click.echo("A running daemon loads them by itself; otherwise call `music-assets run`.")
    if refused:
        raise click.ClickException("\n".join(refused))


def _checked_and_put(storage: StorageResource, file: Path) -> Blob:
    history = read_history(file, str(file), Plays())
    blob = put_history(storage, file)
    click.echo(f"{blob.path}: {_told(history)}.")
    return blob


def _told(history: History) -> str:
    counts = {
        "plays": history.plays,
        "that are no music": history.not_music,
        "that cannot be used": history.quarantined,
        "other files left": history.files_left,
    }
    said = [f"{count:,} {what}" for what, count in counts.items() if count or what == "plays"]
    return ", ".join(said)


def _load_and_discard(storage: StorageResource, put: Sequence[Blob]) -> list[str]:
    """Load what is in the inbox and take the loaded files out; returns what went wrong."""
    # Slow to import, and only needed here.
    from music_assets.cli.running import materialise  # noqa: PLC0415

    try:
        wrong = materialise("listening_job", None).failures
    except IN_SENTENCES as error:
        wrong = [str(error)]
    for blob in put:
        if listening_is_loaded(storage, blob):
            storage.delete(blob.path)
            click.echo(f"{blob.path} is loaded, and no longer in the inbox.")
        else:
            wrong = [*wrong, f"{blob.path} stays in the inbox: its plays are not in the tables."]
    return wrong
