"""Stand-ins for the outside world: a fictional Spotify, its MusicBrainz, figures and a listener."""
