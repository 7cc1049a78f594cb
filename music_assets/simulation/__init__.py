"""What stands in for the outside world: weekly figures and the sandbox Spotify API."""
