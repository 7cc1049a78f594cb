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
INNER JOIN albums ON albums.AlbumID = totals.AlbumID
