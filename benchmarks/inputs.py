"""The inputs of the benchmarks, made in a process of their own; the same each time.

python -m benchmarks.inputs given SONGS FOLDER
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from itertools import islice
from pathlib import Path

import click
import numpy as np
import polars as pl

from benchmarks.workshop import empty_house, ended_weeks
from music_assets.database.resource import DatabaseResource
from music_assets.landing.follow_inbox import land_follow_list, put_follow_list
from music_assets.landing.ingests import Manifest, close, write_part
from music_assets.landing.pages import to_line
from music_assets.sandbox.answers import ApiRequest, album, album_tracks, artist_albums, following
from music_assets.sandbox.naming import Ids
from music_assets.sandbox.options import FOLLOWING, Mode
from music_assets.sandbox.world import World
from music_assets.schema import tables
from music_assets.spotify.listed_items import first_page_of
from music_assets.storage import paths
from music_assets.storage.dated_folders import new_folder
from music_assets.storage.folder import FolderStorage
from music_assets.transforms.rows import Page
from music_assets.weeks import Week

RUN = "benchmark"
SPOTIFY = "https://api.spotify.com"
TRACKS_PER_ALBUM = 12
GIVEN_WEEKS = 4
PAGES_PER_PART = 2_000
OWN_ALBUMS = "album,single,compilation"


@click.group()
def main() -> None:
    """Make inputs."""


@main.command()
@click.argument("songs", type=int)
@click.argument("folder", type=click.Path(path_type=Path))
def given(songs: int, folder: Path) -> None:
    """A house with songs and a file for each of some weeks, and the same database for others."""
    house = empty_house(folder / "house")
    ids = Ids(1, "track")
    track_ids = sorted(ids.at(number) for number in range(songs))
    with _database(house) as database:
        album_ids = [f"album{number:07}" for number in range(songs // TRACKS_PER_ALBUM + 1)]
        database.sync(tables.albums, pl.LazyFrame({"AlbumID": album_ids}))
        owners = [album_ids[number // TRACKS_PER_ALBUM] for number in range(songs)]
        tracks = pl.LazyFrame({"SongID": track_ids, "Title": track_ids, "AlbumID": owners})
        database.sync(tables.tracks, tracks)
    storage = FolderStorage(root=str(house / "storage"))
    for week in ended_weeks(GIVEN_WEEKS):
        storage.write(paths.weekly_file(week), _figures(track_ids, week))
    _without_triggers(house / "music.db", folder / "floor.db")


@main.command()
@click.argument("house", type=click.Path(path_type=Path))
@click.argument("monday")
def week(house: Path, monday: str) -> None:
    """The file of a week in a house, with a figure for each of its songs."""
    with closing(sqlite3.connect(house / "music.db")) as connection:
        songs = [row[0] for row in connection.execute("SELECT SongID FROM tracks ORDER BY 1")]
    of, storage = Week.from_key(monday), FolderStorage(root=str(house / "storage"))
    storage.write(paths.weekly_file(of), _figures(songs, of))


@main.command()
@click.argument("artists", type=int)
@click.argument("albums", type=int)
@click.argument("tracks", type=int)
@click.argument("folder", type=click.Path(path_type=Path))
def catalogue(artists: int, albums: int, tracks: int, folder: Path) -> None:
    """A house in which the pages of a catalogue have landed, and an empty database for others."""
    house, world = empty_house(folder / "house"), World.fictional(artists, albums, tracks)
    storage = FolderStorage(root=str(house / "storage"))
    put_follow_list(storage, list(_follow_list(world)))
    land_follow_list(storage, RUN)
    _land(storage, "albums", _listings(world, [each["id"] for each in world.followed], "artists"))
    _land(storage, "tracks", _listings(world, list(world.albums), "albums"))
    make_databases(house, folder)


def make_databases(house: Path, folder: Path) -> None:
    """An empty database in a house, and the same one for others in a folder, as `floor.db`."""
    with _database(house):
        pass
    _without_triggers(house / "music.db", folder / "floor.db")


def _database(house: Path) -> AbstractContextManager[DatabaseResource]:
    url = f"sqlite:///{house}/music.db"
    return DatabaseResource(url=url).process_config_and_initialize_cm()


def _figures(songs: Sequence[str], week: Week) -> bytes:
    """A week's file: figures that are the same for the same week."""
    drawn = np.random.default_rng(week.week_id)
    streams = drawn.integers(100_000, 1_000_000, len(songs)).tolist()
    downloads = drawn.integers(10_000, 100_000, len(songs)).tolist()
    listed = [
        {
            "song_id": song,
            "weekly_data": {
                "week": week.week_id,
                "total_weekly_streams": streamed,
                "total_weekly_downloads": downloaded,
            },
        }
        for song, streamed, downloaded in zip(songs, streams, downloads, strict=True)
    ]
    return json.dumps({"songs": listed}).encode()


def _without_triggers(source: Path, target: Path) -> None:
    """Copy a database, but for the triggers that only the project needs."""
    with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(target)) as there:
        here.backup(there)
        names = there.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in names:
            there.execute(f'DROP TRIGGER "{name}"')


def _request(
    world: World, spotify_id: str, query: Mapping[str, str], mode: Mode = "development"
) -> ApiRequest:
    return ApiRequest(world, mode, frozenset({FOLLOWING}), SPOTIFY, spotify_id, query, 0.0)


def _follow_list(world: World) -> Iterator[Page]:
    """The follow list with its genres, which only an app in extended mode is told."""
    after: Mapping[str, str] = {}
    while True:
        query = {"type": "artist", "limit": "50", **after}
        page = following(_request(world, "", query, "extended"))["artists"]
        yield page
        if page["next"] is None:
            return
        after = {"after": page["cursors"]["after"]}


def _listings(world: World, ids: Sequence[str], kind: str) -> Iterator[Page]:
    """All pages of the albums of artists, or of the tracks of albums."""
    ask, limit = {"artists": (artist_albums, 10), "albums": (album_tracks, 50)}[kind]
    kept = {"include_groups": OWN_ALBUMS} if kind == "artists" else {}
    for each in ids:
        offset, total = 0, 1
        while offset < total:
            query = {"limit": str(limit), "offset": str(offset), **kept}
            comes_along = kind == "albums" and not offset
            whole = (album if comes_along else ask)(_request(world, each, query))
            page = first_page_of(whole) if comes_along else whole
            offset, total = offset + limit, page["total"]
            more = {"continued": offset} if offset < total else {}
            yield {**page, "requested": each, **more}


def _land(storage: FolderStorage, kind: str, pages: Iterator[Page]) -> None:
    """Write pages as an ingest does, and close it."""
    folder, manifest = new_folder(storage, paths.ingests(kind), RUN), Manifest()
    while part := list(islice(pages, PAGES_PER_PART)):
        write_part(storage, folder, RUN, [to_line(page) for page in part], [])
        manifest.add(part)
    close(storage, folder, manifest)


if __name__ == "__main__":
    main()
