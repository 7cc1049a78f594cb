"""Pure frame -> frame functions: no I/O, no Dagster, any engine that Narwhals knows."""
