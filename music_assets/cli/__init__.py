"""The `music-assets` command, one module per group of commands."""
