"""DuckDB: `read_json` into tables with primary keys.

python -m benchmarks.peers.with_duckdb given|catalogue|plays FOLDER DATABASE
"""

import sys
from pathlib import Path

import duckdb

from benchmarks.notes import note_beginning
from benchmarks.peers.week_files import FACTS

FACT = """
CREATE TABLE IF NOT EXISTS {table} (
    WeekID INTEGER, SongID VARCHAR, WeekStartDate DATE NOT NULL, WeekEndDate DATE NOT NULL,
    {column} BIGINT NOT NULL, PRIMARY KEY (WeekID, SongID)
)
"""
SONGS = """
CREATE TEMPORARY TABLE given AS
SELECT each.song_id AS SongID, each.weekly_data AS figures, each.weekly_data.week AS WeekID,
    strptime(WeekID // 100 || '-W' || lpad(WeekID % 100 || '', 2, '0') || '-1', '%G-W%V-%u')::DATE
        AS Monday
FROM (
    SELECT unnest(songs) AS each FROM read_json(
        ?, maximum_object_size = 1000000000, columns = {
            songs: 'STRUCT(song_id VARCHAR, weekly_data STRUCT(week INTEGER,
                total_weekly_streams BIGINT, total_weekly_downloads BIGINT))[]'
        }
    )
)
"""
TABLES = """
CREATE TABLE IF NOT EXISTS artists (ArtistID VARCHAR PRIMARY KEY, Name VARCHAR, Followers BIGINT);
CREATE TABLE IF NOT EXISTS genres (GenreID INTEGER PRIMARY KEY, Name VARCHAR UNIQUE NOT NULL);
CREATE TABLE IF NOT EXISTS artist_genres (
    ArtistID VARCHAR, GenreID INTEGER, PRIMARY KEY (ArtistID, GenreID));
CREATE TABLE IF NOT EXISTS albums (
    AlbumID VARCHAR PRIMARY KEY, AlbumName VARCHAR, AlbumType VARCHAR, ReleaseDate DATE,
    ReleaseDatePrecision VARCHAR, TotalTracks INTEGER);
CREATE TABLE IF NOT EXISTS artist_albums (
    ArtistID VARCHAR, AlbumID VARCHAR, PRIMARY KEY (ArtistID, AlbumID));
CREATE TABLE IF NOT EXISTS tracks (
    SongID VARCHAR PRIMARY KEY, TrackNumber INTEGER, Title VARCHAR, DurationInSeconds DOUBLE,
    AlbumID VARCHAR NOT NULL);
"""
#: The members of the items of each kind of page.
ITEMS = {
    "artists": "id VARCHAR, name VARCHAR, followers STRUCT(total BIGINT), genres VARCHAR[]",
    "albums": "id VARCHAR, name VARCHAR, album_type VARCHAR, release_date VARCHAR, "
    "total_tracks INTEGER",
    "tracks": "id VARCHAR, name VARCHAR, track_number INTEGER, duration_ms BIGINT",
}
LOADS = """
INSERT OR REPLACE INTO artists SELECT DISTINCT ON (id) id, name, followers.total
    FROM landed_artists;
INSERT OR IGNORE INTO genres SELECT row_number() OVER (), genre
    FROM (SELECT DISTINCT unnest(genres) AS genre FROM landed_artists);
INSERT OR IGNORE INTO artist_genres SELECT DISTINCT a.id, g.GenreID
    FROM (SELECT id, unnest(genres) AS genre FROM landed_artists) AS a
    JOIN genres AS g ON g.Name = a.genre;
INSERT OR REPLACE INTO albums SELECT DISTINCT ON (id) id, name, album_type,
    left(release_date || '-01-01', 10)::DATE,
    CASE length(release_date) WHEN 4 THEN 'year' WHEN 7 THEN 'month' ELSE 'day' END, total_tracks
    FROM landed_albums;
INSERT OR IGNORE INTO artist_albums SELECT DISTINCT requested, id FROM landed_albums;
INSERT OR REPLACE INTO tracks SELECT DISTINCT ON (id) id, track_number, name,
    round(duration_ms / 1000, 3), requested FROM landed_tracks;
"""


def given(folder: Path, connection: duckdb.DuckDBPyConnection) -> None:
    """Insert the songs of the files into both facts, or replace them."""
    connection.execute(SONGS, [str(folder / "*.json")])
    for table, (column, figure) in FACTS.items():
        connection.execute(FACT.format(table=table, column=column))
        connection.execute(
            f"INSERT OR REPLACE INTO {table} SELECT WeekID, SongID, Monday, Monday + 6, "
            f"figures.{figure} FROM given"
        )


def catalogue(folder: Path, connection: duckdb.DuckDBPyConnection) -> None:
    """Insert what landed pages hold into the six tables of the catalogue, or replace it."""
    connection.execute(TABLES)
    for kind, members in ITEMS.items():
        connection.execute(
            f"CREATE TEMPORARY VIEW landed_{kind} AS SELECT requested, item.* FROM ("
            "SELECT requested, unnest(items) AS item FROM read_json("
            f"'{folder}/landing/{kind}/*/part-*.ndjson', format = 'newline_delimited', "
            f"columns = {{requested: 'VARCHAR', items: 'STRUCT({members})[]'}}))"
        )
    connection.execute(LOADS)


def plays(folder: Path, connection: duckdb.DuckDBPyConnection) -> None:
    """Read the records of a listening history into one table, as they are and without a key."""
    connection.execute(
        "CREATE TABLE plays AS SELECT ts AS EndedAt, spotify_track_uri AS SongID, ms_played / 1000 "
        "AS SecondsPlayed, skipped AS Skipped, master_metadata_track_name AS Title, "
        "master_metadata_album_artist_name AS ArtistName, master_metadata_album_album_name "
        "AS AlbumName FROM read_json(?)",
        [str(folder / "*.json")],
    )


def main() -> None:
    """Load in one transaction."""
    note_beginning()
    kind, folder, database = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    with duckdb.connect(database) as connection:
        connection.begin()
        {"given": given, "catalogue": catalogue, "plays": plays}[kind](folder, connection)
        connection.commit()


if __name__ == "__main__":
    main()
