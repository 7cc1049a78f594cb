"""Tests of music_assets.sandbox."""
