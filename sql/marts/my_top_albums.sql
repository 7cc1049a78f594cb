-- One row is one of the 100 albums whose songs were played most in one period. An album is what
-- goes by one name and one artist's name as listened; a song in `tracks` is on the album that it
-- has there. A song of which no album is known counts for none.
-- Columns:
-- Period: `week`, `month`, `year` or `all`.
-- PeriodStartDate: the first day of the period; of `all`, the day of the first play.
-- PlayRank: the place by Plays, 1 to 100; of albums that were played equally often, the one whose
--   name, and then its artist's, sorts first ranks first.
-- AlbumName: the album's name.
-- ArtistName: the artist's name as listened.
-- AlbumID: that of the album in `albums`, the first where several have the name. NULL: it is not
--   there.
-- Plays: the number of plays that count.
-- Minutes: minutes of the plays that say how long they were. NULL: none says it.
WITH songs AS (
    SELECT
        s.SongID,
        COALESCE(albums.AlbumName, s.AlbumName) AS AlbumName,
        s.ArtistName,
        albums.AlbumID
    FROM listened_songs AS s
    LEFT JOIN tracks ON tracks.SongID = s.SongID
    LEFT JOIN albums ON albums.AlbumID = tracks.AlbumID
    WHERE
        s.ArtistName IS NOT NULL
        AND (albums.AlbumName IS NOT NULL OR s.AlbumName IS NOT NULL)
),

-- A CROSS JOIN, which SQLite does in this order: it reads all plays once, and looks each song up.
weeks AS (
    SELECT
        c.WeekStartDate,
        songs.AlbumName,
        songs.ArtistName,
        MIN(songs.AlbumID) AS AlbumID,
        COUNT(*) AS Plays,
        SUM(c.Milliseconds) AS Milliseconds
    FROM counted_plays AS c
    CROSS JOIN songs
    WHERE songs.SongID = c.SongID
    GROUP BY c.WeekStartDate, songs.AlbumName, songs.ArtistName
),

months AS (
    SELECT
        c.MonthStartDate,
        c.YearStartDate,
        songs.AlbumName,
        songs.ArtistName,
        MIN(songs.AlbumID) AS AlbumID,
        COUNT(*) AS Plays,
        SUM(c.Milliseconds) AS Milliseconds
    FROM counted_plays AS c
    CROSS JOIN songs
    WHERE songs.SongID = c.SongID
    GROUP BY c.MonthStartDate, c.YearStartDate, songs.AlbumName, songs.ArtistName
),

years AS (
    SELECT
        YearStartDate,
        AlbumName,
        ArtistName,
        MIN(AlbumID) AS AlbumID,
        SUM(Plays) AS Plays,
        SUM(Milliseconds) AS Milliseconds
    FROM months
    GROUP BY YearStartDate, AlbumName, ArtistName
),

totals AS (
    SELECT
        'week' AS Period,
        WeekStartDate AS PeriodStartDate,
        AlbumName,
        ArtistName,
        AlbumID,
        Plays,
        Milliseconds
    FROM weeks
    UNION ALL
    SELECT
        'month' AS Period,
        MonthStartDate AS PeriodStartDate,
        AlbumName,
        ArtistName,
        AlbumID,
        Plays,
        Milliseconds
    FROM months
    UNION ALL
    SELECT
        'year' AS Period,
        YearStartDate AS PeriodStartDate,
        AlbumName,
        ArtistName,
        AlbumID,
        Plays,
        Milliseconds
    FROM years
    UNION ALL
    SELECT
        'all' AS Period,
        (SELECT MIN(LocalDate) FROM counted_plays) AS PeriodStartDate,
        AlbumName,
        ArtistName,
        MIN(AlbumID) AS AlbumID,
        SUM(Plays) AS Plays,
        SUM(Milliseconds) AS Milliseconds
    FROM years
    GROUP BY AlbumName, ArtistName
),

ranked AS (
    SELECT
        Period,
        PeriodStartDate,
        AlbumName,
        ArtistName,
        AlbumID,
        Plays,
        Milliseconds,
        ROW_NUMBER() OVER (
            PARTITION BY Period, PeriodStartDate ORDER BY Plays DESC, AlbumName, ArtistName
        ) AS PlayRank
    FROM totals
)

SELECT
    Period,
    PeriodStartDate,
    PlayRank,
    AlbumName,
    ArtistName,
    AlbumID,
    Plays,
    CAST(Milliseconds AS FLOAT) / 60000 AS Minutes
FROM ranked
WHERE PlayRank <= 100
