"""Tests of music_assets.landing."""
