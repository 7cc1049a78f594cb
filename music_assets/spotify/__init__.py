"""Spotify: client, tokens, listings, pacing, and the ledger of calls."""
