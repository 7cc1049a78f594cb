"""Tests of music_assets.config."""
