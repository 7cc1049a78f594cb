-- One row is one artist, by name as listened, who was heard and has the name of no followed artist:
-- songs and plays that count, minutes of those that say how long they were, and the days, in
-- MUSIC_TIME_ZONE, of the first and the last of them. The most plays rank first; of artists who
-- were played equally often, the one whose name sorts first.
WITH totals AS (
    SELECT
        s.ArtistName,
        COUNT(DISTINCT c.SongID) AS Songs,
        COUNT(*) AS Plays,
        SUM(c.Milliseconds) AS Milliseconds,
        MIN(c.LocalDate) AS FirstHeardDate,
        MAX(c.LocalDate) AS LastHeardDate
    FROM counted_plays AS c
    INNER JOIN listened_songs AS s ON s.SongID = c.SongID
    WHERE
        s.ArtistName IS NOT NULL
        AND s.ArtistName NOT IN (SELECT artists.Name FROM artists WHERE artists.Name IS NOT NULL)
    GROUP BY s.ArtistName
)

SELECT
    ROW_NUMBER() OVER (ORDER BY Plays DESC, ArtistName) AS PlayRank,
    ArtistName,
    Songs,
    Plays,
    CAST(Milliseconds AS FLOAT) / 60000 AS Minutes,
    FirstHeardDate,
    LastHeardDate
FROM totals
