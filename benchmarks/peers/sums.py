"""Counts and sums of the tables that a benchmark has filled, as JSON.

python -m benchmarks.peers.sums DATABASE given|catalogue|plays
"""

import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import duckdb

QUERIES = {
    "given": {
        table: f"SELECT count(*), count(DISTINCT WeekID), count(DISTINCT SongID), "
        f"sum({column}), min(CAST(WeekStartDate AS VARCHAR)), max(CAST(WeekEndDate AS VARCHAR)) "
        f"FROM {table}"
        for table, column in (
            ("weekly_streams", "WeeklyStreams"),
            ("weekly_downloads", "TotalWeeklyDownloads"),
        )
    },
    "catalogue": {
        "artists": "SELECT count(*), count(Name), count(Followers) FROM artists",
        # Names that mean the same are one genre here, and two where nobody compares them.
        "genres": "SELECT count(DISTINCT lower(Name)), min(lower(Name)), max(lower(Name)) "
        "FROM genres",
        "artist_genres": "SELECT count(*), count(DISTINCT ArtistID) FROM artist_genres",
        "albums": "SELECT count(*), count(AlbumName), sum(TotalTracks), "
        "min(CAST(ReleaseDate AS VARCHAR)), max(CAST(ReleaseDate AS VARCHAR)) FROM albums",
        "artist_albums": "SELECT count(*), count(DISTINCT AlbumID) FROM artist_albums",
        "tracks": "SELECT count(*), count(Title), sum(TrackNumber), "
        "CAST(round(sum(DurationInSeconds) * 1000) AS BIGINT), count(DISTINCT AlbumID) FROM tracks",
    },
    "plays": {
        "listened_songs": "SELECT count(*), count(Title), min(SongID), max(AlbumName) "
        "FROM listened_songs",
        "plays": "SELECT count(*), count(DISTINCT SongID), min(EndedAt), max(EndedAt), "
        "CAST(round(sum(SecondsPlayed) * 1000) AS BIGINT), sum(Skipped), sum(LocalHour), "
        "sum(WeekID), min(WeekStartDate), max(MonthStartDate), max(YearStartDate), "
        "sum(DayNumber) FROM plays",
    },
}


def main() -> None:
    """Print them."""
    database, kind = Path(sys.argv[1]), sys.argv[2]
    if database.suffix == ".duckdb":
        with duckdb.connect(str(database), read_only=True) as connection:
            found = connection.execute("SELECT schema_name FROM duckdb_schemas()").fetchall()
            if ("loaded",) in found:
                connection.execute("USE loaded")
            print(
                json.dumps({t: connection.execute(q).fetchone() for t, q in QUERIES[kind].items()})
            )
        return
    with closing(sqlite3.connect(database)) as connection:
        print(json.dumps({t: connection.execute(q).fetchone() for t, q in QUERIES[kind].items()}))


if __name__ == "__main__":
    main()
