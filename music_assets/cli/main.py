"""The `music-assets` command: follow, run, stream, sandbox."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from dotenv import load_dotenv
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from music_assets.database.resource import location
from music_assets.engines.engine import EngineError
from music_assets.landing.follow_inbox import INBOX, put_follow_list, read_follow_list
from music_assets.landing.ingests import IngestError
from music_assets.landing.pages import Page
from music_assets.sandbox.options import SandboxOptions
from music_assets.spotify.session import open_session
from music_assets.spotify.spotify_errors import SpotifyError
from music_assets.storage.blobs import StorageError, StorageResource

console = Console()
COUNT = click.IntRange(min=0)
SECONDS = click.FloatRange(min=0)


@click.group()
@click.version_option(package_name="music-assets")
def main() -> None:
    """A music database from the artists you follow on Spotify."""
    # As `dagster dev` does; what the environment says already stays.
    load_dotenv(Path(".env"))


@main.command()
@click.option(
    "--from-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Put this list into the inbox, after checking it, instead of asking Spotify.",
)
def follow(from_file: Path | None) -> None:
    """Put the list of artists that you follow into the inbox.

    Reads it from Spotify, logging in through the browser, or without one where
    SPOTIFY_REFRESH_TOKEN is set. Without credentials it asks the bundled sandbox.
    """
    with _sentences(), _resource("storage") as storage:
        count = _put_file(storage, from_file) if from_file else _put_spotify(storage)
        click.echo(f"{count} followed artists are in {storage.where(INBOX)}.")


@main.command()
def run() -> None:
    """Materialise the full graph over all weeks, and print what came of it."""
    # Dagster takes seconds to import, and only this command needs all of it.
    from music_assets.cli import running, terminal  # noqa: PLC0415

    with _sentences(), _resource("storage") as storage:
        if storage.find(INBOX) is None:
            # Whoever puts a list there while Spotify is asked has the say.
            count = _put_spotify(storage, if_absent=True)
            click.echo(f"{count} followed artists are in the inbox.")
    with terminal.progress(console, "the full graph"):
        outcome = running.materialise()
    console.print(running.summary(outcome))
    if outcome.failures:
        raise click.ClickException("\n".join(outcome.failures))


@main.command()
@click.option(
    "--continuous/--available-now", default=False, show_default=True,
    help="Go on until interrupted, or end when what is there has been loaded.",
)  # fmt: skip
def stream(*, continuous: bool) -> None:
    """Load the weeks' files in weekly-data/ as they arrive or change, with Spark.

    Takes MUSIC_ENGINE=spark. Checkpoints in the storage remember what was loaded.
    """
    from music_assets.config.settings import settings  # noqa: PLC0415

    if settings().engine != "spark" or settings().spark_remote:
        raise click.ClickException(
            "A stream runs in a Spark of its own; set MUSIC_ENGINE=spark and no SPARK_REMOTE."
        )
    with _sentences(), _resource("storage") as storage, _resource("loader") as loader:
        from music_assets.cli.weekly_stream import StreamStopped, WeeklyStream  # noqa: PLC0415

        try:
            WeeklyStream(loader.engine.session(), storage, click.echo).run(continuous=continuous)
        except StreamStopped as stopped:
            raise click.ClickException(str(stopped)) from None


@main.command("settings")
def show_settings() -> None:
    """Check the environment, and show what is in force. Secrets are not shown."""
    from music_assets.config.settings import Settings, settings  # noqa: PLC0415

    table = Table("variable", "value")
    for name, field in Settings.model_fields.items():
        value = getattr(settings(), name)
        shown = location(value.get_secret_value()) if name == "database_url" else value
        table.add_row(str(field.validation_alias), escape("" if shown is None else str(shown)))
    console.print(table)


@main.command()
@click.option(
    "--dialect", type=click.Choice(["mssql", "sqlite"]), default="sqlite", show_default=True
)
def schema(dialect: str) -> None:
    """Print the SQL that makes an empty database: tables, indexes and views."""
    from music_assets.database import ddl as schemas  # noqa: PLC0415

    click.echo(schemas.schema(dialect), nl=False)


@main.command()
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=8080, show_default=True,
    help="0 takes a free one.",
)  # fmt: skip
@click.option("--artists", type=COUNT, default=40, show_default=True)
@click.option("--albums", type=COUNT, default=500, show_default=True)
@click.option("--tracks", type=COUNT, default=5_000, show_default=True)
@click.option("--seed", default=1, show_default=True, help="Another seed, another catalogue.")
@click.option(
    "--mode", type=click.Choice(["development", "extended"]), default="development",
    show_default=True, help="The kind of Spotify app that is asked: page sizes, fields, batches.",
)  # fmt: skip
@click.option("--limit", type=COUNT, help="Requests in a rolling window; beyond it, 429.")
@click.option(
    "--window",
    type=SECONDS,
    default=30.0,
    show_default=True,
    help="Length of the window, in seconds.",
)
@click.option("--quota", type=COUNT, help="Requests a day; beyond it, 429 for many hours.")
@click.option(
    "--token-seconds",
    type=SECONDS,
    default=3_600.0,
    show_default=True,
    help="Life of access tokens.",
)
@click.option(
    "--latency", type=SECONDS, default=0.0, show_default=True, help="Seconds before each answer."
)
@click.option(
    "--faults",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="Share of calls that go wrong.",
)
def sandbox(port: int, artists: int, albums: int, tracks: int, seed: int, **server: Any) -> None:  # noqa: ANN401
    """Serve a fictional Spotify Web API on this machine, until interrupted."""
    # A web server, which no other command needs.
    from music_assets.sandbox.server import SandboxServer  # noqa: PLC0415
    from music_assets.sandbox.world import Catalogue  # noqa: PLC0415

    options = SandboxOptions(
        mode=server["mode"],
        requests_per_window=server["limit"],
        window_seconds=server["window"],
        daily_quota=server["quota"],
        token_seconds=server["token_seconds"],
        latency_seconds=server["latency"],
        fault_rate=server["faults"],
    )
    try:
        catalogue = Catalogue.fictional(artists, albums, tracks, seed)
        with SandboxServer(catalogue, options, port) as running:
            console.print(
                f"Set SPOTIFY_API_URL={running.url} and SPOTIFY_ACCOUNTS_URL={running.url} to use "
                "it; Ctrl-C stops it.",
                soft_wrap=True,
            )
            while True:
                time.sleep(3_600)
    except ValueError as error:
        raise click.ClickException(f"There is no such catalogue: {error}.") from None
    except OSError as error:
        raise click.ClickException(f"Port {port} cannot be used: {error.strerror}.") from None
    except KeyboardInterrupt:
        console.print("Stopped.")


@contextmanager
def _sentences() -> Iterator[None]:
    """What a user can cause ends in one sentence and exit code 1."""
    try:
        yield
    except (EngineError, IngestError, SpotifyError, StorageError) as error:
        raise click.ClickException(str(error)) from None


@contextmanager
def _resource(name: str) -> Iterator[Any]:
    """A configured resource, outside a run."""
    from music_assets.config.settings import settings  # noqa: PLC0415
    from music_assets.defs.resources import resources  # noqa: PLC0415

    with resources(settings())[name].process_config_and_initialize_cm() as resource:
        yield resource


def _put_file(storage: StorageResource, file: Path) -> int:
    followed = read_follow_list(file.read_bytes(), str(file))
    for reject in followed.rejects:
        click.echo(f"Line {reject.line} is left out: {reject.reason}.", err=True)
    put_follow_list(storage, followed.pages)
    return len(followed.artists)


def _put_spotify(storage: StorageResource, *, if_absent: bool = False) -> int:
    with (
        _resource("spotify") as spotify,
        open_session(spotify, storage, "follow", user=True) as session,
    ):
        session.begin()
        pages = _shown(session.pages.followed_artists())
    count = sum(len(page["items"]) for page in pages)
    if not count:
        raise IngestError("You follow no artist on Spotify, so the inbox stays as it was.")
    put_follow_list(storage, pages, if_absent=if_absent)
    return count


def _shown(pages: Iterator[Page]) -> list[Page]:
    """The pages, with a progress bar while they come."""
    with Progress(console=console, transient=True) as progress:
        bar = progress.add_task("Reading the follow list", total=None)
        taken = []
        for page in pages:
            taken.append(page)
            progress.update(bar, total=page.get("total"), advance=len(page["items"]))
    return taken


if __name__ == "__main__":
    main()
