-- Made by `music-assets schema --dialect mssql`; a test keeps the two equal.

CREATE TABLE albums (
    [AlbumID] VARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    [AlbumName] NVARCHAR(1000) COLLATE Latin1_General_100_BIN2 NULL,
    [AlbumType] VARCHAR(32) COLLATE Latin1_General_100_BIN2 NULL,
    [ReleaseDate] DATE NULL,
    [ReleaseDatePrecision] VARCHAR(5) COLLATE Latin1_General_100_BIN2 NULL,
    [TotalTracks] INTEGER NULL,
    PRIMARY KEY ([AlbumID])
);
GO

CREATE TABLE artists (
    [ArtistID] VARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    [Name] NVARCHAR(1000) COLLATE Latin1_General_100_BIN2 NULL,
    [Followers] INTEGER NULL,
    PRIMARY KEY ([ArtistID])
);
GO

CREATE TABLE genres (
    [GenreID] INTEGER NOT NULL,
    [Name] NVARCHAR(400) COLLATE Latin1_General_100_BIN2 NOT NULL,
    PRIMARY KEY ([GenreID]),
    UNIQUE ([Name])
);
GO

CREATE TABLE artist_albums (
    [ArtistID] VARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    [AlbumID] VARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    PRIMARY KEY ([ArtistID], [AlbumID]),
    FOREIGN KEY([ArtistID]) REFERENCES artists ([ArtistID]) ON DELETE CASCADE,
    FOREIGN KEY([AlbumID]) REFERENCES albums ([AlbumID]) ON DELETE CASCADE
);
GO

CREATE INDEX [ix_artist_albums_AlbumID] ON artist_albums ([AlbumID]);
GO

CREATE TABLE artist_genres (
    [ArtistID] VARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    [GenreID] INTEGER NOT NULL,
    PRIMARY KEY ([ArtistID], [GenreID]),
    FOREIGN KEY([ArtistID]) REFERENCES artists ([ArtistID]) ON DELETE CASCADE,
    FOREIGN KEY([GenreID]) REFERENCES genres ([GenreID]) ON DELETE CASCADE
);
GO

CREATE INDEX [ix_artist_genres_GenreID] ON artist_genres ([GenreID]);
GO

CREATE TABLE tracks (
    [SongID] VARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    [TrackNumber] INTEGER NULL,
    [Title] NVARCHAR(1000) COLLATE Latin1_General_100_BIN2 NULL,
    [DurationInSeconds] NUMERIC(12, 3) NULL,
    [AlbumID] VARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    PRIMARY KEY ([SongID]),
    FOREIGN KEY([AlbumID]) REFERENCES albums ([AlbumID]) ON DELETE CASCADE
);
GO

CREATE INDEX [ix_tracks_AlbumID] ON tracks ([AlbumID]);
GO

CREATE TABLE weekly_downloads (
    [WeekID] INTEGER NOT NULL,
    [SongID] VARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    [WeekStartDate] DATE NOT NULL,
    [WeekEndDate] DATE NOT NULL,
    [TotalWeeklyDownloads] BIGINT NOT NULL,
    PRIMARY KEY ([WeekID], [SongID]),
    FOREIGN KEY([SongID]) REFERENCES tracks ([SongID]) ON DELETE CASCADE
);
GO

CREATE INDEX [ix_weekly_downloads_SongID] ON weekly_downloads ([SongID]);
GO

CREATE TABLE weekly_streams (
    [WeekID] INTEGER NOT NULL,
    [SongID] VARCHAR(64) COLLATE Latin1_General_100_BIN2 NOT NULL,
    [WeekStartDate] DATE NOT NULL,
    [WeekEndDate] DATE NOT NULL,
    [WeeklyStreams] BIGINT NOT NULL,
    PRIMARY KEY ([WeekID], [SongID]),
    FOREIGN KEY([SongID]) REFERENCES tracks ([SongID]) ON DELETE CASCADE
);
GO

CREATE INDEX [ix_weekly_streams_SongID] ON weekly_streams ([SongID]);
GO

CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    PRIMARY KEY (version_num)
);
GO

