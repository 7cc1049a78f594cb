-- One row is one of the 100 songs that were played most in one period. A song in `tracks` has its
-- title there, any other as listened.
-- Columns:
-- Period: `week`, `month`, `year` or `all`.
-- PeriodStartDate: the first day of the period; of `all`, the day of the first play.
-- PlayRank: the place by Plays, 1 to 100; of songs that were played equally often, the one whose
--   SongID sorts first ranks first.
-- SongID: the song, as in `listened_songs`.
-- Title: its title. NULL: not known.
-- ArtistName: the artist's name as listened. NULL: not known.
-- Plays: the number of plays that count.
-- Minutes: minutes of the plays that say how long they were. NULL: none says it.
WITH weeks AS (
    SELECT
        WeekStartDate,
        SongID,
        COUNT(*) AS Plays,
        SUM(Milliseconds) AS Milliseconds
    FROM counted_plays
    GROUP BY WeekStartDate, SongID
),

months AS (
    SELECT
        MonthStartDate,
        YearStartDate,
        SongID,
        COUNT(*) AS Plays,
        SUM(Milliseconds) AS Milliseconds
    FROM counted_plays
    GROUP BY MonthStartDate, YearStartDate, SongID
),

years AS (
    SELECT
        YearStartDate,
        SongID,
        SUM(Plays) AS Plays,
        SUM(Milliseconds) AS Milliseconds
    FROM months
    GROUP BY YearStartDate, SongID
),

totals AS (
    SELECT
        'week' AS Period,
        WeekStartDate AS PeriodStartDate,
        SongID,
        Plays,
        Milliseconds
    FROM weeks
    UNION ALL
    SELECT
        'month' AS Period,
        MonthStartDate AS PeriodStartDate,
        SongID,
        Plays,
        Milliseconds
    FROM months
    UNION ALL
    SELECT
        'year' AS Period,
        YearStartDate AS PeriodStartDate,
        SongID,
        Plays,
        Milliseconds
    FROM years
    UNION ALL
    SELECT
        'all' AS Period,
        (SELECT MIN(LocalDate) FROM counted_plays) AS PeriodStartDate,
        SongID,
        SUM(Plays) AS Plays,
        SUM(Milliseconds) AS Milliseconds
    FROM years
    GROUP BY SongID
),

ranked AS (
    SELECT
        Period,
        PeriodStartDate,
        SongID,
        Plays,
        Milliseconds,
        ROW_NUMBER() OVER (
            PARTITION BY Period, PeriodStartDate ORDER BY Plays DESC, SongID
        ) AS PlayRank
    FROM totals
)

SELECT
    ranked.Period,
    ranked.PeriodStartDate,
    ranked.PlayRank,
    ranked.SongID,
    COALESCE(tracks.Title, s.Title) AS Title,
    s.ArtistName,
    ranked.Plays,
    CAST(ranked.Milliseconds AS FLOAT) / 60000 AS Minutes
FROM ranked
INNER JOIN listened_songs AS s ON s.SongID = ranked.SongID
LEFT JOIN tracks ON tracks.SongID = ranked.SongID
WHERE ranked.PlayRank <= 100
