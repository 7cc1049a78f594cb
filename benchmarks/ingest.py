"""How fast albums' tracks are fetched: against one call after the other, and against limits.

    python -m benchmarks.ingest --calls 2000

The first two cases ask a sandbox in a process of its own: one without limits, and one that takes
300 calls in 30 seconds. In the last two, nobody tells the client that the limit changes half-way.
These take as long as the limits allow, some ten minutes in all.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import click
from rich.console import Console
from rich.table import Table

from benchmarks.server import sandbox_process
from music_assets.ingest.pacing import MOST_IN_FLIGHT, Pacer
from music_assets.ingest.paging import Pages
from music_assets.resources.spotify import SpotifyClient, SpotifyResource
from music_assets.simulation.catalogue import Catalogue
from music_assets.simulation.sandbox import SandboxOptions, SandboxServer

LATENCY_SECONDS = 0.05
SEQUENTIAL_CALLS = 200
LIMIT, LOWER_LIMIT, WINDOW_SECONDS = 300, 150, 30.0


@click.command()
@click.option("--calls", default=2_000, show_default=True)
def main(calls: int) -> None:
    """Time all cases."""
    report = Table("case", "calls", "refused", "seconds", "ratio", title="ingest")
    albums = list(Catalogue.fictional(40, calls, calls).albums)
    known = {"albums": calls, "tracks": calls, "latency": LATENCY_SECONDS}
    with sandbox_process(**known) as url, _client(url) as client:
        one = _seconds(lambda: _sequential(client, albums[:SEQUENTIAL_CALLS])) / SEQUENTIAL_CALLS
        pacer = Pacer()
        seconds = _seconds(lambda: _paced(client, pacer, albums))
        ratio = f"{one * calls / seconds:.1f} x one after the other"
        report.add_row("no limit, 50 ms", *_row(pacer, seconds), ratio)
    limited = known | {"limit": LIMIT, "window": WINDOW_SECONDS}
    with sandbox_process(**limited) as url, _client(url) as client:
        pacer = Pacer()
        seconds = _seconds(lambda: _paced(client, pacer, albums))
        ratio = f"{seconds / (calls / LIMIT * WINDOW_SECONDS):.2f} x calls / limit"
        report.add_row("300 calls in 30 s, 50 ms", *_row(pacer, seconds), ratio)
    half = albums[: calls // 2]
    for before, after in ((LIMIT, LOWER_LIMIT), (LOWER_LIMIT, LIMIT)):
        pacer, seconds = _changing(half, before, after)
        least = len(half) / 2 * WINDOW_SECONDS * (1 / before + 1 / after)
        ratio = f"{seconds / least:.2f} x calls / limits"
        report.add_row(f"first {before}, then {after} in 30 s", *_row(pacer, seconds), ratio)
    Console().print(report)


@contextmanager
def _client(url: str) -> Iterator[SpotifyClient]:
    with SpotifyResource(api_url=url, accounts_url=url).client() as client:
        yield client


def _changing(albums: Sequence[str], before: int, after: int) -> tuple[Pacer, float]:
    """Fetch under a limit that becomes another one after half of the calls."""
    options = SandboxOptions(
        requests_per_window=before, window_seconds=WINDOW_SECONDS, latency_seconds=LATENCY_SECONDS
    )
    catalogue, pacer = Catalogue.fictional(40, len(albums) * 2, len(albums) * 2), Pacer()
    with SandboxServer(catalogue, options) as server, _client(server.url) as client:
        pages = Pages(client, pacer)

        def fetch(album: str) -> None:
            if server.calls.total() >= len(albums) // 2:
                server.options = replace(options, requests_per_window=after)
            pages.album_tracks(album)

        with ThreadPoolExecutor(MOST_IN_FLIGHT) as pool:
            seconds = _seconds(lambda: list(pool.map(fetch, albums)))
        assert server.calls.total() == len(albums)
    return pacer, seconds


def _sequential(client: SpotifyClient, albums: Sequence[str]) -> None:
    for album in albums:
        client.album_tracks(album, limit=50, offset=0)


def _paced(client: SpotifyClient, pacer: Pacer, albums: Sequence[str]) -> None:
    with ThreadPoolExecutor(MOST_IN_FLIGHT) as pool:
        list(pool.map(Pages(client, pacer).album_tracks, albums))


def _seconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def _row(pacer: Pacer, seconds: float) -> tuple[str, str, str]:
    return f"{pacer.counts.calls:,}", str(pacer.counts.refusals), f"{seconds:.1f}"


if __name__ == "__main__":
    main()
