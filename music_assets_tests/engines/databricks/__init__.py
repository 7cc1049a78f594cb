"""Tests of music_assets.engines.databricks."""
