"""`music-assets login`: logs in at Spotify, and gives the token that needs no browser again."""

import json
from functools import partial
from pathlib import Path

import click
from dotenv import set_key

from music_assets.cli.configured import configured, in_sentences

VARIABLE = "SPOTIFY_REFRESH_TOKEN"
ENV = Path(".env")


@click.command()
@click.option("--paste", is_flag=True, help="Paste the address that the browser was sent to.")
@click.option("--listening", is_flag=True, help="Ask for the right to read what you play, too.")
@click.option(
    "--save/--show", default=None, help="Write the token to .env, or show it once; asked otherwise."
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print JSON, for a script; with --save or --show."
)
def login(*, paste: bool, listening: bool, save: bool | None, as_json: bool) -> None:
    """Log in at Spotify, for runs without a browser.

    Gives a token for SPOTIFY_REFRESH_TOKEN, which lasts six months. Whoever has it, the app's id
    and its secret can read whom you follow, and what you play if you allow it.
    """
    if as_json and save is None:
        raise click.UsageError("--json does not ask where the token goes; add --save, or --show.")
    with in_sentences():
        token = log_in(paste=paste, listening=listening, save=save, tell=not as_json)
    if as_json:
        kept = {"file": str(ENV)} if save else {"token": token}
        click.echo(json.dumps({"variable": VARIABLE, **kept}, indent=2))


def log_in(
    *, paste: bool = False, listening: bool = False, save: bool | None = None, tell: bool = True
) -> str:
    """The refresh token of a new login, which is written to .env or shown.

    Args:
        paste: ask for the address that the browser was sent to.
        listening: ask for the right to read what the user plays.
        save: write the token to .env, or show it; None asks the person.
        tell: say on standard output where the token is, or what it is.

    Raises:
        LoginError: nobody logged in, or Spotify did not accept it.
    """
    with configured("spotify") as spotify:
        token = str(
            spotify.log_in(paste=paste, listening=listening, ask=partial(click.prompt, err=True))
        )
    if save is None:
        save = click.confirm(f"Write it to {ENV} as {VARIABLE}?", default=True)
    if save:
        _write(token)
    if not tell:
        return token
    if save:
        click.echo(f"{VARIABLE} is in {ENV}, which only you can read.")
    else:
        click.echo(f"{VARIABLE}={token}")
    return token


def _write(token: str) -> None:
    try:
        ENV.touch(mode=0o600)
        ENV.chmod(0o600)
        set_key(ENV, VARIABLE, token)
        ENV.chmod(0o600)
    except OSError as error:
        raise click.ClickException(f"{ENV} cannot be written: {error.strerror}.") from None
