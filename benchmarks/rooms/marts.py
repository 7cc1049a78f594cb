"""Each mart for the newest week, as a BI tool asks, against the tables asked by hand."""

import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from statistics import median

from benchmarks.histories import with_weeks
from benchmarks.lines import Bound, Line, Result
from benchmarks.workshop import Workshop

WEEKS = 260
MOST_MILLISECONDS = 100
NEWEST = "SELECT max(WeekID) FROM weekly_streams"
ALL_SONGS = (
    "FROM weekly_streams AS s JOIN weekly_downloads AS d USING (WeekID, SongID) "
    "JOIN tracks AS t USING (SongID) "
)
#: What a person would ask the tables of the catalogue and the facts for, without the marts.
BY_HAND = {
    "album_performance": "SELECT AlbumID, sum(Streams), sum(Downloads) FROM weekly_album_totals "
    "WHERE AlbumID IN (SELECT AlbumID FROM weekly_album_totals WHERE WeekID = ?) GROUP BY AlbumID",
    "genre_trends": "SELECT GenreID, sum(WeeklyStreams), sum(TotalWeeklyDownloads) "
    f"{ALL_SONGS} JOIN (SELECT DISTINCT AlbumID, GenreID FROM artist_albums "
    "JOIN artist_genres USING (ArtistID)) USING (AlbumID) WHERE WeekID = ? GROUP BY GenreID",
    "top_tracks": "SELECT SongID, Title, AlbumName, WeeklyStreams, TotalWeeklyDownloads "
    f"{ALL_SONGS} JOIN albums USING (AlbumID) WHERE WeekID = ? "
    "ORDER BY WeeklyStreams DESC, SongID LIMIT 100",
    "weekly_artist_totals": "SELECT ArtistID, sum(WeeklyStreams), sum(TotalWeeklyDownloads) "
    f"{ALL_SONGS} JOIN artist_albums USING (AlbumID) WHERE WeekID = ? GROUP BY ArtistID",
    "weekly_movers": "SELECT n.SongID, n.WeeklyStreams - o.WeeklyStreams FROM weekly_streams AS n "
    "JOIN weekly_streams AS o ON o.SongID = n.SongID AND o.WeekID = "
    "(SELECT max(WeekID) FROM weekly_streams WHERE WeekID < n.WeekID) WHERE n.WeekID = ? "
    "ORDER BY abs(n.WeeklyStreams - o.WeeklyStreams) DESC, n.SongID LIMIT 100",
    "weekly_totals": "SELECT count(*), sum(WeeklyStreams), sum(TotalWeeklyDownloads) "
    f"{ALL_SONGS} WHERE WeekID = ?",
}


def result(workshop: Workshop) -> Result:
    """Time the queries, each on a connection of its own."""
    size = max((each for each in workshop.sizes if each <= WEEKS), default=workshop.sizes[0])
    database = with_weeks(workshop, size) / "music.db"
    with closing(sqlite3.connect(database)) as connection:
        [week] = connection.execute(NEWEST).fetchone()
        queries = {name: _of_mart(connection, name) for name in BY_HAND}
    taken = dict[str, list[float]]()
    for _ in range(workshop.rounds):
        for name, by_hand in BY_HAND.items():
            for query in (by_hand, queries[name]):
                taken.setdefault(query, []).append(_milliseconds(database, query, week))
    return Result([_line(name, size, taken, queries[name]) for name in BY_HAND])


def _of_mart(connection: sqlite3.Connection, name: str) -> str:
    """The query of a mart for one week; a mart of albums has the last week of each."""
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({name})")]
    week = "WeekID" if "WeekID" in columns else "LastWeekID"
    return f"SELECT * FROM {name} WHERE {week} = ?"


def _milliseconds(database: Path, query: str, week: int) -> float:
    with closing(sqlite3.connect(database)) as connection:
        began = time.perf_counter()
        rows: Sequence[object] = connection.execute(query, [week]).fetchall()
        assert rows
        return (time.perf_counter() - began) * 1_000


def _line(name: str, size: int, taken: dict[str, list[float]], query: str) -> Line:
    mine, floor = median(taken[query]), median(taken[BY_HAND[name]])
    bound = Bound("ms", mine, MOST_MILLISECONDS)
    work = f"`{name}` for the newest week, {size} weeks stored"
    return Line(work, f"{mine:.0f} ms", f"{floor:.0f} ms", bounds=[bound])
