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
GROUP BY WeekID, WeekStartDate, AlbumID
