"""`music-assets sandbox`: a fictional Spotify and its MusicBrainz, on this machine."""

import time
from typing import Any

import click

from music_assets.cli.terminal import console
from music_assets.sandbox.options import FOLLOWING, LISTENING, SandboxOptions

COUNT = click.IntRange(min=0)
SECONDS = click.FloatRange(min=0)


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=8080, show_default=True,
    help="0 takes a free one.",
)  # fmt: skip
@click.option("--artists", type=COUNT, default=40, show_default=True)
@click.option("--albums", type=COUNT, default=500, show_default=True)
@click.option("--tracks", type=COUNT, default=5_000, show_default=True)
@click.option("--seed", default=1, show_default=True, help="Another seed, another catalogue.")
@click.option(
    "--awkward", is_flag=True, help="With names that break careless code, as in the tests.",
)  # fmt: skip
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
    "--lookup-seconds",
    type=SECONDS,
    default=0.0,
    show_default=True,
    help="Seconds in which its MusicBrainz takes one call; beyond it, 503.",
)
@click.option(
    "--faults",
    type=click.FloatRange(0, 1),
    default=0.0,
    show_default=True,
    help="Share of calls that go wrong.",
)
def sandbox(
    port: int,
    artists: int,
    albums: int,
    tracks: int,
    seed: int,
    *,
    awkward: bool,
    **server: Any,  # noqa: ANN401
) -> None:
    """Serve a fictional Spotify Web API, and a MusicBrainz beside it, until interrupted."""
    # Imports a web server, which no other command needs.
    from music_assets.sandbox.server import SandboxServer  # noqa: PLC0415
    from music_assets.sandbox.world import World  # noqa: PLC0415

    options = SandboxOptions(
        mode=server["mode"],
        requests_per_window=server["limit"],
        window_seconds=server["window"],
        daily_quota=server["quota"],
        token_seconds=server["token_seconds"],
        latency_seconds=server["latency"],
        lookup_seconds=server["lookup_seconds"],
        fault_rate=server["faults"],
        scope=f"{FOLLOWING} {LISTENING}",
    )
    try:
        world = World.fictional(artists, albums, tracks, seed, awkward=awkward, current=not awkward)
        with SandboxServer(world, options, port) as running:
            console.print(
                f"Set SPOTIFY_API_URL={running.url} and SPOTIFY_ACCOUNTS_URL={running.url} to use "
                f"it, and MUSICBRAINZ_URL={running.url} with a MUSICBRAINZ_CONTACT for its "
                "MusicBrainz; Ctrl-C stops it.",
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
