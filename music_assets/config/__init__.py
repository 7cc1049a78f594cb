"""The environment, read and validated once. Nothing here connects to anything."""