INSERT INTO alembic_version (version_num) VALUES ('0001');
GO

CREATE VIEW album_performance AS
-- One row is one album that has a figure in any week: its tracks with figures, the first and the
-- last week, and streams and downloads of all weeks. AverageWeeklyStreamsPerTrack is the mean of
-- the streams that each track has in each of its weeks.
WITH figures AS (
    SELECT
        SongID,
        MIN(WeekID) AS FirstWeekID,
        MIN(WeekStartDate) AS FirstWeekStartDate,
        MAX(WeekID) AS LastWeekID,
        MAX(WeekStartDate) AS LastWeekStartDate,
        COUNT(*) AS StreamFigures,
        SUM(WeeklyStreams) AS Streams,
        CAST(NULL AS BIGINT) AS Downloads
    FROM weekly_streams
    GROUP BY SongID
    UNION ALL
    SELECT
        SongID,
        MIN(WeekID) AS FirstWeekID,
        MIN(WeekStartDate) AS FirstWeekStartDate,
        MAX(WeekID) AS LastWeekID,
        MAX(WeekStartDate) AS LastWeekStartDate,
        0 AS StreamFigures,
        CAST(NULL AS BIGINT) AS Streams,
        SUM(TotalWeeklyDownloads) AS Downloads
    FROM weekly_downloads
    GROUP BY SongID
),

totals AS (
    SELECT
        tracks.AlbumID,
        COUNT(DISTINCT tracks.SongID) AS Tracks,
        MIN(figures.FirstWeekID) AS FirstWeekID,
        MIN(figures.FirstWeekStartDate) AS FirstWeekStartDate,
        MAX(figures.LastWeekID) AS LastWeekID,
        MAX(figures.LastWeekStartDate) AS LastWeekStartDate,
        SUM(figures.StreamFigures) AS StreamFigures,
        SUM(figures.Streams) AS Streams,
        SUM(figures.Downloads) AS Downloads
    FROM figures
    INNER JOIN tracks ON tracks.SongID = figures.SongID
    GROUP BY tracks.AlbumID
)

SELECT
    totals.AlbumID,
    albums.AlbumName,
    albums.AlbumType,
    albums.ReleaseDate,
    totals.Tracks,
    totals.FirstWeekID,
    totals.FirstWeekStartDate,
    totals.LastWeekID,
    totals.LastWeekStartDate,
    totals.Streams,
    totals.Downloads,
    CAST(totals.Streams AS FLOAT)
    / NULLIF(totals.StreamFigures, 0) AS AverageWeeklyStreamsPerTrack
FROM totals
INNER JOIN albums ON albums.AlbumID = totals.AlbumID;
GO

CREATE VIEW weekly_album_totals AS
-- One row is one week of one album: the streams and downloads of its tracks. Tracks counts those
-- that have a figure of either kind; NULL is a figure that nobody gave.
WITH figures AS (
    SELECT
        s.WeekID,
        s.WeekStartDate,
        t.AlbumID,
        COUNT(*) AS Tracks,
        SUM(s.WeeklyStreams) AS Streams,
        SUM(d.TotalWeeklyDownloads) AS Downloads
    FROM weekly_streams AS s
    INNER JOIN tracks AS t ON t.SongID = s.SongID
    LEFT JOIN weekly_downloads AS d ON d.WeekID = s.WeekID AND d.SongID = s.SongID
    GROUP BY s.WeekID, s.WeekStartDate, t.AlbumID
    UNION ALL
    SELECT
        d.WeekID,
        d.WeekStartDate,
        t.AlbumID,
        COUNT(*) AS Tracks,
        CAST(NULL AS BIGINT) AS Streams,
        SUM(d.TotalWeeklyDownloads) AS Downloads
    FROM weekly_downloads AS d
    INNER JOIN tracks AS t ON t.SongID = d.SongID
    WHERE NOT EXISTS (
        SELECT 1 FROM weekly_streams AS s WHERE s.WeekID = d.WeekID AND s.SongID = d.SongID
    )
    GROUP BY d.WeekID, d.WeekStartDate, t.AlbumID
)

