-- One row is one hour of a weekday, in MUSIC_TIME_ZONE, in which a play that counts has ended:
-- Weekday is 1 on a Monday, LocalHour 0 to 23. Minutes are those of plays that say how long they
-- were, all of them in the hour in which they ended. An hour without plays has no row.
SELECT
    Weekday,
    LocalHour,
    COUNT(*) AS Plays,
    CAST(SUM(Milliseconds) AS FLOAT) / 60000 AS Minutes
FROM counted_plays
GROUP BY Weekday, LocalHour
