"""Each module owns one outside thing: Spotify, storage, the engine, the database."""
