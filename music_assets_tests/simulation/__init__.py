"""Tests of music_assets.simulation."""
