"""Landing pages of many tracks to rows, on each engine: seconds, and the memory at the peak.

    python -m benchmarks.engines --tracks 1000000

Each engine works in a process of its own; what its children take, as Spark's JVM, counts too. The
second load of a process has everything warm: the difference is what it costs to start.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from music_assets.engines.engine import Engine, Work
from music_assets.engines.polars import PolarsEngine
from music_assets.landing.pages import to_line
from music_assets.sandbox.world import World
from music_assets.storage.folder import FolderStorage
from music_assets.transforms import catalogue
from music_assets.transforms.rows import Page

TRACKS_PER_ALBUM = 12
ALBUMS_PER_PART = 2_000
SAMPLED_EVERY_SECONDS = 0.1


@click.command()
@click.option("--tracks", default=100_000, show_default=True)
@click.option(
    "--engine", type=click.Choice(["polars", "spark"]), multiple=True, default=["polars", "spark"]
)
@click.option("--loads", default=2, show_default=True, help="In each process.")
@click.option("--landed", type=click.Path(path_type=Path), hidden=True)
def main(tracks: int, engine: tuple[str, ...], loads: int, landed: Path | None) -> None:
    """Time the way from landing pages to rows on each engine."""
    if landed:
        return _work(engine[0], loads, FolderStorage(root=str(landed)))
    report = Table("engine", "load", "seconds", "MB at the peak", title=f"{tracks:,} tracks")
    with tempfile.TemporaryDirectory() as folder:
        size = _land(FolderStorage(root=folder), tracks)
        report.caption = f"landing files of {size / 1e6:,.0f} MB"
        for each in engine:
            seconds, peak = _measured(each, tracks, loads, Path(folder))
            for number, took in enumerate(seconds, start=1):
                report.add_row(each, str(number), f"{took:.1f}", f"{peak / 1e6:,.0f}")
    return Console().print(report)


def _measured(engine: str, tracks: int, times: int, folder: Path) -> tuple[list[float], int]:
    """The seconds of each load, and the largest memory of the process and its children."""
    command = [sys.executable, "-m", "benchmarks.engines", "--engine", engine]
    command += ["--loads", str(times), "--landed", str(folder)]
    with (folder / "seconds").open("w+") as said:
        process = subprocess.Popen(command, stdout=said)
        peak = 0
        while process.poll() is None:
            peak = max(peak, sum(_memory(each) for each in _family(process.pid)))
            time.sleep(SAMPLED_EVERY_SECONDS)
        if process.returncode:
            raise click.ClickException(f"{engine} ended with exit code {process.returncode}.")
        said.seek(0)
        loads = [line.split() for line in said]
        assert {int(rows) for _, rows in loads} == {tracks // TRACKS_PER_ALBUM * TRACKS_PER_ALBUM}
        return [float(seconds) for seconds, _ in loads], peak


def _family(pid: int) -> Iterator[int]:
    yield pid
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in thread.read_text().split():
            yield from _family(int(child))


def _memory(pid: int) -> int:
    """Resident bytes of a process that no other one shares; none where it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    kilobytes = (line.split()[1] for line in status.splitlines() if line.startswith("RssAnon:"))
    return sum(int(each) for each in kilobytes) * 1024


def _work(name: str, loads: int, storage: FolderStorage) -> None:
    """Load the landed tracks, and print the seconds of each load."""
    sources = [blob.path for blob in storage.list("landing/")]
    started = time.perf_counter()
    with _engine(name).process_config_and_initialize_cm() as engine:
        for number in range(loads):
            stem = f"processed/{name}-{number}"
            work = Work(catalogue.tracks, sources, f"{stem}.parquet", f"{stem}.ndjson")
            outcome = engine.run(work, storage)
            click.echo(f"{time.perf_counter() - started} {outcome.accepted}")
            started = time.perf_counter()


def _engine(name: str) -> Engine:
    if name == "polars":
        return PolarsEngine()
    from music_assets.engines.spark import spark_engine  # noqa: PLC0415

    return spark_engine()


def _land(storage: FolderStorage, tracks: int) -> int:
    """Pages of albums as an ingest writes them; their bytes."""
    size, albums = 0, tracks // TRACKS_PER_ALBUM
    pages = list(_patterns())
    for start in range(0, albums, ALBUMS_PER_PART):
        numbers = range(start, min(start + ALBUMS_PER_PART, albums))
        content = b"".join(to_line(_copy(pages[each % len(pages)], each)) for each in numbers)
        storage.write(f"landing/tracks/bench/part-{start // ALBUMS_PER_PART:05}.ndjson", content)
        size += len(content)
    return size


def _patterns() -> Iterator[Page]:
    world = World.fictional(artists=200, albums=1_000, tracks=1_000 * TRACKS_PER_ALBUM)
    tracks = [track for album in world.album_tracks.values() for track in album]
    for start in range(0, len(tracks), TRACKS_PER_ALBUM):
        yield {"items": tracks[start : start + TRACKS_PER_ALBUM]}


def _copy(page: Page, number: int) -> Page:
    """The page as that of another album, with ids of its own."""
    items = [
        item | {"id": f"{position:02}x{number}"} for position, item in enumerate(page["items"])
    ]
    return {"requested": f"album{number}", "items": items}


if __name__ == "__main__":
    main()
