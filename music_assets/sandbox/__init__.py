"""Stand-ins for the outside world: a fictional Spotify, and simulated weekly figures."""