SELECT
    WeekID,
    WeekStartDate,
    AlbumID,
    SUM(Tracks) AS Tracks,
    SUM(Streams) AS Streams,
    SUM(Downloads) AS Downloads
FROM figures
GROUP BY WeekID, WeekStartDate, AlbumID;
GO

CREATE VIEW weekly_totals AS
-- One row is one week that has figures: the streams and downloads of all songs, and their change
-- against the week that starts 7 days earlier (NULL where that week has no figures).
-- Tracks counts the songs that have a figure of either kind.
WITH figures AS (
    SELECT
        s.WeekID,
        s.WeekStartDate,
        COUNT(*) AS Tracks,
        SUM(s.WeeklyStreams) AS Streams,
        SUM(d.TotalWeeklyDownloads) AS Downloads
    FROM weekly_streams AS s
    LEFT JOIN weekly_downloads AS d ON d.WeekID = s.WeekID AND d.SongID = s.SongID
    GROUP BY s.WeekID, s.WeekStartDate
    UNION ALL
    SELECT
        d.WeekID,
        d.WeekStartDate,
        COUNT(*) AS Tracks,
        CAST(NULL AS BIGINT) AS Streams,
        SUM(d.TotalWeeklyDownloads) AS Downloads
    FROM weekly_downloads AS d
    WHERE NOT EXISTS (
        SELECT 1 FROM weekly_streams AS s WHERE s.WeekID = d.WeekID AND s.SongID = d.SongID
    )
    GROUP BY d.WeekID, d.WeekStartDate
),

totals AS (
    SELECT
        WeekID,
        WeekStartDate,
        WeekID / 100 - 1 AS YearsBefore,
        SUM(Tracks) AS Tracks,
        SUM(Streams) AS Streams,
        SUM(Downloads) AS Downloads
    FROM figures
    GROUP BY WeekID, WeekStartDate
),

-- Weeks in an unbroken count, because WeekIDs jump at a year's end and dates are subtracted
-- differently in every SQL: January 4th is in week 1, and the calendar's first day was a Monday.
numbered AS (
    SELECT
        WeekID,
        WeekStartDate,
        (365 * YearsBefore + YearsBefore / 4 - YearsBefore / 100 + YearsBefore / 400 + 3) / 7
        + WeekID % 100 AS WeekNumber,
        Tracks,
        Streams,
        Downloads
    FROM totals
)

SELECT
    this.WeekID,
    this.WeekStartDate,
    earlier.WeekID AS PreviousWeekID,
    this.Tracks,
    this.Streams,
    this.Streams - earlier.Streams AS StreamsChange,
    this.Downloads,
    this.Downloads - earlier.Downloads AS DownloadsChange
FROM numbered AS this
LEFT JOIN numbered AS earlier ON earlier.WeekNumber = this.WeekNumber - 1;
GO

CREATE VIEW top_tracks AS
-- One row is one of the 100 most streamed songs of one week; of songs that were streamed equally
-- often, the one whose SongID sorts first ranks first.
WITH ranked AS (
    SELECT
        WeekID,
        WeekStartDate,
        SongID,
        WeeklyStreams,
        ROW_NUMBER() OVER (PARTITION BY WeekID ORDER BY WeeklyStreams DESC, SongID) AS StreamRank
    FROM weekly_streams
)

SELECT
    ranked.WeekID,
    ranked.WeekStartDate,
    ranked.StreamRank,
    ranked.SongID,
    tracks.Title,
    albums.AlbumName,
    ranked.WeeklyStreams AS Streams,
    weekly_downloads.TotalWeeklyDownloads AS Downloads
FROM ranked
INNER JOIN tracks ON tracks.SongID = ranked.SongID
INNER JOIN albums ON albums.AlbumID = tracks.AlbumID
LEFT JOIN weekly_downloads
    ON weekly_downloads.WeekID = ranked.WeekID AND weekly_downloads.SongID = ranked.SongID
WHERE ranked.StreamRank <= 100;
GO

