-- One row is one play that counts: one of 30 seconds or more, or one of which the source does not
-- say how long it was, since such a source lists only plays that counted. What counts is decided
-- here alone: all marts about listening read this one.
-- Weeks read: 1
-- Columns:
-- EndedAt: the moment at which the play ended, in UTC.
-- SongID: the song, as in `listened_songs`.
-- SecondsPlayed: the time for which it was heard, in seconds. NULL: the source does not say.
-- Milliseconds: SecondsPlayed as a whole number, of which sums are exact. NULL: the source does
--   not say.
-- Skipped: true if the listener went on before the end. NULL: the source does not say.
-- Source: what tells of the play: `spotify`, `account`, `recent`, `listenbrainz`, `lastfm` or
--   `simulated`.
-- LocalDate: the day of EndedAt in MUSIC_TIME_ZONE.
-- LocalHour: its hour in MUSIC_TIME_ZONE, 0 to 23.
-- Weekday: the day of the week of LocalDate, 1 on a Monday.
-- DayNumber: the number of days from 1970-01-01 to LocalDate.
-- WeekID: the week of LocalDate, ISO year times 100 plus ISO week, such as 202647.
-- WeekStartDate: the Monday that begins the week.
-- MonthStartDate: the first day of LocalDate's month.
-- YearStartDate: the first day of LocalDate's year.
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
