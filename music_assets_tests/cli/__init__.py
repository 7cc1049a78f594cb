"""Tests of music_assets.cli."""
