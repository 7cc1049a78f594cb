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
LEFT JOIN numbered AS earlier ON earlier.WeekNumber = this.WeekNumber - 1
