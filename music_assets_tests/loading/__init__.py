"""Tests of music_assets.loading."""
