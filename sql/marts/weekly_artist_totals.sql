-- One row is one week of one followed artist: the streams and downloads of the tracks of all the
-- artist's albums. A track counts for every followed artist of its album. Figures is `given` where a
-- file gives them, `simulated`, or `unknown`.
-- Weeks read: 1
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
