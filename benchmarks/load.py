"""Landing pages of many tracks to the table: seconds of each stage, and the memory at its peak.

python -m benchmarks.load --tracks 600000
"""

import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import polars as pl
from rich.console import Console
from rich.table import Table

from music_assets.database.resource import DatabaseResource
from music_assets.engines.engine import Work
from music_assets.engines.polars import PolarsEngine
from music_assets.landing.pages import to_line
from music_assets.sandbox.world import World
from music_assets.schema import tables
from music_assets.storage.folder import FolderStorage
from music_assets.transforms import catalogue

TRACKS_PER_ALBUM = 12
ALBUMS_PER_PART = 2_000


@click.command()
@click.option("--tracks", default=600_000, show_default=True)
def main(tracks: int) -> None:
    """Time the way from landing pages to the table `tracks`."""
    report = Table("stage", "seconds", "MB at the peak so far", title=f"{tracks:,} tracks")
    with tempfile.TemporaryDirectory() as folder:
        storage = FolderStorage(root=folder)
        albums, parts = _land(storage, tracks)
        size = sum(Path(storage.where(part)).stat().st_size for part in parts) / 1e6
        report.caption = f"{len(parts)} landing files of {size:,.0f} MB in all"
        url = f"sqlite:///{folder}/music.db"
        with DatabaseResource(url=url).process_config_and_initialize_cm() as database:
            database.sync(tables.albums, albums)
            with _timed(report, "transform, to Parquet"):
                work = Work(
                    catalogue.tracks, parts, "processed/rows.parquet", "quarantine/rows.ndjson"
                )
                outcome = PolarsEngine().run(work, storage)
            rows = pl.scan_parquet(storage.where(outcome.path))
            with _timed(report, "sync into an empty table"):
                first = database.sync(tables.tracks, rows)
            with _timed(report, "sync of the same rows again"):
                again = database.sync(tables.tracks, rows)
    assert (first.inserted, again.unchanged) == (tracks, tracks)
    Console().print(report)


def _land(storage: FolderStorage, tracks: int) -> tuple[pl.LazyFrame, list[str]]:
    """The pages of a fictional catalogue's albums, as an ingest writes them."""
    world = World.fictional(artists=200, albums=tracks // TRACKS_PER_ALBUM, tracks=tracks)
    identities = list(world.albums)
    parts = list[str]()
    for start in range(0, len(identities), ALBUMS_PER_PART):
        ids = identities[start : start + ALBUMS_PER_PART]
        pages = ({"requested": each, "items": list(world.album_tracks[each])} for each in ids)
        parts.append(f"landing/tracks/bench/part-{len(parts):05}.ndjson")
        storage.write(parts[-1], b"".join(to_line(page) for page in pages))
    return pl.LazyFrame({"AlbumID": identities}), parts


@contextmanager
def _timed(report: Table, stage: str) -> Iterator[None]:
    started = time.perf_counter()
    yield
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    report.add_row(stage, f"{seconds:.2f}", f"{peak:,.0f}")


if __name__ == "__main__":
    main()
