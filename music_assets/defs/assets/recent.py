"""Recently played: the plays that Spotify remembers, landed hourly before it forgets them."""

import time

import dagster as dg

from music_assets.defs.assets.listening import GROUP
from music_assets.defs.checks import WARN
from music_assets.defs.freshness import hourly
from music_assets.landing.recent_plays import Heard, land_recent_plays
from music_assets.loading.asset_kinds import landing_asset
from music_assets.loading.landing_versions import version_of_blobs
from music_assets.loading.quarantine import put_aside, quarantine_result
from music_assets.spotify.access import SpotifyResource
from music_assets.storage import paths
from music_assets.storage.blobs import StorageResource

NAME = "recent_plays"
NOTHING_MISSED = dg.AssetCheckSpec(
    "nothing_missed",
    asset=NAME,
    description="Spotify gave what it was asked for, and remembers all plays since the last time.",
)


@landing_asset(NAME, checks=[NOTHING_MISSED], group=GROUP, freshness=hourly())
def recent_plays(
    context: dg.AssetExecutionContext,
    storage: dg.ResourceParam[StorageResource],
    spotify: SpotifyResource,
) -> dg.MaterializeResult:
    """One line is up to 1,000 songs that were played in a month, as Spotify remembered them.

    A Spotify that is away, or that may not be asked, fails no step.
    """
    began, run_id = time.perf_counter(), context.run.run_id
    heard = land_recent_plays(storage, spotify, run_id=run_id, tell=context.log.info)
    if heard.not_asked:
        context.log.info(heard.not_asked)
    path = paths.quarantined(NAME, run_id, "landing")
    files = put_aside(storage, path, "me/player/recently-played", heard.rejects)
    return dg.MaterializeResult(
        data_version=version_of_blobs(storage.list(paths.LANDED_PLAYS)),
        metadata={
            "plays": heard.came,
            "new": heard.new,
            "not_music": heard.not_music,
            "calls": heard.calls,
            "gaps": [str(gap) for gap in heard.gaps],
            **({"not_asked": heard.not_asked} if heard.not_asked else {}),
            "seconds": round(time.perf_counter() - began, 3),
        },
        check_results=[quarantine_result(len(heard.rejects), files), _missed(context, heard)],
    )


def _missed(context: dg.AssetExecutionContext, heard: Heard) -> dg.AssetCheckResult:
    """The warning of what kept Spotify away, and of gaps, also those of earlier runs."""
    said = [heard.problem] if heard.problem else []
    if heard.gaps:
        said.append(
            "Spotify remembers 50 plays, and there may have been more: from "
            f"{', from '.join(map(str, heard.gaps))}. An export of your listening history has them."
        )
    for sentence in said:
        context.log.warning(sentence)
    return dg.AssetCheckResult(
        check_name=NOTHING_MISSED.name,
        passed=not said,
        severity=WARN,
        description=" ".join(said) or None,
        metadata={"gaps": [str(gap) for gap in heard.gaps]},
    )
