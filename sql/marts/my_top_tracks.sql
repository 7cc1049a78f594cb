-- One row is one of the 100 songs that were played most in one period: a `week`, a `month`, a
-- `year`, or `all`, which starts on the day of the first play. A song in `tracks` has its title
-- there, any other as listened. Of songs that were played equally often, the one whose SongID sorts
-- first ranks first. Minutes are those of plays that say how long they were.
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
