"""A music database from the artists you follow on Spotify, as a Dagster asset platform."""

import warnings

# Of what is in beta Dagster warns once per use and process: of range runs, and of inboxes observed.
for name in ("Parameter `backfill_policy`", "Parameter `include_sources`", "Function `multi_obs"):
    warnings.filterwarnings("ignore", message=name)
