"""The tables that people's own files fill: what they heard, charts, and sales."""

import sqlalchemy as sa

from music_assets.schema.column_types import MOMENT, SECONDS, Code, Name
from music_assets.schema.table_parts import WEEK_ID, metadata, references, spotify_id
from music_assets.schema.treatments import Treatment

listened_songs = sa.Table(
    "listened_songs",
    metadata,
    sa.Column(
        "SongID",
        spotify_id(),
        primary_key=True,
        comment="Spotify's id of the song; where no file gives one, an id of our own, `local:` "
        "and a hash of artist and title.",
    ),
    sa.Column(
        "Title", Name(1000), comment="The song's title as listened. NULL: no file gives one."
    ),
    sa.Column(
        "ArtistName", Name(1000), comment="The artist's name as listened. NULL: no file gives one."
    ),
    sa.Column(
        "AlbumName", Name(1000), comment="The album's name as listened. NULL: no file gives one."
    ),
    comment="One row is one song that was ever heard, whoever made it, followed or not.",
)

plays = sa.Table(
    "plays",
    metadata,
    sa.Column(
        "EndedAt",
        MOMENT,
        primary_key=True,
        comment="The moment at which the play ended, in UTC, to the second; of some sources to "
        "the minute, or the one moment that they tell.",
    ),
    sa.Column(
        "SongID",
        spotify_id(),
        references("listened_songs.SongID"),
        primary_key=True,
        index=True,
        comment="The song, in `listened_songs`, and in `tracks` if its album is in the catalogue.",
    ),
    sa.Column(
        "SecondsPlayed",
        SECONDS,
        comment="The time for which the song was heard, in seconds, exact to the millisecond. "
        "NULL: the source says only that it was played.",
    ),
    sa.Column(
        "Skipped",
        sa.Boolean,
        comment="True if the listener went on before the end. NULL: the source does not say.",
    ),
    sa.Column(
        "Source",
        Code(16),
        nullable=False,
        comment="What tells of the play: `spotify`, `account`, `recent`, `listenbrainz`, `lastfm` "
        "or `simulated`; of several, the most exact.",
    ),
    # Databases do not agree on time zones, and have no function of dates in common.
    sa.Column(
        "LocalDate", sa.DATE, nullable=False, comment="The day of EndedAt in MUSIC_TIME_ZONE."
    ),
    sa.Column(
        "LocalHour",
        sa.Integer,
        nullable=False,
        comment="The hour of EndedAt in MUSIC_TIME_ZONE, 0 to 23.",
    ),
    sa.Column(
        "WeekID",
        sa.Integer,
        nullable=False,
        index=True,
        comment=f"{WEEK_ID} It is that of LocalDate.",
    ),
    sa.Column(
        "WeekStartDate", sa.DATE, nullable=False, comment="The Monday of the week of LocalDate."
    ),
    sa.Column(
        "MonthStartDate", sa.DATE, nullable=False, comment="The first day of LocalDate's month."
    ),
    sa.Column(
        "YearStartDate", sa.DATE, nullable=False, comment="The first day of LocalDate's year."
    ),
    sa.Column(
        "DayNumber",
        sa.Integer,
        nullable=False,
        comment="The number of days from 1970-01-01 to LocalDate.",
    ),
    comment="One row is one play of one song, however short; `counted_plays` has those that count.",
    sqlite_with_rowid=False,
)

chart_entries = sa.Table(
    "chart_entries",
    metadata,
    sa.Column(
        "Region",
        Code(8),
        primary_key=True,
        comment="The region of the chart: `global`, or the code of a country.",
    ),
    sa.Column(
        "Period",
        Code(8),
        primary_key=True,
        comment="The time that the chart counts: `daily`, or `weekly`, from a Friday to the "
        "Thursday that is its ChartDate.",
    ),
    sa.Column(
        "ChartDate",
        sa.DATE,
        primary_key=True,
        comment="The day of the chart; of a weekly one, the Thursday that ends it.",
    ),
    # Most charted songs are by artists whom nobody follows, so they refer to no track.
    sa.Column(
        "SongID",
        spotify_id(),
        primary_key=True,
        index=True,
        comment="Spotify's id of the song, in `tracks` if its album is in the catalogue.",
    ),
    sa.Column("Rank", sa.Integer, nullable=False, comment="The song's place on the chart, from 1."),
    sa.Column(
        "PreviousRank",
        sa.Integer,
        info={"treatments": {Treatment.EXACT}},
        comment="The place on the chart before. NULL: the song was not on it.",
    ),
    sa.Column(
        "PeakRank", sa.Integer, comment="The best place that the song ever had. NULL: not told."
    ),
    sa.Column(
        "TimesOnChart",
        sa.Integer,
        comment="The number of days or weeks that the song has been on the chart. NULL: not told.",
    ),
    sa.Column(
        "Streams",
        sa.BigInteger,
        comment="The number of streams that Spotify counted for the chart. NULL: not told.",
    ),
    sa.Column("Title", Name(1000), comment="The song's title on the chart. NULL: not told."),
    sa.Column(
        "ArtistNames",
        Name(1000),
        comment="The artists' names on the chart, one text. NULL: not told.",
    ),
    sa.Column("Label", Name(1000), comment="The label on the chart. NULL: not told."),
    sa.Column(
        "WeekID",
        sa.Integer,
        nullable=False,
        index=True,
        comment=f"{WEEK_ID} It is that of ChartDate.",
    ),
    comment="One row is one song on one chart of Spotify's, whoever made it.",
    sqlite_with_rowid=False,
)

# A month is never spread over weeks, and earnings are nobody's business.
monthly_sales = sa.Table(
    "monthly_sales",
    metadata,
    sa.Column(
        "ReportDate", sa.DATE, primary_key=True, comment="The day of the distributor's statement."
    ),
    sa.Column(
        "Month", sa.DATE, primary_key=True, comment="The first day of the month of the sales."
    ),
    sa.Column(
        "Store", Name(100), primary_key=True, comment="The store's name, as the statement has it."
    ),
    sa.Column(
        "Country",
        Code(8),
        primary_key=True,
        comment="The code of the country of the sales, as the statement has it.",
    ),
    sa.Column(
        "Item", Code(32), primary_key=True, comment="The ISRC of a song, the UPC of an album."
    ),
    sa.Column("Kind", Code(8), primary_key=True, comment="What Item is: `song` or `album`."),
    sa.Column("Title", Name(1000), comment="The title in the statement. NULL: not told."),
    sa.Column("ArtistName", Name(1000), comment="The artist in the statement. NULL: not told."),
    sa.Column(
        "Quantity",
        sa.BigInteger,
        nullable=False,
        comment="The number of sales or streams; below 0 where the statement takes back what an "
        "earlier one had said.",
    ),
    comment="One row is what one statement of a distributor says of one song or album, in one "
    "store and country, in one month.",
    sqlite_with_rowid=False,
)
