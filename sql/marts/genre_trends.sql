-- One row is one week of one genre: the streams and downloads of the tracks on albums by artists of
-- that genre. A track counts once per genre and for each of its genres, so that the shares of a
-- week's streams (0 to 1) may add up to more than 1; a track without a genre counts in none.
-- StreamsChange is against the week that starts 7 days earlier, NULL where that has no figure.
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
        SUM(w.Tracks) AS Tracks,
        SUM(w.Streams) AS Streams,
        SUM(w.Downloads) AS Downloads
    FROM weekly_album_totals AS w
    INNER JOIN album_genres AS g ON g.AlbumID = w.AlbumID
    GROUP BY w.WeekID, w.WeekStartDate, g.GenreID
)

SELECT
    this.WeekID,
    this.WeekStartDate,
    this.GenreID,
    genres.Name AS GenreName,
    this.Tracks,
    this.Streams,
    this.Downloads,
    CAST(this.Streams AS FLOAT) / NULLIF(weekly_totals.Streams, 0) AS ShareOfStreams,
    this.Streams - earlier.Streams AS StreamsChange
FROM totals AS this
INNER JOIN genres ON genres.GenreID = this.GenreID
INNER JOIN weekly_totals ON weekly_totals.WeekID = this.WeekID
LEFT JOIN totals AS earlier
    ON earlier.WeekID = weekly_totals.PreviousWeekID AND earlier.GenreID = this.GenreID
