"""pandas: frames out of JSON, `to_sql` into tables with keys.

python -m benchmarks.peers.with_pandas given|catalogue FOLDER DATABASE
"""

import sqlite3
from pathlib import Path

import pandas as pd

from benchmarks.peers.by_hand import pages
from benchmarks.peers.sqlite_file import load_as_asked
from benchmarks.peers.week_files import FACTS, week_files


def given(folder: Path, connection: sqlite3.Connection) -> None:
    """Append the weeks of the files to both facts."""
    for week, monday, sunday, songs in week_files(folder):
        frame = pd.json_normalize(songs)
        for table, (column, figure) in FACTS.items():
            rows = pd.DataFrame(
                {
                    "WeekID": week,
                    "SongID": frame["song_id"],
                    "WeekStartDate": monday,
                    "WeekEndDate": sunday,
                    column: frame[f"weekly_data.{figure}"],
                }
            )
            rows.to_sql(table, connection, if_exists="append", index=False)


def catalogue(folder: Path, connection: sqlite3.Connection) -> None:
    """Append what landed pages hold to the six tables of the catalogue."""
    artists = pd.json_normalize(list(pages(folder, "artists")), "items")
    listed = artists[["id", "genres"]].explode("genres").dropna()
    names = pd.DataFrame({"Name": listed["genres"].drop_duplicates()})
    names.insert(0, "GenreID", range(1, len(names) + 1))
    links = listed.merge(names, left_on="genres", right_on="Name")
    named = {"id": "ArtistID", "name": "Name", "followers.total": "Followers"}
    _append(connection, "artists", artists, named, "ArtistID")
    _append(connection, "genres", names, {"GenreID": "GenreID", "Name": "Name"}, "Name")
    linked = {"id": "ArtistID", "GenreID": "GenreID"}
    _append(connection, "artist_genres", links, linked, ["ArtistID", "GenreID"])
    albums = pd.json_normalize(list(pages(folder, "albums")), "items", ["requested"])
    length = albums["release_date"].str.len()
    albums["precision"] = length.map({4: "year", 7: "month", 10: "day"})
    albums["day"] = albums["release_date"] + length.map({4: "-01-01", 7: "-01", 10: ""})
    named = {
        "id": "AlbumID",
        "name": "AlbumName",
        "album_type": "AlbumType",
        "day": "ReleaseDate",
        "precision": "ReleaseDatePrecision",
        "total_tracks": "TotalTracks",
    }
    _append(connection, "albums", albums, named, "AlbumID")
    owned = {"requested": "ArtistID", "id": "AlbumID"}
    _append(connection, "artist_albums", albums, owned, ["ArtistID", "AlbumID"])
    tracks = pd.json_normalize(list(pages(folder, "tracks")), "items", ["requested"])
    tracks["seconds"] = (tracks["duration_ms"] / 1000).round(3)
    named = {
        "id": "SongID",
        "track_number": "TrackNumber",
        "name": "Title",
        "seconds": "DurationInSeconds",
        "requested": "AlbumID",
    }
    _append(connection, "tracks", tracks, named, "SongID")


def _append(
    connection: sqlite3.Connection,
    table: str,
    frame: pd.DataFrame,
    names: dict[str, str],
    key: str | list[str],
) -> None:
    rows = frame[list(names)].rename(columns=names).drop_duplicates(key)
    rows.to_sql(table, connection, if_exists="append", index=False)


if __name__ == "__main__":
    load_as_asked({"given": given, "catalogue": catalogue})
