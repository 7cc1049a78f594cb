"""MusicBrainz: who an artist of Spotify's is, and what others say that the artist plays."""
