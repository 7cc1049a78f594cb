"""Tests of music_assets.transforms."""
