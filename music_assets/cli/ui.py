"""`music-assets ui`: Dagster's pages and its daemon, over the history of every other command."""

import os
import socket
import sys
from pathlib import Path

import click

from music_assets.config.dagster_home import VARIABLE, dagster_home

CODE = "music_assets.definitions"


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=3000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
def ui(port: int, host: str) -> None:
    """Open Dagster's UI: lineage, runs, sensors and schedules, which are switched on.

    Goes on until interrupted.
    """
    from music_assets.cli.configured import in_sentences  # noqa: PLC0415
    from music_assets.cli.running import history  # noqa: PLC0415
    from music_assets.config.settings import settings  # noqa: PLC0415

    settings()
    _require_free(port, host)
    with in_sentences(), history() as instance:
        click.echo(f"Dagster's history is in {instance.root_directory}.")
    # Its processes read the variable themselves.
    os.environ[VARIABLE] = str(dagster_home())
    os.execv(*server(port, host))  # noqa: S606


def server(port: int, host: str) -> tuple[str, list[str]]:
    """The program that serves the UI, and its arguments."""
    # Beside this Python: the environment need not be activated.
    program = str(Path(sys.executable).with_name("dg"))
    return program, [program, "dev", "-m", CODE, "--port", str(port), "--host", host]


def _require_free(port: int, host: str) -> None:
    """Make sure that the UI can be served.

    Dagster would start its daemon all the same, a second one for the history.

    Raises:
        click.ClickException: the port is taken, or the host is none of this machine's.
    """
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family) as tried:
            # A port that was in use a moment ago is free, as Dagster takes it to be.
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(address)
    except OSError as error:
        raise click.ClickException(
            f"Port {port} of {host} cannot be used: {error.strerror}. If Dagster's UI is open "
            "there already, go on with it; otherwise name another port with --port."
        ) from None
