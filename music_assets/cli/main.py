"""The `music-assets` command."""

from pathlib import Path

import click
from dotenv import load_dotenv

from music_assets.cli.commands import LazyGroup
from music_assets.config.redaction import guard_credentials


@click.group(cls=LazyGroup)
@click.version_option(package_name="music-assets")
def main() -> None:
    """A music database from the artists you follow on Spotify."""
    # As `dg dev` does. Variables that are set already keep their value.
    try:
        load_dotenv(Path(".env"))
    except (OSError, ValueError) as error:
        raise click.ClickException(f".env cannot be read: {error}.") from None
    guard_credentials()
