"""`music-assets follow`: puts the list of followed artists into the inbox."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import click
from rich.progress import Progress

from music_assets.cli.configured import configured, in_sentences
from music_assets.cli.login import log_in
from music_assets.cli.terminal import errors
from music_assets.landing.follow_files import follow_list_in
from music_assets.landing.follow_inbox import (
    FollowList,
    allow_replacing,
    follow_list_of,
    put_follow_list,
)
from music_assets.landing.ingests import IngestError
from music_assets.spotify.listed_items import total_of
from music_assets.spotify.session import open_session
from music_assets.storage.blobs import StorageResource
from music_assets.storage.paths import FOLLOW_LIST
from music_assets.transforms.rows import Page


@click.command()
@click.option(
    "--replace",
    is_flag=True,
    help="Let this list take away more than half of the artists in the database.",
)
@click.option(
    "--listening",
    is_flag=True,
    help="Log in anew, so that Spotify is asked what you play too, and keep the login.",
)
@click.option(
    "--from-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Put this list into the inbox, after checking it, instead of asking Spotify: pages of "
    "Spotify's, YourLibrary.json or the zip that holds it, or a text of URIs or links.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for a script; asks nothing.")
def follow(from_file: Path | None, *, replace: bool, listening: bool, as_json: bool) -> None:
    """Put the list of artists that you follow into the inbox.

    Reads it from Spotify, logging in through the browser, or without one where
    SPOTIFY_REFRESH_TOKEN is set. Without credentials it asks the bundled sandbox.
    """
    if listening and as_json:
        raise click.UsageError("--json asks nothing; `music-assets login --listening` comes first.")
    with in_sentences(), configured("storage") as storage:
        token = log_in(listening=True) if listening else ""
        followed = (
            _put_from_file(storage, from_file)
            if from_file
            else put_from_spotify(storage, token=token)
        )
        if replace:
            allow_replacing(storage)
        where = storage.where(FOLLOW_LIST)
    if as_json:
        click.echo(json.dumps({"file": where, **_counts(followed)}, indent=2))
    else:
        click.echo(f"{len(followed.artists)} followed artists are in {where}.")


def _counts(followed: FollowList) -> dict[str, object]:
    return {
        "artists": len(followed.artists),
        "of": followed.total,
        "rejected": len(followed.rejects),
        "whole": followed.whole,
    }


def _put_from_file(storage: StorageResource, file: Path) -> FollowList:
    followed = follow_list_in(file)
    _tell(followed)
    put_follow_list(storage, followed.pages)
    return followed


def _tell(followed: FollowList) -> None:
    """Say what is missing of a list, and why."""
    for reject in followed.rejects:
        click.echo(
            f"{followed.unit} {reject.line} is not taken as it is: {reject.reason}.", err=True
        )
    if followed.shortfall:
        click.echo(followed.shortfall, err=True)


def put_from_spotify(
    storage: StorageResource, *, if_absent: bool = False, token: str = ""
) -> FollowList:
    """Replace the list in the inbox by Spotify's answer, and return it.

    What there is to tell goes to standard error.

    Args:
        storage: holds the inbox.
        if_absent: only put a list where there is none.
        token: the refresh token to use, if not that of the environment.

    Raises:
        IngestError: Spotify named nobody.
    """
    with (
        configured("spotify") as spotify,
        open_session(
            spotify.model_copy(update={"refresh_token": token}) if token else spotify,
            storage,
            "follow",
            user=True,
            tell=partial(click.echo, err=True),
        ) as session,
    ):
        session.begin()
        followed = follow_list_of(_shown(session.listings.followed_artists()))
    _tell(followed)
    if not followed.artists:
        told = (
            "named none of the artists that you follow"
            if followed.total
            else "says that you follow nobody"
        )
        raise IngestError(f"Spotify {told}, so the inbox stays as it was.")
    put_follow_list(storage, followed.pages, if_absent=if_absent)
    return followed


def _shown(pages: Iterator[Page]) -> list[Page]:
    """The pages, with a progress bar while they come."""
    hidden = not errors.is_terminal
    with Progress(console=errors, transient=True, disable=hidden) as progress:
        bar = progress.add_task("Reading the follow list", total=None)
        taken = []
        for page in pages:
            taken.append(page)
            progress.update(bar, total=total_of(page), advance=len(page["items"]))
    return taken
