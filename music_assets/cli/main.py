"""The `music-assets` command."""

from pathlib import Path

import click
from dotenv import load_dotenv

from music_assets.cli.follow import follow
from music_assets.cli.run import prepare, run, stream
from music_assets.cli.serve_sandbox import sandbox
from music_assets.cli.show import schema, show_settings


@click.group()
@click.version_option(package_name="music-assets")
def main() -> None:
    """A music database from the artists you follow on Spotify."""
    # As `dagster dev` does. Variables that are set already keep their value.
    load_dotenv(Path(".env"))


for command in (follow, run, prepare, stream, show_settings, schema, sandbox):
    main.add_command(command)
