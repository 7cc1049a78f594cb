"""Tests of music_assets.upkeep."""
