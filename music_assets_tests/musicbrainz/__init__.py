"""Tests of music_assets.musicbrainz."""
