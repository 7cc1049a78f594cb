-- One row is one followed artist: who this is at MusicBrainz, and how that was found.
-- Columns:
-- ArtistID: Spotify's id of the artist, as in `artists`.
-- Name: the artist's name at Spotify. NULL: not known.
-- MusicBrainzID: MusicBrainz's id (MBID). NULL: nobody was found or asked.
-- MatchedBy: `url` where MusicBrainz knows the artist's address at Spotify, `name` where name,
--   type and the title of an album agree, which is a guess. NULL: nobody was found or asked.
-- Country: the artist's country at MusicBrainz, by ISO 3166-1 or a code of its own. NULL: not
--   told.
-- ArtistType: MusicBrainz's word, such as Person or Group. NULL: not told.
-- BeganYear: the year of the birth or the founding. NULL: not told.
-- GenresOfSpotify: the number of the artist's genres that Spotify gives.
-- GenresOfMusicBrainz: the number of those that MusicBrainz alone gives.
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
