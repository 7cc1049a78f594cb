"""`music-assets login`: logs in at Spotify, and gives the token that needs no browser again."""

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
def login(*, paste: bool, listening: bool, save: bool | None) -> None:
    """Log in at Spotify, for runs without a browser.

    Gives a token for SPOTIFY_REFRESH_TOKEN, which lasts six months. Whoever has it, the app's id
    and its secret can read whom you follow, and what you play if you allow it.
    """
    with in_sentences():
        log_in(paste=paste, listening=listening, save=save)


def log_in(*, paste: bool = False, listening: bool = False, save: bool | None = None) -> str:
    """The refresh token of a new login, which is written to .env or shown.

    Args:
        paste: ask for the address that the browser was sent to.
        listening: ask for the right to read what the user plays.
        save: write the token to .env, or show it; None asks the person.

    Raises:
        LoginError: nobody logged in, or Spotify did not accept it.
    """
    with configured("spotify") as spotify:
        token = str(spotify.log_in(paste=paste, listening=listening, ask=click.prompt))
    if save is None:
        save = click.confirm(f"Write it to {ENV} as {VARIABLE}?", default=True)
    if save:
        _write(token)
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
