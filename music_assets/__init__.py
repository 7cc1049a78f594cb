"""A music database from the artists you follow on Spotify, as a Dagster asset platform."""

import warnings

# Range runs need a beta parameter, of which Dagster would warn once per asset and process.
warnings.filterwarnings("ignore", message="Parameter `backfill_policy`")
