-- One row is one of the 100 artists who were played most in one period. An artist is who goes by
-- one name as listened.
-- Columns:
-- Period: `week`, `month`, `year` or `all`.
-- PeriodStartDate: the first day of the period; of `all`, the day of the first play.
-- PlayRank: the place by Plays, 1 to 100; of artists who were played equally often, the one whose
--   name sorts first ranks first.
-- ArtistName: the artist's name as listened.
-- ArtistID: that of the followed artist of this name; of several, one with a heard song on an
--   album. NULL: none is followed.
-- Plays: the number of plays that count.
-- Minutes: minutes of the plays that say how long they were. NULL: none says it.
WITH heard AS (
    SELECT DISTINCT
        a.ArtistID,
        s.ArtistName
    FROM listened_songs AS s
    INNER JOIN tracks ON tracks.SongID = s.SongID
    INNER JOIN artist_albums AS a ON a.AlbumID = tracks.AlbumID
),

songs AS (
    SELECT
        s.SongID,
        s.ArtistName,
        COALESCE(MIN(heard.ArtistID), MIN(artists.ArtistID)) AS ArtistID
    FROM listened_songs AS s
    LEFT JOIN artists ON artists.Name = s.ArtistName
    LEFT JOIN heard ON heard.ArtistID = artists.ArtistID AND heard.ArtistName = artists.Name
    WHERE s.ArtistName IS NOT NULL
    GROUP BY s.SongID, s.ArtistName
),

-- A CROSS JOIN, which SQLite does in this order: it reads all plays once, and looks each song up.
weeks AS (
    SELECT
        c.WeekStartDate,
        songs.ArtistName,
        songs.ArtistID,
        COUNT(*) AS Plays,
        SUM(c.Milliseconds) AS Milliseconds
    FROM counted_plays AS c
    CROSS JOIN songs
    WHERE songs.SongID = c.SongID
    GROUP BY c.WeekStartDate, songs.ArtistName, songs.ArtistID
),

months AS (
    SELECT
        c.MonthStartDate,
        c.YearStartDate,
        songs.ArtistName,
        songs.ArtistID,
        COUNT(*) AS Plays,
        SUM(c.Milliseconds) AS Milliseconds
    FROM counted_plays AS c
    CROSS JOIN songs
    WHERE songs.SongID = c.SongID
    GROUP BY c.MonthStartDate, c.YearStartDate, songs.ArtistName, songs.ArtistID
),

years AS (
    SELECT
        YearStartDate,
        ArtistName,
        ArtistID,
        SUM(Plays) AS Plays,
        SUM(Milliseconds) AS Milliseconds
    FROM months
    GROUP BY YearStartDate, ArtistName, ArtistID
),

totals AS (
    SELECT
        'week' AS Period,
        WeekStartDate AS PeriodStartDate,
        ArtistName,
        ArtistID,
        Plays,
        Milliseconds
    FROM weeks
    UNION ALL
    SELECT
        'month' AS Period,
        MonthStartDate AS PeriodStartDate,
        ArtistName,
        ArtistID,
        Plays,
        Milliseconds
    FROM months
    UNION ALL
    SELECT
        'year' AS Period,
        YearStartDate AS PeriodStartDate,
        ArtistName,
        ArtistID,
        Plays,
        Milliseconds
    FROM years
    UNION ALL
    SELECT
        'all' AS Period,
        (SELECT MIN(LocalDate) FROM counted_plays) AS PeriodStartDate,
        ArtistName,
        ArtistID,
        SUM(Plays) AS Plays,
        SUM(Milliseconds) AS Milliseconds
    FROM years
    GROUP BY ArtistName, ArtistID
),

ranked AS (
    SELECT
        Period,
        PeriodStartDate,
        ArtistName,
        ArtistID,
        Plays,
        Milliseconds,
        ROW_NUMBER() OVER (
            PARTITION BY Period, PeriodStartDate ORDER BY Plays DESC, ArtistName
        ) AS PlayRank
    FROM totals
)

SELECT
    Period,
    PeriodStartDate,
    PlayRank,
    ArtistName,
    ArtistID,
    Plays,
    CAST(Milliseconds AS FLOAT) / 60000 AS Minutes
FROM ranked
WHERE PlayRank <= 100
