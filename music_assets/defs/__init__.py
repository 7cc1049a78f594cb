"""Everything that Dagster shows. A new file here, or in a folder below, is loaded by itself."""
