-- One row is one week with plays that count: their number, their songs, their artists (by name),
-- and the minutes of those that say how long they were (NULL where none says it). ShortPlays is the
-- number of the week's other plays, which count nowhere.
-- Weeks read: 1
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
