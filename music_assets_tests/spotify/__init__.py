"""Tests of music_assets.spotify."""
