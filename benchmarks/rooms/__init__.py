"""The benchmarks with bounds, one module for each kind of work."""
