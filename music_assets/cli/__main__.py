"""`python -m music_assets.cli` is `music-assets`."""

from music_assets.cli.main import main

main()
