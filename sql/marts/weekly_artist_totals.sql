-- One row is one week of one followed artist: the tracks of all the artist's albums. A track
-- counts for every followed artist of its album.
-- Weeks read: 1
-- Columns:
-- WeekID: the week, ISO year times 100 plus ISO week, such as 202647.
-- WeekStartDate: the Monday that begins the week.
-- ArtistID: Spotify's id of the artist, as in `artists`.
-- ArtistName: the artist's name. NULL: not known.
-- Tracks: the number of the artist's tracks that have streams or downloads in the week.
-- Streams: their streams in the week. NULL: none has any.
-- Downloads: their downloads in the week. NULL: none has any.
-- Figures: the kind of the week's figures, `given` where a file gives them, `simulated`, or
--   `unknown`.
WITH totals AS (
    SELECT
        w.WeekID,
        w.WeekStartDate,
        a.ArtistID,
        w.Figures,
        SUM(w.Tracks) AS Tracks,
        SUM(w.Streams) AS Streams,
        SUM(w.Downloads) AS Downloads
    FROM weekly_album_totals AS w
    INNER JOIN artist_albums AS a ON a.AlbumID = w.AlbumID
    GROUP BY w.WeekID, w.WeekStartDate, a.ArtistID, w.Figures
)

SELECT
    totals.WeekID,
    totals.WeekStartDate,
    totals.ArtistID,
    artists.Name AS ArtistName,
    totals.Tracks,
    totals.Streams,
    totals.Downloads,
    totals.Figures
FROM totals
INNER JOIN artists ON artists.ArtistID = totals.ArtistID
