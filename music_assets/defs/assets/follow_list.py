"""The follow list: the inbox, and the copy of it that a run works on."""

from collections.abc import Iterator

import dagster as dg

from music_assets.landing.follow_inbox import land_follow_list
from music_assets.landing.inboxes import FOLLOW_FILES, first_of, follow_files_left_out
from music_assets.loading.asset_kinds import OWNERS, in_sentences, landing_asset
from music_assets.loading.landing_versions import version_of_ingest
from music_assets.loading.quarantine import put_aside, quarantine_result
from music_assets.loading.source_lines import CODE_REFERENCES, source_lines
from music_assets.storage import paths
from music_assets.storage.blobs import StorageResource
from music_assets.storage.paths import FOLLOW_LIST

GROUP = "follow_list"

INBOX = "followed_artists_list"


def _seen(storage: StorageResource) -> dg.ObserveResult:
    """The version of the list that is in the inbox, if one is there."""
    blob = first_of(storage, FOLLOW_LIST)
    if blob is None:
        return dg.ObserveResult(asset_key=INBOX)
    return dg.ObserveResult(
        asset_key=INBOX, data_version=dg.DataVersion(blob.etag), metadata={"bytes": blob.size}
    )


@dg.multi_observable_source_asset(  # type: ignore[untyped-decorator]
    name=INBOX,
    specs=[
        dg.AssetSpec(
            INBOX,
            description=(
                f"The inbox, `{FOLLOW_LIST}`: pages of the artists that somebody follows on "
                "Spotify. People or `music-assets follow` put it there; an observation notes its "
                "version."
            ),
            group_name=GROUP,
            kinds={"json"},
            owners=OWNERS,
            metadata={CODE_REFERENCES: source_lines(_seen)},
        )
    ],
)
@in_sentences
def followed_artists_list(
    storage: dg.ResourceParam[StorageResource],
) -> Iterator[dg.ObserveResult]:
    """Observe the follow list."""
    yield _seen(storage)


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
        data_version=version_of_ingest(storage, "artists"),
        metadata={"artists": len(followed.artists), "folder": folder},
        check_results=[quarantine_result(len(followed.rejects), files, missing)],
    )
