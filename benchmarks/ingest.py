"""How fast albums' tracks are fetched: against one call after the other, and against a limit.

    python -m benchmarks.ingest --calls 2000

Each case asks a sandbox in a process of its own. The second asks under a rolling limit of 300 calls
in 30 seconds, and takes as long as that allows.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

import click
from rich.console import Console
from rich.table import Table

from music_assets.ingest.pacing import MOST_IN_FLIGHT, Pacer
from music_assets.ingest.paging import Pages
from music_assets.resources.spotify import SpotifyClient, SpotifyResource
from music_assets.simulation.catalogue import Catalogue

LATENCY_SECONDS = 0.05
SEQUENTIAL_CALLS = 200
LIMIT, WINDOW_SECONDS = 300, 30.0


@click.command()
@click.option("--calls", default=2_000, show_default=True)
def main(calls: int) -> None:
    """Time both cases."""
    report = Table("case", "calls", "refused", "seconds", "ratio", title="ingest")
    albums = list(Catalogue.fictional(40, calls, calls).albums)
    with _client(calls) as client:
        one = _seconds(lambda: _sequential(client, albums[:SEQUENTIAL_CALLS])) / SEQUENTIAL_CALLS
        pacer = Pacer()
        seconds = _seconds(lambda: _paced(client, pacer, albums))
        ratio = f"{one * calls / seconds:.1f} x faster than one after the other"
        report.add_row("no limit, 50 ms", *_row(pacer, seconds), ratio)
    with _client(calls, "--limit", str(LIMIT), "--window", str(WINDOW_SECONDS)) as client:
        pacer = Pacer()
        seconds = _seconds(lambda: _paced(client, pacer, albums))
        ratio = f"{seconds / (calls / LIMIT * WINDOW_SECONDS):.2f} x calls / limit"
        report.add_row("300 calls in 30 s, 50 ms", *_row(pacer, seconds), ratio)
    Console().print(report)


@contextmanager
def _client(albums: int, *options: str) -> Iterator[SpotifyClient]:
    """A client of a sandbox in a process of its own, where each album has one track."""
    command = [sys.executable, "-W", "ignore", "-m", "music_assets.cli", "sandbox", "--port", "0"]
    command += ["--albums", str(albums), "--tracks", str(albums)]
    command += ["--latency", str(LATENCY_SECONDS), *options]
    environment = os.environ | {"COLUMNS": "300"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as server:
        assert server.stdout is not None
        found = re.search(r"SPOTIFY_API_URL=(\S+)", server.stdout.readline())
        assert found is not None
        resource = SpotifyResource(api_url=found[1], accounts_url=found[1])
        with resource.client() as client:
            yield client
        server.terminate()


def _sequential(client: SpotifyClient, albums: Sequence[str]) -> None:
    for album in albums:
        client.album_tracks(album, limit=50, offset=0)


def _paced(client: SpotifyClient, pacer: Pacer, albums: Sequence[str]) -> None:
    fetch = partial(Pages.album_tracks, Pages(client, pacer))
    with ThreadPoolExecutor(MOST_IN_FLIGHT) as pool:
        for _ in pool.map(fetch, albums):
            pass


def _seconds(run: Callable[[], None]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def _row(pacer: Pacer, seconds: float) -> tuple[str, str, str]:
    return f"{pacer.counts.calls:,}", str(pacer.counts.refusals), f"{seconds:.1f}"


if __name__ == "__main__":
    main()
