-- One row is one followed artist of whom no play that counts is known: neither of a song on the
-- artist's albums, nor of any song by an artist of this name. Without any play there is no row,
-- since then nothing is known.
-- Columns:
-- ArtistID: Spotify's id of the artist, as in `artists`.
-- ArtistName: the artist's name. NULL: not known.
-- Tracks: the number of songs on the artist's albums.
-- NewestAlbumName: the name of the album that was released last. NULL: no date is known.
-- NewestReleaseDate: the day of its release. NULL: no date is known.
WITH heard AS (
    SELECT
        s.SongID,
        s.ArtistName
    FROM listened_songs AS s
    WHERE EXISTS (SELECT 1 FROM counted_plays AS c WHERE c.SongID = s.SongID)
),

releases AS (
    SELECT
        a.ArtistID,
        albums.AlbumName,
        albums.ReleaseDate,
        ROW_NUMBER() OVER (
            PARTITION BY a.ArtistID ORDER BY albums.ReleaseDate DESC, albums.AlbumID
        ) AS Newness
    FROM artist_albums AS a
    INNER JOIN albums ON albums.AlbumID = a.AlbumID
    WHERE albums.ReleaseDate IS NOT NULL
)

SELECT
    artists.ArtistID,
    artists.Name AS ArtistName,
    (
        SELECT COUNT(*) FROM artist_albums AS a
        INNER JOIN tracks ON tracks.AlbumID = a.AlbumID
        WHERE a.ArtistID = artists.ArtistID
    ) AS Tracks,
    releases.AlbumName AS NewestAlbumName,
    releases.ReleaseDate AS NewestReleaseDate
FROM artists
LEFT JOIN releases ON releases.ArtistID = artists.ArtistID AND releases.Newness = 1
WHERE
    EXISTS (SELECT 1 FROM heard)
    AND artists.ArtistID NOT IN (
        SELECT a.ArtistID FROM heard
        INNER JOIN tracks ON tracks.SongID = heard.SongID
        INNER JOIN artist_albums AS a ON a.AlbumID = tracks.AlbumID
    )
    AND (
        artists.Name IS NULL
        OR artists.Name NOT IN (
            SELECT heard.ArtistName FROM heard
            WHERE heard.ArtistName IS NOT NULL
        )
    )
