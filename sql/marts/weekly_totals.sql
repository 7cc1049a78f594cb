-- One row is one week that has figures: the streams and downloads of all songs, and their change
-- against the week that starts 7 days earlier, which is PreviousWeekID (NULL where that week has no
-- figures of the same kind). Figures is `given` where a file gives them, `simulated`, or `unknown`.
-- Tracks counts the songs that have streams or downloads.
-- Weeks read: 2
WITH totals AS (
    SELECT
        WeekID,
        WeekStartDate,
        Figures,
        SUM(Tracks) AS Tracks,
        SUM(Streams) AS Streams,
        SUM(Downloads) AS Downloads
    FROM weekly_album_totals
    GROUP BY WeekID, WeekStartDate, Figures
),

-- The week before the first of a year is the last of the year before. That is its 53rd where the
-- year ends on a Thursday, or begins on one; (days up to a year's end) % 7 is that day.
dated AS (
    SELECT
        WeekID,
        WeekStartDate,
        Figures,
        Tracks,
        Streams,
        Downloads,
        CASE
            WHEN WeekID % 100 > 1 THEN WeekID - 1
            WHEN
                (WeekID / 100 - 1 + (WeekID / 100 - 1) / 4
                    - (WeekID / 100 - 1) / 100 + (WeekID / 100 - 1) / 400) % 7 = 4
                OR (WeekID / 100 - 2 + (WeekID / 100 - 2) / 4
                    - (WeekID / 100 - 2) / 100 + (WeekID / 100 - 2) / 400) % 7 = 3
                THEN (WeekID / 100 - 1) * 100 + 53
            ELSE (WeekID / 100 - 1) * 100 + 52
        END AS WeekBefore
    FROM totals
),

-- One subquery for each figure of the week before: a join would add up all weeks first.
compared AS (
    SELECT
        dated.WeekID,
        dated.WeekStartDate,
        dated.Figures,
        (
            SELECT MAX(e.WeekID) FROM weekly_album_totals AS e
            WHERE e.WeekID = dated.WeekBefore AND e.Figures = dated.Figures
        ) AS PreviousWeekID,
        dated.Tracks,
        dated.Streams,
        (
            SELECT SUM(e.Streams) FROM weekly_album_totals AS e
            WHERE e.WeekID = dated.WeekBefore AND e.Figures = dated.Figures
        ) AS StreamsBefore,
        dated.Downloads,
        (
            SELECT SUM(e.Downloads) FROM weekly_album_totals AS e
            WHERE e.WeekID = dated.WeekBefore AND e.Figures = dated.Figures
        ) AS DownloadsBefore
    FROM dated
)

SELECT
    WeekID,
    WeekStartDate,
    PreviousWeekID,
    Tracks,
    Streams,
    Streams - StreamsBefore AS StreamsChange,
    Downloads,
    Downloads - DownloadsBefore AS DownloadsChange,
    Figures
FROM compared
