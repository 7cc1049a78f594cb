"""Jobs: the assets that one run covers."""

import dagster as dg

from music_assets.defs.checks import checks, constraint_checks

_CONSTRAINTS = dg.AssetSelection.checks(*constraint_checks)

full_graph = dg.define_asset_job(
    "full_graph",
    # With the inbox, so that its version is noted before somebody reads it.
    selection=dg.AssetSelection.all(include_sources=True) - _CONSTRAINTS,
    description="From the follow list to the report, over all weeks that the launch names.",
)

weekly_job = dg.define_asset_job(
    "weekly_job",
    selection=dg.AssetSelection.assets("raw_weekly").downstream() - _CONSTRAINTS,
    description="A week's figures, and everything downstream of them.",
)

charts_job = dg.define_asset_job(
    "charts_job",
    selection=dg.AssetSelection.assets("raw_charts").downstream() - _CONSTRAINTS,
    description="The charts in the inbox, and everything downstream of them.",
)

sales_job = dg.define_asset_job(
    "sales_job",
    selection=dg.AssetSelection.assets("raw_sales").downstream() - _CONSTRAINTS,
    description="The sales in the inbox, and everything downstream of them.",
)

listening_job = dg.define_asset_job(
    "listening_job",
    selection=dg.AssetSelection.assets("raw_plays").downstream() - _CONSTRAINTS,
    description="What people have listened to, and everything downstream of it.",
)

recent_job = dg.define_asset_job(
    "recent_job",
    # The report is about weeks of streams.
    selection=dg.AssetSelection.assets("recent_plays").downstream()
    - dg.AssetSelection.assets("weekly_report")
    - _CONSTRAINTS,
    description="The plays that Spotify remembers, and everything that is made of plays.",
)

sweep = dg.define_asset_job(
    "sweep",
    selection=dg.AssetSelection.checks(*checks, *constraint_checks),
    description=(
        "The checks of the tables over all rows, keys and references too: other runs look at what "
        "they load."
    ),
)
