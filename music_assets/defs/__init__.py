"""Everything that Dagster shows. A new file in here is loaded by itself."""
