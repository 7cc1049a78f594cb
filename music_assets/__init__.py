"""A music database from the artists you follow on Spotify, as a Dagster asset platform."""

import warnings

# Dagster marks as beta what range runs need, and would say so once per asset and process.
warnings.filterwarnings("ignore", message="Parameter `backfill_policy`")
