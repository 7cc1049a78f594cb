"""The endurance of an ingest: it is killed, and has 100,000 albums to fetch.

    python -m benchmarks.endurance --kills 20 --albums 100000

A run of the full graph is killed (SIGKILL) at random moments and started again each time, until it
ends by itself; its database must be the one of a run that nobody killed. Then the tracks of many
albums are fetched, and of a tenth of them: the memory must not grow and the seconds grow tenfold.
"""

import os
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from benchmarks.server import calls, sandbox_process
from music_assets.landing.fetching import land
from music_assets.landing.kinds import TRACKS
from music_assets.sandbox.world import World
from music_assets.spotify.access import SpotifyResource
from music_assets.spotify.session import open_session
from music_assets.storage.folder import FolderStorage

PACE = 40
#: A process takes some three seconds before it asks for anything.
KILLED_AFTER_SECONDS = (3.0, 10.0)
LOST_SECONDS = 5.0
ARTISTS, TRACKS_PER_ALBUM = 5_000, 4
MOST_MEGABYTES, LEAST_PACE = 250, 0.8


@click.command()
@click.option("--kills", default=20, show_default=True)
@click.option("--albums", default=100_000, show_default=True)
@click.option("--seed", default=1, show_default=True, help="Of the moments.")
@click.option("--asked-for", type=int, hidden=True)
@click.option("--server", hidden=True)
def main(kills: int, albums: int, seed: int, asked_for: int | None, server: str | None) -> None:
    """Measure both."""
    if asked_for and server:
        return _fetch(albums, asked_for, server)
    report = Table("case", "calls", "least", "seconds", "result", "bound", title="endurance")
    random.seed(seed)
    kept = not kills or _killed(report, kills)
    kept = (not albums or _large(report, albums)) and kept
    Console().print(report)
    if not kept:
        raise click.ClickException("A bound is missed.")
    return None


def _killed(report: Table, kills: int) -> bool:
    with (
        tempfile.TemporaryDirectory() as spared,
        tempfile.TemporaryDirectory() as killed,
        sandbox_process(albums=1_500, tracks=6_000, latency=0.02) as url,
    ):
        _run(spared, url).wait()
        least = calls(url).total()
        began, survived = time.perf_counter(), 0
        for _ in range(kills):
            process = _run(killed, url)
            try:
                process.wait(random.uniform(*KILLED_AFTER_SECONDS))
                survived += 1
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        assert _run(killed, url).wait() == 0
        seconds, made = time.perf_counter() - began, calls(url).total() - least
        same = _dump(spared) == _dump(killed)
    most = least + LOST_SECONDS * PACE * (kills - survived)
    name = f"killed {kills - survived} times, {PACE} calls/s"
    told = "the same database" if same else "ANOTHER DATABASE"
    bound = f"the same, <= {most:,.0f} calls"
    report.add_row(name, f"{made:,}", f"{least:,}", f"{seconds:.0f}", told, bound)
    return same and made <= most


def _run(folder: str, url: str) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "MUSIC_STORAGE_URL": f"{folder}/storage",
        "MUSIC_DATABASE_URL": f"sqlite:///{folder}/music.db",
        "MUSIC_FIRST_WEEK": "2026-01-05",
        "SPOTIFY_API_URL": url,
        "SPOTIFY_ACCOUNTS_URL": url,
        "SPOTIFY_REQUESTS_PER_SECOND": str(PACE),
    }
    command = [sys.executable, "-W", "ignore", "-m", "music_assets.cli", "run"]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)


def _dump(folder: str) -> list[str]:
    connection = sqlite3.connect(Path(folder) / "music.db")
    try:
        return list(connection.iterdump())
    finally:
        connection.close()


def _large(report: Table, albums: int) -> bool:
    kept, pace = True, list[float]()
    sizes = {"artists": ARTISTS, "albums": albums, "tracks": albums * TRACKS_PER_ALBUM}
    with sandbox_process(**sizes) as url:
        for asked_for in (albums // 10, albums):
            command = [sys.executable, "-m", "benchmarks.endurance", "--albums", str(albums)]
            command += ["--asked-for", str(asked_for), "--server", url]
            told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
            made, least, seconds, megabytes = told.split()
            pace.append(asked_for / float(seconds))
            result = f"{megabytes} MB above the start; {pace[-1]:,.0f} albums/s"
            bound = f"<= {MOST_MEGABYTES} MB; pace >= {LEAST_PACE:.0%} of the first"
            report.add_row(f"{asked_for:,} albums", made, least, seconds, result, bound)
            kept = kept and float(megabytes) <= MOST_MEGABYTES and int(made) <= 1.01 * int(least)
    return kept and pace[-1] >= LEAST_PACE * pace[0]


def _fetch(albums: int, asked_for: int, server: str) -> None:
    """Fetch the tracks of so many albums; print calls, least calls, seconds and megabytes."""
    world = World.fictional(ARTISTS, albums, albums * TRACKS_PER_ALBUM)
    wanted = {each: len(world.album_tracks[each]) for each in islice(world.albums, asked_for)}
    spotify = SpotifyResource(api_url=server, accounts_url=server)
    with tempfile.TemporaryDirectory() as folder:
        storage, began = FolderStorage(root=folder), time.perf_counter()
        before = _peak_megabytes()
        with open_session(spotify, storage, "benchmark") as session:
            land(storage, session, TRACKS, wanted, run_id="benchmark", tell=lambda _: None)
            made, least = session.made.calls, TRACKS.calls(session.listings, wanted.values())
    seconds = time.perf_counter() - began
    print(made, least, f"{seconds:.1f}", f"{_peak_megabytes() - before:.0f}")


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


if __name__ == "__main__":
    main()
