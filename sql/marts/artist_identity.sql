-- One row is one followed artist: who this is at MusicBrainz, and how that was found. MatchedBy is
-- `url` where MusicBrainz knows the artist's address at Spotify, `name` where name, type and the
-- title of an album agree, which is a guess, and NULL where nobody was found or asked.
SELECT
    artists.ArtistID,
    artists.Name,
    artists.MusicBrainzID,
    artists.MatchedBy,
    artists.Country,
    artists.ArtistType,
    artists.BeganYear,
    (
        SELECT COUNT(*) FROM artist_genres
        WHERE artist_genres.ArtistID = artists.ArtistID AND artist_genres.Source = 'spotify'
    ) AS GenresOfSpotify,
    (
        SELECT COUNT(*) FROM artist_genres
        WHERE artist_genres.ArtistID = artists.ArtistID AND artist_genres.Source = 'musicbrainz'
    ) AS GenresOfMusicBrainz
FROM artists
