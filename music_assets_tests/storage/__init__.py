"""Tests of music_assets.storage."""
