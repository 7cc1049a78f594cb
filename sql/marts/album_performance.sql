-- One row is one album that has a figure in any week: its tracks with figures, the first and the
-- last week, and streams and downloads of all weeks. AverageWeeklyStreamsPerTrack is the mean of
-- the streams that each track has in each of its weeks.
WITH totals AS (
    SELECT
        AlbumID,
        MIN(WeekID) AS FirstWeekID,
        MIN(WeekStartDate) AS FirstWeekStartDate,
        MAX(WeekID) AS LastWeekID,
        MAX(WeekStartDate) AS LastWeekStartDate,
        SUM(StreamFigures) AS StreamFigures,
        SUM(Streams) AS Streams,
        SUM(Downloads) AS Downloads
    FROM weekly_album_totals
    GROUP BY AlbumID
),

heard AS (
    SELECT
        tracks.AlbumID,
        COUNT(*) AS Tracks
    FROM tracks
    WHERE
        EXISTS (SELECT 1 FROM weekly_streams AS s WHERE s.SongID = tracks.SongID)
        OR EXISTS (SELECT 1 FROM weekly_downloads AS d WHERE d.SongID = tracks.SongID)
    GROUP BY tracks.AlbumID
)

SELECT
    totals.AlbumID,
    albums.AlbumName,
    albums.AlbumType,
    albums.ReleaseDate,
    heard.Tracks,
    totals.FirstWeekID,
    totals.FirstWeekStartDate,
    totals.LastWeekID,
    totals.LastWeekStartDate,
    totals.Streams,
    totals.Downloads,
    CAST(totals.Streams AS FLOAT)
    / NULLIF(totals.StreamFigures, 0) AS AverageWeeklyStreamsPerTrack
FROM totals
INNER JOIN heard ON heard.AlbumID = totals.AlbumID
INNER JOIN albums ON albums.AlbumID = totals.AlbumID
