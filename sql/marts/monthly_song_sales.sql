-- One row is one song in one month in which distributors' statements tell of it.
-- Columns:
-- Month: the first day of the month.
-- ISRC: the song's ISRC.
-- SongID: that of the one track with this ISRC. NULL: there is none, or several.
-- Title: the title in the newest statement. NULL: not told.
-- ArtistName: the artist in the newest statement. NULL: not told.
-- Quantity: the sum over all statements, stores and countries, less what later ones take back.
-- Stores: the number of stores.
-- Countries: the number of countries.
WITH songs AS (
    SELECT
        Month,
        Item,
        SUM(Quantity) AS Quantity,
        COUNT(DISTINCT Store) AS Stores,
        COUNT(DISTINCT Country) AS Countries
    FROM monthly_sales
    WHERE Kind = 'song'
    GROUP BY Month, Item
),

names AS (
    SELECT
        Item,
        Title,
        ArtistName,
        ROW_NUMBER() OVER (
            PARTITION BY Item ORDER BY ReportDate DESC, Month DESC, Store, Country
        ) AS Age
    FROM monthly_sales
    WHERE Kind = 'song'
),

bearers AS (
    SELECT
        ISRC,
        MIN(SongID) AS SongID
    FROM tracks
    GROUP BY ISRC
    HAVING COUNT(*) = 1
)

SELECT
    songs.Month,
    songs.Item AS ISRC,
    bearers.SongID,
    names.Title,
    names.ArtistName,
    songs.Quantity,
    songs.Stores,
    songs.Countries
FROM songs
INNER JOIN names ON names.Item = songs.Item AND names.Age = 1
LEFT JOIN bearers ON bearers.ISRC = songs.Item
