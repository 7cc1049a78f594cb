"""The `music-assets` command."""

from pathlib import Path

import click
from dotenv import load_dotenv

from music_assets.cli.export import export
from music_assets.cli.figures import figures
from music_assets.cli.follow import follow
from music_assets.cli.listening_import import listening
from music_assets.cli.login import login
from music_assets.cli.run import prepare, run, stream
from music_assets.cli.serve_sandbox import sandbox
from music_assets.cli.show import schema, show_settings
from music_assets.config.redaction import guard_credentials


@click.group()
@click.version_option(package_name="music-assets")
def main() -> None:
    """A music database from the artists you follow on Spotify."""
    # As `dagster dev` does. Variables that are set already keep their value.
    try:
        load_dotenv(Path(".env"))
    except (OSError, ValueError) as error:
        raise click.ClickException(f".env cannot be read: {error}.") from None
    guard_credentials()


COMMANDS = (
    *(login, follow, listening, figures, run, prepare, stream),
    *(export, show_settings, schema, sandbox),
)
for command in COMMANDS:
    main.add_command(command)
