"""A music database from the artists you follow, as a Dagster asset platform."""
