"""The pace at which albums' tracks land: against one call after the other, and against limits.

    python -m benchmarks.ingest --calls 2000

The first two cases ask a sandbox in a process of its own: one without limits, and one that takes
300 calls in 30 seconds. In the last two, nobody tells the client that the limit changes half-way.
These take as long as the limits allow, some ten minutes in all. Ends with 1 if a bound is missed.
"""

import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import replace

import click
from rich.console import Console
from rich.table import Table

from benchmarks.server import sandbox_process
from music_assets.calls.counts import Counts
from music_assets.landing.fetching import land
from music_assets.landing.kinds import TRACKS
from music_assets.sandbox.server import SandboxOptions, SandboxServer
from music_assets.sandbox.world import World
from music_assets.spotify.access import SpotifyResource
from music_assets.spotify.session import open_session
from music_assets.storage.folder import FolderStorage

LATENCY_SECONDS = 0.05
SEQUENTIAL_CALLS = 200
LIMIT, LOWER_LIMIT, WINDOW_SECONDS = 300, 150, 30.0
FASTER, SLOWER, SLOWER_AT_A_CHANGE, REFUSED = 12, 1.08, 1.25, 0.01


@click.command()
@click.option("--calls", default=2_000, show_default=True)
def main(calls: int) -> None:
    """Time all cases."""
    report = Table("case", "calls", "429", "seconds", "ratio", "bound", title="ingest")
    kept = [_unlimited(report, calls), _limited(report, calls)]
    for before, after in ((LIMIT, LOWER_LIMIT), (LOWER_LIMIT, LIMIT)):
        kept.append(_changing(report, calls // 2, before, after))
    Console().print(report)
    if not all(kept):
        raise click.ClickException("A bound is missed.")


def _unlimited(report: Table, calls: int) -> bool:
    with sandbox_process(albums=calls, tracks=calls, latency=LATENCY_SECONDS) as url:
        albums = list(World.fictional(40, calls, calls).albums)
        one = _sequential_seconds(url, albums[:SEQUENTIAL_CALLS]) / SEQUENTIAL_CALLS
        made, seconds = _landed(url, albums)
    ratio = one * calls / seconds
    told = f"{ratio:.1f} x one after the other"
    report.add_row("no limit, 50 ms", *_row(made, seconds), told, f">= {FASTER}")
    return ratio >= FASTER


def _limited(report: Table, calls: int) -> bool:
    limit = {"limit": LIMIT, "window": WINDOW_SECONDS, "latency": LATENCY_SECONDS}
    with sandbox_process(albums=calls, tracks=calls, **limit) as url:
        made, seconds = _landed(url, list(World.fictional(40, calls, calls).albums))
    ratio = seconds / (calls / LIMIT * WINDOW_SECONDS)
    name, told = f"{LIMIT} calls in 30 s, 50 ms", f"{ratio:.2f} x calls / limit"
    report.add_row(name, *_row(made, seconds), told, f"<= {SLOWER}, 429 <= {REFUSED:.0%}")
    return ratio <= SLOWER and made.refusals <= REFUSED * calls


def _changing(report: Table, calls: int, before: int, after: int) -> bool:
    """A limit that becomes another one after half of the calls."""
    options = SandboxOptions(
        requests_per_window=before, window_seconds=WINDOW_SECONDS, latency_seconds=LATENCY_SECONDS
    )
    world = World.fictional(40, calls, calls)
    with SandboxServer(world, options) as server:
        later = replace(options, requests_per_window=after)
        watch = threading.Thread(target=_change_half_way, args=(server, calls // 2, later))
        watch.start()
        made, seconds = _landed(server.url, list(world.albums))
        watch.join()
    ratio = seconds / (calls / 2 * WINDOW_SECONDS * (1 / before + 1 / after))
    name, told = f"first {before}, then {after} in 30 s", f"{ratio:.2f} x calls / limits"
    report.add_row(name, *_row(made, seconds), told, f"<= {SLOWER_AT_A_CHANGE}")
    return ratio <= SLOWER_AT_A_CHANGE


def _change_half_way(server: SandboxServer, calls: int, options: SandboxOptions) -> None:
    while server.calls.total() < calls:
        time.sleep(0.01)
    server.options = options


def _sequential_seconds(url: str, albums: Sequence[str]) -> float:
    with SpotifyResource(api_url=url, accounts_url=url).client() as client:
        started = time.perf_counter()
        for album in albums:
            client.album(album)
        return time.perf_counter() - started


def _landed(url: str, albums: Sequence[str]) -> tuple[Counts, float]:
    """Land albums' tracks, of which each has one page; the calls made, and seconds."""
    spotify = SpotifyResource(api_url=url, accounts_url=url)
    with tempfile.TemporaryDirectory() as folder:
        storage = FolderStorage(root=folder)
        with open_session(spotify, storage, "benchmark") as session:
            started, wanted = time.perf_counter(), dict.fromkeys(albums, 1)
            manifest, _ = land(
                storage, session, TRACKS, wanted, run_id="benchmark", tell=lambda _: None
            )
            assert manifest.complete
            return session.made, time.perf_counter() - started


def _row(made: Counts, seconds: float) -> tuple[str, str, str]:
    return f"{made.calls:,}", str(made.refusals), f"{seconds:.1f}"


if __name__ == "__main__":
    main()
