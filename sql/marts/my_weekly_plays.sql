-- One row is one week with plays that count.
-- Weeks read: 1
-- Columns:
-- WeekID: the week in MUSIC_TIME_ZONE, ISO year times 100 plus ISO week, such as 202647.
-- WeekStartDate: the Monday that begins the week.
-- Plays: the number of plays that count.
-- Songs: the number of their songs.
-- Artists: the number of their artists, by name.
-- Minutes: minutes of the plays that say how long they were. NULL: none says it.
-- ShortPlays: the number of the week's other plays, which count nowhere.
WITH counted AS (
    SELECT
        c.WeekID,
        c.WeekStartDate,
        COUNT(*) AS Plays,
        COUNT(DISTINCT c.SongID) AS Songs,
        COUNT(DISTINCT s.ArtistName) AS Artists,
        SUM(c.Milliseconds) AS Milliseconds
    FROM counted_plays AS c
    INNER JOIN listened_songs AS s ON s.SongID = c.SongID
    GROUP BY c.WeekID, c.WeekStartDate
)

-- A subquery for all plays of a week: a join would count those of all weeks first.
SELECT
    WeekID,
    WeekStartDate,
    Plays,
    Songs,
    Artists,
    CAST(Milliseconds AS FLOAT) / 60000 AS Minutes,
    (
        SELECT COUNT(*) FROM plays
        WHERE plays.WeekID = counted.WeekID
    ) - Plays AS ShortPlays
FROM counted
