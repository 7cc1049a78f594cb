-- One row is one hour of a weekday, in MUSIC_TIME_ZONE, in which a play that counts has ended. An
-- hour without plays has no row.
-- Columns:
-- Weekday: 1 on a Monday to 7.
-- LocalHour: 0 to 23.
-- Plays: the number of plays that ended in it.
-- Minutes: minutes of those that say how long they were, all of them in the hour in which they
--   ended. NULL: none says it.
SELECT
    Weekday,
    LocalHour,
    COUNT(*) AS Plays,
    CAST(SUM(Milliseconds) AS FLOAT) / 60000 AS Minutes
FROM counted_plays
GROUP BY Weekday, LocalHour
