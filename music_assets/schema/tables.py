"""The tables, the one source of the schema: those that are loaded, and a rollup of two of them.

A song is a track: the tables say SongID, and the code says track. A nullable column is one that
Spotify may leave out; absent is NULL, never 0 and never "". Deleting a row deletes the rows that
refer to it. A day is `sa.DATE`, since `sa.Date` may be a DATETIME on SQL Server.
"""

from typing import Any

import sqlalchemy as sa

from music_assets.schema.column_types import MOMENT, SECONDS, Code, Name
from music_assets.schema.treatments import Treatment

metadata = sa.MetaData()


def _detail(
    name: str, kind: sa.types.TypeEngine[Any] | type[sa.Integer], *others: Treatment
) -> sa.Column[Any]:
    return sa.Column(name, kind, info={"treatments": {Treatment.DETAIL, *others}})


def _spotify_id() -> Code:
    """Base-62 and case-sensitive; 22 characters today."""
    return Code(64)


def _references(column: str) -> sa.ForeignKey:
    return sa.ForeignKey(column, ondelete="CASCADE")


def _first_seen() -> sa.Column[Any]:
    """The day, in UTC, on which the pages landed that brought the row; NULL if not known."""
    return sa.Column("FirstSeen", sa.DATE, info={"treatments": {Treatment.INSERTED}})


artists = sa.Table(
    "artists",
    metadata,
    sa.Column("ArtistID", _spotify_id(), primary_key=True),
    sa.Column("Name", Name(1000)),
    sa.Column("Followers", sa.Integer),
    _detail("MusicBrainzID", Code(36), Treatment.EXACT),
    # ISO 3166-1, or one of MusicBrainz's own, such as XW for the whole world.
    _detail("Country", Code(8), Treatment.EXACT),
    _detail("ArtistType", Code(32), Treatment.EXACT),
    _detail("BeganYear", sa.Integer, Treatment.EXACT),
    # `url` or `name`, which is a guess.
    _detail("MatchedBy", Code(8), Treatment.EXACT),
)

genres = sa.Table(
    "genres",
    metadata,
    sa.Column(
        "GenreID",
        sa.Integer,
        primary_key=True,
        autoincrement=False,
        info={"treatments": {Treatment.NUMBERED}},
    ),
    sa.Column("Name", Name(400), nullable=False, unique=True),
)

artist_genres = sa.Table(
    "artist_genres",
    metadata,
    sa.Column("ArtistID", _spotify_id(), _references("artists.ArtistID"), primary_key=True),
    sa.Column(
        "GenreID",
        sa.Integer,
        _references("genres.GenreID"),
        primary_key=True,
        autoincrement=False,
        index=True,
    ),
    # `spotify` or `musicbrainz`; a genre that both give is Spotify's.
    sa.Column("Source", Code(16), nullable=False, server_default="spotify"),
    sa.Column("Votes", sa.Integer, info={"treatments": {Treatment.EXACT}}),
    sqlite_with_rowid=False,
)

albums = sa.Table(
    "albums",
    metadata,
    sa.Column("AlbumID", _spotify_id(), primary_key=True),
    sa.Column("AlbumName", Name(1000)),
    sa.Column("AlbumType", Code(32)),
    sa.Column("ReleaseDate", sa.DATE),
    sa.Column("ReleaseDatePrecision", Code(5)),
    sa.Column("TotalTracks", sa.Integer),
    _detail("UPC", Code(32)),
    _detail("Label", Name(1000)),
    _detail("CoverURL", Name(1000)),
    _detail("Copyright", Name(1000)),
    # Of any edition of the album, as MusicBrainz knows it.
    _detail("FirstReleaseYear", sa.Integer),
    _first_seen(),
)

artist_albums = sa.Table(
    "artist_albums",
    metadata,
    sa.Column("ArtistID", _spotify_id(), _references("artists.ArtistID"), primary_key=True),
    sa.Column(
        "AlbumID", _spotify_id(), _references("albums.AlbumID"), primary_key=True, index=True
    ),
    sqlite_with_rowid=False,
)

tracks = sa.Table(
    "tracks",
    metadata,
    sa.Column("SongID", _spotify_id(), primary_key=True),
    sa.Column("TrackNumber", sa.Integer),
    sa.Column("Title", Name(1000)),
    sa.Column("DurationInSeconds", SECONDS),
    # A track that Spotify lists on two albums stays on the album that was stored first.
    sa.Column(
        "AlbumID",
        _spotify_id(),
        _references("albums.AlbumID"),
        nullable=False,
        index=True,
        info={"treatments": {Treatment.FIXED}},
    ),
    sa.Column("DiscNumber", sa.Integer),
    sa.Column("ISRC", Code(32)),
    _first_seen(),
)


