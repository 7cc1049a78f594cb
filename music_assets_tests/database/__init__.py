"""Tests of music_assets.database."""
