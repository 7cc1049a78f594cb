"""Tests of music_assets.schema."""