def _weekly_fact(name: str) -> sa.Table:
    return sa.Table(
        name,
        metadata,
        sa.Column("WeekID", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column(
            "SongID", _spotify_id(), _references("tracks.SongID"), primary_key=True, index=True
        ),
        sa.Column("WeekStartDate", sa.DATE, nullable=False),
        sa.Column("WeekEndDate", sa.DATE, nullable=False),
        sa.Column(MEASURES[name], sa.BigInteger, nullable=False),
        # `SIMULATED`, or the path of the file that gave the figure.
        sa.Column("Source", Code(200)),
        sqlite_with_rowid=False,
    )


#: The source of figures that no file gives.
SIMULATED = "simulated"
#: The column of figures of each weekly table.
MEASURES = {"weekly_streams": "WeeklyStreams", "weekly_downloads": "TotalWeeklyDownloads"}

weekly_streams = _weekly_fact("weekly_streams")
weekly_downloads = _weekly_fact("weekly_downloads")

# The stored rollup: marts add up its rows, which are far fewer than the facts'.
weekly_album_totals = sa.Table(
    "weekly_album_totals",
    metadata,
    sa.Column("WeekID", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("AlbumID", _spotify_id(), _references("albums.AlbumID"), primary_key=True),
    sa.Column("WeekStartDate", sa.DATE, nullable=False),
    sa.Column("Tracks", sa.Integer, nullable=False),
    sa.Column("Streams", sa.BigInteger),
    sa.Column("Downloads", sa.BigInteger),
    sa.Column("StreamFigures", sa.Integer, nullable=False),
    # `given`, `simulated` or `unknown`, for the week as a whole.
    sa.Column("Figures", Code(16), nullable=False, server_default="unknown"),
    # All weeks of an album are added up out of the index alone.
    sa.Index(
        "ix_weekly_album_totals_sums", "AlbumID", "Figures", "StreamFigures", "Streams", "Downloads"
    ),
    sqlite_with_rowid=False,
)

# Every song that somebody has ever heard, whoever made it. The id is Spotify's; a song of which no
# file gives it has one of its own, `local:` and a hash of artist and title.
listened_songs = sa.Table(
    "listened_songs",
    metadata,
    sa.Column("SongID", _spotify_id(), primary_key=True),
    sa.Column("Title", Name(1000)),
    sa.Column("ArtistName", Name(1000)),
    sa.Column("AlbumName", Name(1000)),
)

plays = sa.Table(
    "plays",
    metadata,
    sa.Column("EndedAt", MOMENT, primary_key=True),
    sa.Column(
        "SongID", _spotify_id(), _references("listened_songs.SongID"), primary_key=True, index=True
    ),
    # Some sources say only that a song was played.
    sa.Column("SecondsPlayed", SECONDS),
    sa.Column("Skipped", sa.Boolean),
    # `spotify`, `account`, `recent`, `listenbrainz`, `lastfm` or `simulated`.
    sa.Column("Source", Code(16), nullable=False),
    # In MUSIC_TIME_ZONE: databases do not agree on time zones.
    sa.Column("LocalDate", sa.DATE, nullable=False),
    sa.Column("LocalHour", sa.Integer, nullable=False),
    sa.Column("WeekID", sa.Integer, nullable=False, index=True),
    # The first days of the week, month and year of LocalDate, and its days since 1970-01-01:
    # databases have no function of dates in common.
    sa.Column("WeekStartDate", sa.DATE, nullable=False),
    sa.Column("MonthStartDate", sa.DATE, nullable=False),
    sa.Column("YearStartDate", sa.DATE, nullable=False),
    sa.Column("DayNumber", sa.Integer, nullable=False),
    sqlite_with_rowid=False,
)

# Most charted songs are by artists whom nobody follows, so they refer to no track.
chart_entries = sa.Table(
    "chart_entries",
    metadata,
    # `global`, or the code of a country.
    sa.Column("Region", Code(8), primary_key=True),
    # `weekly`, from a Friday to the Thursday that is its ChartDate, or `daily`.
    sa.Column("Period", Code(8), primary_key=True),
    sa.Column("ChartDate", sa.DATE, primary_key=True),
    sa.Column("SongID", _spotify_id(), primary_key=True, index=True),
    sa.Column("Rank", sa.Integer, nullable=False),
    # NULL for a song that was not on the chart before.
    sa.Column("PreviousRank", sa.Integer, info={"treatments": {Treatment.EXACT}}),
    sa.Column("PeakRank", sa.Integer),
    sa.Column("TimesOnChart", sa.Integer),
    sa.Column("Streams", sa.BigInteger),
    sa.Column("Title", Name(1000)),
    sa.Column("ArtistNames", Name(1000)),
    sa.Column("Label", Name(1000)),
    # The ISO week of ChartDate.
    sa.Column("WeekID", sa.Integer, nullable=False, index=True),
    sqlite_with_rowid=False,
)

# What one statement of a distributor says of one song or album, in one store and country, in one
# month. A month is never spread over weeks, and earnings are nobody's business.
monthly_sales = sa.Table(
    "monthly_sales",
    metadata,
    sa.Column("ReportDate", sa.DATE, primary_key=True),
    # Its first day.
    sa.Column("Month", sa.DATE, primary_key=True),
    sa.Column("Store", Name(100), primary_key=True),
    sa.Column("Country", Code(8), primary_key=True),
    # The ISRC of a song, the UPC of an album.
    sa.Column("Item", Code(32), primary_key=True),
    # `song` or `album`.
    sa.Column("Kind", Code(8), primary_key=True),
    sa.Column("Title", Name(1000)),
    sa.Column("ArtistName", Name(1000)),
    # Below zero where the statement takes back what an earlier one had said.
    sa.Column("Quantity", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

#: The tables of which the data versions are kept per week.
WEEKLY = (weekly_streams, weekly_downloads, weekly_album_totals, plays, chart_entries)
