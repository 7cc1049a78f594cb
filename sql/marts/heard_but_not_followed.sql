-- One row is one artist, by name as listened, who was heard and has the name of no followed
-- artist.
-- Columns:
-- PlayRank: the place by Plays, from 1; of artists who were played equally often, the one whose
--   name sorts first ranks first.
-- ArtistName: the artist's name as listened.
-- Songs: the number of the artist's songs with a play that counts.
-- Plays: the number of plays that count.
-- Minutes: minutes of the plays that say how long they were. NULL: none says it.
-- FirstHeardDate: the day of the first of the plays, in MUSIC_TIME_ZONE.
-- LastHeardDate: the day of the last of them.
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
