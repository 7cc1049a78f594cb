-- One row is one week that has figures: those of all songs, and their change against the week that
-- starts 7 days earlier.
-- Weeks read: 2
-- Columns:
-- WeekID: the week, ISO year times 100 plus ISO week, such as 202647.
-- WeekStartDate: the Monday that begins the week.
-- PreviousWeekID: the week before. NULL: it has no figures of the same kind.
-- Tracks: the number of songs that have streams or downloads in the week.
-- Streams: streams of all songs in the week. NULL: none has any.
-- StreamsChange: Streams less those of the week before. NULL: one of the two has none of this
--   kind.
-- Downloads: downloads of all songs in the week. NULL: none has any.
-- DownloadsChange: Downloads less those of the week before. NULL: one of the two has none of this
--   kind.
-- Figures: the kind of the week's figures, `given` where a file gives them, `simulated`, or
--   `unknown`.
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
