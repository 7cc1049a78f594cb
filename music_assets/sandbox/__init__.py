"""Stand-ins for the outside world: a fictional Spotify, its MusicBrainz, simulated figures."""
