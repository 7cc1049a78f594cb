-- One row is one week of one genre: the tracks on albums by artists of that genre. A track counts
-- once per genre and for each of its genres, so that the shares of a week may add up to more than
-- 1; a track without a genre counts in none.
-- Weeks read: 2
-- Columns:
-- WeekID: the week, ISO year times 100 plus ISO week, such as 202647.
-- WeekStartDate: the Monday that begins the week.
-- GenreID: the genre, as in `genres`.
-- GenreName: the genre's name.
-- Tracks: the number of its tracks that have streams or downloads in the week.
-- Streams: their streams in the week. NULL: none has any.
-- Downloads: their downloads in the week. NULL: none has any.
-- ShareOfStreams: Streams by those of all songs of the week, 0 to 1. NULL: there are none.
-- StreamsChange: Streams less those of the week that starts 7 days earlier. NULL: that week has no
--   figure of this kind.
-- Figures: the kind of the week's figures, `given` where a file gives them, `simulated`, or
--   `unknown`.
WITH album_genres AS (
    SELECT DISTINCT
        artist_albums.AlbumID,
        artist_genres.GenreID
    FROM artist_albums
    INNER JOIN artist_genres ON artist_genres.ArtistID = artist_albums.ArtistID
),

totals AS (
    SELECT
        w.WeekID,
        w.WeekStartDate,
        g.GenreID,
        w.Figures,
        SUM(w.Tracks) AS Tracks,
        SUM(w.Streams) AS Streams,
        SUM(w.Downloads) AS Downloads
    FROM weekly_album_totals AS w
    INNER JOIN album_genres AS g ON g.AlbumID = w.AlbumID
    GROUP BY w.WeekID, w.WeekStartDate, g.GenreID, w.Figures
),

-- A subquery for the week before: a join would add up all weeks first.
compared AS (
    SELECT
        totals.WeekID,
        totals.WeekStartDate,
        totals.GenreID,
        totals.Figures,
        totals.Tracks,
        totals.Streams,
        totals.Downloads,
        weekly_totals.Streams AS StreamsOfWeek,
        (
            SELECT SUM(e.Streams) FROM weekly_album_totals AS e
            WHERE
                e.WeekID = weekly_totals.PreviousWeekID
                AND e.AlbumID IN (
                    SELECT artist_albums.AlbumID FROM artist_albums
                    INNER JOIN artist_genres ON artist_genres.ArtistID = artist_albums.ArtistID
                    WHERE artist_genres.GenreID = totals.GenreID
                )
        ) AS StreamsBefore
    FROM totals
    INNER JOIN weekly_totals ON weekly_totals.WeekID = totals.WeekID
)

SELECT
    compared.WeekID,
    compared.WeekStartDate,
    compared.GenreID,
    genres.Name AS GenreName,
    compared.Tracks,
    compared.Streams,
    compared.Downloads,
    CAST(compared.Streams AS FLOAT) / NULLIF(compared.StreamsOfWeek, 0) AS ShareOfStreams,
    compared.Streams - compared.StreamsBefore AS StreamsChange,
    compared.Figures
FROM compared
INNER JOIN genres ON genres.GenreID = compared.GenreID
