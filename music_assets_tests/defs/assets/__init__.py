"""Tests of music_assets.defs.assets."""
