"""`music-assets login`: logs in at Spotify, and gives the token that needs no browser again."""

from pathlib import Path

import click
from dotenv import set_key

from music_assets.cli.configured import configured, in_sentences

VARIABLE = "SPOTIFY_REFRESH_TOKEN"
ENV = Path(".env")


@click.command()
@click.option("--paste", is_flag=True, help="Paste the address that the browser was sent to.")
@click.option(
    "--save/--show", default=None, help="Write the token to .env, or show it once; asked otherwise."
)
def login(*, paste: bool, save: bool | None) -> None:
    """Log in at Spotify, for runs without a browser.

    Gives a token for SPOTIFY_REFRESH_TOKEN, which lasts six months. Whoever has it, the app's id
    and its secret can read whom you follow.
    """
    with in_sentences(), configured("spotify") as spotify:
        token = spotify.log_in(paste=paste, ask=click.prompt)
    if save is None:
        save = click.confirm(f"Write it to {ENV} as {VARIABLE}?", default=True)
    if save:
        _write(token)
        click.echo(f"{VARIABLE} is in {ENV}, which only you can read.")
    else:
        click.echo(f"{VARIABLE}={token}")


def _write(token: str) -> None:
    try:
        ENV.touch(mode=0o600)
        ENV.chmod(0o600)
        set_key(ENV, VARIABLE, token)
        ENV.chmod(0o600)
    except OSError as error:
        raise click.ClickException(f"{ENV} cannot be written: {error.strerror}.") from None
