-- One row is one run of consecutive days, in MUSIC_TIME_ZONE, of which each has a play that
-- counts.
-- Columns:
-- FirstDate: the first day.
-- LastDate: the last day.
-- Days: the number of days.
-- Plays: the number of plays on them.
WITH days AS (
    SELECT
        LocalDate,
        DayNumber,
        COUNT(*) AS Plays
    FROM counted_plays
    GROUP BY LocalDate, DayNumber
),

-- In a run, the number of the day and the number of the row grow alike.
runs AS (
    SELECT
        LocalDate,
        Plays,
        DayNumber - ROW_NUMBER() OVER (ORDER BY DayNumber) AS Run
    FROM days
)

SELECT
    MIN(LocalDate) AS FirstDate,
    MAX(LocalDate) AS LastDate,
    COUNT(*) AS Days,
    SUM(Plays) AS Plays
FROM runs
GROUP BY Run
