"""Tests of music_assets.publishing."""
