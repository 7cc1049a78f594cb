"""The `music-assets` command: one module per group of commands, and what they share."""
