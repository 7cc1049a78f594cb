"""The follow list: the inbox, and the copy of it that a run works on."""

import dagster as dg

from music_assets.landing.follow_inbox import land_follow_list
from music_assets.landing.inboxes import FOLLOW_FILES, follow_files_left_out
from music_assets.loading.asset_kinds import OWNERS, landing_asset
from music_assets.loading.quarantine import put_aside, quarantine_result
from music_assets.storage import paths
from music_assets.storage.blobs import StorageResource
from music_assets.storage.paths import FOLLOW_LIST

GROUP = "follow_list"

followed_artists_list = dg.AssetSpec(
    "followed_artists_list",
    description=(
        f"The inbox, `{FOLLOW_LIST}`: pages of the artists that somebody follows on Spotify."
    ),
    group_name=GROUP,
    kinds={"json"},
    owners=OWNERS,
)


@landing_asset("raw_artists", group=GROUP, deps=["followed_artists_list"])
def raw_artists(
    context: dg.AssetExecutionContext, storage: dg.ResourceParam[StorageResource]
) -> dg.MaterializeResult:
    """One line is one page of followed artists, as it was in the inbox when the run began."""
    folder, followed = land_follow_list(storage, context.run.run_id)
    path = paths.quarantined("artists", context.run.run_id, "landing")
    files = put_aside(storage, path, followed.source, followed.rejects)
    left_out = follow_files_left_out(storage.list(FOLLOW_FILES)).values()
    missing = [*left_out, *filter(None, [followed.shortfall])]
    return dg.MaterializeResult(
        metadata={"artists": len(followed.artists), "folder": folder},
        check_results=[quarantine_result(len(followed.rejects), files, missing)],
    )
