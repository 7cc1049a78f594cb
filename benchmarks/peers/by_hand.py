"""The floor: the same rows by a script that somebody writes by hand, orjson and `executemany`.

python -m benchmarks.peers.by_hand given|catalogue|listings|plays FOLDER DATABASE
"""

import datetime as dt
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from benchmarks.peers.sqlite_file import load_as_asked
from benchmarks.peers.week_files import FACTS, week_files

FIRST_DAY = {4: "-01-01", 7: "-01", 10: ""}
#: The number of 1970-01-01.
FIRST_ORDINAL = 719_163
NAMED = ("track", "album_artist", "album_album")
PRECISION = {4: "year", 7: "month", 10: "day"}
Item = dict[str, Any]
ALBUMS = "albums (AlbumID, AlbumName, AlbumType, ReleaseDate, ReleaseDatePrecision, TotalTracks)"
TRACKS = "tracks (SongID, TrackNumber, Title, DurationInSeconds, AlbumID)"


def given(folder: Path, connection: sqlite3.Connection) -> None:
    """Replace the weeks of the files in both facts."""
    for week, monday, sunday, songs in week_files(folder):
        source = f"weekly-data/weekly_data_{week // 100}-W{week % 100:02}.json"
        for table, (_, figure) in FACTS.items():
            connection.execute(f"DELETE FROM {table} WHERE WeekID = ?", [week])
            connection.executemany(
                f"INSERT INTO {table} VALUES (?, ?, ?, ?, ?, ?)",
                (
                    (week, song["song_id"], monday, sunday, song["weekly_data"][figure], source)
                    for song in songs
                ),
            )


def catalogue(folder: Path, connection: sqlite3.Connection) -> None:
    """Insert what landed pages hold into the six tables of the catalogue; known rows stay."""
    artists = [item for page in pages(folder, "artists") for item in page["items"]]
    _insert(connection, "artists (ArtistID, Name, Followers)", 3, map(_artist, artists))
    _insert(connection, "genres (Name)", 1, ((name,) for _, name in _genres(artists)))
    connection.executemany(
        "INSERT OR IGNORE INTO artist_genres (ArtistID, GenreID) "
        "SELECT ?, GenreID FROM genres WHERE Name = ?",
        _genres(artists),
    )
    albums = list(pages(folder, "albums"))
    _insert(connection, ALBUMS, 6, (_album(item) for page in albums for item in page["items"]))
    owned = ((page["requested"], item["id"]) for page in albums for item in page["items"])
    _insert(connection, "artist_albums", 2, owned)
    _insert(connection, TRACKS, 5, _tracks(folder))


def listings(folder: Path, connection: sqlite3.Connection) -> None:
    """Read all listings, and look whether they name an album that is not known."""
    listed = {item["id"] for page in pages(folder, "albums") for item in page["items"]}
    known = {row[0] for row in connection.execute("SELECT AlbumID FROM albums")}
    listed -= known


def plays(folder: Path, connection: sqlite3.Connection) -> None:
    """Insert the records of a listening history as songs and plays, in the order of their keys."""
    songs: dict[str, tuple[Any, ...]] = {}
    rows = []
    for file in sorted(folder.glob("*.json")):
        for record in orjson.loads(file.read_bytes()):
            song = record["spotify_track_uri"].rpartition(":")[2]
            if song not in songs:
                songs[song] = (song, *(record[f"master_metadata_{name}_name"] for name in NAMED))
            rows.append(_play(song, record))
    _insert(connection, "listened_songs", 4, iter(sorted(songs.values())))
    rows.sort()
    _insert(connection, "plays", 12, iter(rows))


def _play(song: str, record: Item) -> tuple[Any, ...]:
    moment = dt.datetime.fromisoformat(record["ts"])
    day, text = moment.date(), record["ts"][:10]
    year, week, weekday = day.isocalendar()
    monday = day - dt.timedelta(days=weekday - 1)
    return (
        f"{text} {record['ts'][11:19]}", song, record["ms_played"] / 1000, record["skipped"],
        "spotify", text, moment.hour, year * 100 + week, monday.isoformat(), f"{text[:8]}01",
        f"{text[:5]}01-01", day.toordinal() - FIRST_ORDINAL,
    )  # fmt: skip


def pages(folder: Path, kind: str) -> Iterator[Item]:
    """The landed pages of a kind."""
    for part in sorted(folder.glob(f"landing/{kind}/*/part-*.ndjson")):
        with part.open("rb") as lines:
            yield from map(orjson.loads, lines)


def _insert(
    connection: sqlite3.Connection, table: str, width: int, rows: Iterator[tuple[Any, ...]]
) -> None:
    marks = ", ".join("?" * width)
    connection.executemany(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", rows)


def _artist(item: Item) -> tuple[Any, ...]:
    return item["id"], item["name"], item.get("followers", {}).get("total")


def _genres(artists: list[Item]) -> Iterator[tuple[str, str]]:
    return ((item["id"], name) for item in artists for name in item.get("genres", ()))


def _album(item: Item) -> tuple[Any, ...]:
    date = item["release_date"]
    day, precision = date + FIRST_DAY[len(date)], PRECISION[len(date)]
    return item["id"], item["name"], item["album_type"], day, precision, item["total_tracks"]


def _tracks(folder: Path) -> Iterator[tuple[Any, ...]]:
    for page in pages(folder, "tracks"):
        album = page["requested"]
        for item in page["items"]:
            seconds = round(item["duration_ms"] / 1000, 3)
            yield item["id"], item["track_number"], item["name"], seconds, album


if __name__ == "__main__":
    loads = {"given": given, "catalogue": catalogue, "listings": listings, "plays": plays}
    load_as_asked(loads)
