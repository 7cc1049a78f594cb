"""Pure functions from frames to frames, written once against Narwhals."""
