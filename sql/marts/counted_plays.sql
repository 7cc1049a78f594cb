-- One row is one play that counts: one of 30 seconds or more, or one of which the source does not
-- say how long it was, since such a source lists only plays that counted. What counts is decided
-- here alone: all marts about listening read this one. EndedAt is in UTC, all dates and LocalHour
-- are in MUSIC_TIME_ZONE. Weekday is 1 on a Monday. Milliseconds is SecondsPlayed as a whole
-- number, of which sums are exact.
-- Weeks read: 1
SELECT
    EndedAt,
    SongID,
    SecondsPlayed,
    CAST(ROUND(SecondsPlayed * 1000, 0) AS BIGINT) AS Milliseconds,
    Skipped,
    Source,
    LocalDate,
    LocalHour,
    -- 1970-01-01, day 0, was a Thursday.
    (DayNumber + 3) % 7 + 1 AS Weekday,
    DayNumber,
    WeekID,
    WeekStartDate,
    MonthStartDate,
    YearStartDate
FROM plays
WHERE SecondsPlayed >= 30 OR SecondsPlayed IS NULL
