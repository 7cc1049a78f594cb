-- One row is one song with a play that counts, and the first of them. A song in `tracks` has its
-- title there, any other as listened.
-- Columns:
-- SongID: the song, as in `listened_songs`.
-- Title: its title. NULL: not known.
-- ArtistName: the artist's name as listened. NULL: not known.
-- FirstHeardAt: the end of the first play, in UTC.
-- FirstHeardDate: its day in MUSIC_TIME_ZONE.
-- FirstWeekID: its week in MUSIC_TIME_ZONE, ISO year times 100 plus ISO week, such as 202647.
-- FirstWeekStartDate: the Monday that begins the week.
-- ArtistDiscovered: 1 where that was the first play of any song of this artist, by name; 0 where
--   it was not. Of songs at one moment, the one whose SongID sorts first is the first. NULL: the
--   artist's name is not known.
-- PlaysSince: the number of plays after the first.
WITH firsts AS (
    SELECT
        SongID,
        MIN(EndedAt) AS EndedAt,
        COUNT(*) - 1 AS PlaysSince
    FROM counted_plays
    GROUP BY SongID
),

discovered AS (
    SELECT
        firsts.SongID,
        firsts.EndedAt,
        firsts.PlaysSince,
        s.Title,
        s.ArtistName,
        ROW_NUMBER() OVER (
            PARTITION BY s.ArtistName ORDER BY firsts.EndedAt, firsts.SongID
        ) AS SongOfArtist
    FROM firsts
    INNER JOIN listened_songs AS s ON s.SongID = firsts.SongID
)

SELECT
    d.SongID,
    COALESCE(tracks.Title, d.Title) AS Title,
    d.ArtistName,
    c.EndedAt AS FirstHeardAt,
    c.LocalDate AS FirstHeardDate,
    c.WeekID AS FirstWeekID,
    c.WeekStartDate AS FirstWeekStartDate,
    CASE
        WHEN d.ArtistName IS NULL THEN NULL
        WHEN d.SongOfArtist = 1 THEN 1
        ELSE 0
    END AS ArtistDiscovered,
    d.PlaysSince
FROM discovered AS d
INNER JOIN counted_plays AS c ON c.EndedAt = d.EndedAt AND c.SongID = d.SongID
LEFT JOIN tracks ON tracks.SongID = d.SongID