CREATE VIEW weekly_artist_totals AS
-- One row is one week of one followed artist: the streams and downloads of the tracks of all the
-- artist's albums. A track counts for every followed artist of its album.
WITH totals AS (
    SELECT
        w.WeekID,
        w.WeekStartDate,
        a.ArtistID,
        SUM(w.Tracks) AS Tracks,
        SUM(w.Streams) AS Streams,
        SUM(w.Downloads) AS Downloads
    FROM weekly_album_totals AS w
    INNER JOIN artist_albums AS a ON a.AlbumID = w.AlbumID
    GROUP BY w.WeekID, w.WeekStartDate, a.ArtistID
)

SELECT
    totals.WeekID,
    totals.WeekStartDate,
    totals.ArtistID,
    artists.Name AS ArtistName,
    totals.Tracks,
    totals.Streams,
    totals.Downloads
FROM totals
INNER JOIN artists ON artists.ArtistID = totals.ArtistID;
GO

CREATE VIEW genre_trends AS
-- One row is one week of one genre: the streams and downloads of the tracks on albums by artists of
-- that genre. A track counts once per genre and for each of its genres, so that the shares of a
-- week's streams (0 to 1) may add up to more than 1; a track without a genre counts in none.
-- StreamsChange is against the week that starts 7 days earlier, NULL where that has no figure.
WITH album_genres AS (
    SELECT DISTINCT
        artist_albums.AlbumID,
        artist_genres.GenreID
    FROM artist_albums
    INNER JOIN artist_genres ON artist_genres.ArtistID = artist_albums.ArtistID
),

totals AS (
    SELECT
        w.WeekID,
        w.WeekStartDate,
        g.GenreID,
        SUM(w.Tracks) AS Tracks,
        SUM(w.Streams) AS Streams,
        SUM(w.Downloads) AS Downloads
    FROM weekly_album_totals AS w
    INNER JOIN album_genres AS g ON g.AlbumID = w.AlbumID
    GROUP BY w.WeekID, w.WeekStartDate, g.GenreID
)

SELECT
    this.WeekID,
    this.WeekStartDate,
    this.GenreID,
    genres.Name AS GenreName,
    this.Tracks,
    this.Streams,
    this.Downloads,
    CAST(this.Streams AS FLOAT) / NULLIF(weekly_totals.Streams, 0) AS ShareOfStreams,
    this.Streams - earlier.Streams AS StreamsChange
FROM totals AS this
INNER JOIN genres ON genres.GenreID = this.GenreID
INNER JOIN weekly_totals ON weekly_totals.WeekID = this.WeekID
LEFT JOIN totals AS earlier
    ON earlier.WeekID = weekly_totals.PreviousWeekID AND earlier.GenreID = this.GenreID;
GO

CREATE VIEW weekly_movers AS
-- One row is one of the 100 songs of one week whose streams changed most, up or down, against the
-- week that starts 7 days earlier. A song without a figure in that week is no mover; of equal
-- changes, the one whose SongID sorts first ranks first. ChangePercent is NULL after 0 streams.
WITH moved AS (
    SELECT
        this.WeekID,
        this.WeekStartDate,
        this.SongID,
        earlier.WeeklyStreams AS StreamsBefore,
        this.WeeklyStreams AS Streams,
        ROW_NUMBER() OVER (
            PARTITION BY this.WeekID
            ORDER BY ABS(this.WeeklyStreams - earlier.WeeklyStreams) DESC, this.SongID
        ) AS MoveRank
    FROM weekly_totals AS weeks
    INNER JOIN weekly_streams AS this ON this.WeekID = weeks.WeekID
    INNER JOIN weekly_streams AS earlier
        ON earlier.WeekID = weeks.PreviousWeekID AND earlier.SongID = this.SongID
)

SELECT
    moved.WeekID,
    moved.WeekStartDate,
    moved.MoveRank,
    moved.SongID,
    tracks.Title,
    albums.AlbumName,
    moved.StreamsBefore,
    moved.Streams,
    moved.Streams - moved.StreamsBefore AS Change,
    CAST(moved.Streams - moved.StreamsBefore AS FLOAT) * 100
    / NULLIF(moved.StreamsBefore, 0) AS ChangePercent
FROM moved
INNER JOIN tracks ON tracks.SongID = moved.SongID
INNER JOIN albums ON albums.AlbumID = tracks.AlbumID
WHERE moved.MoveRank <= 100;
GO
