"""The assets that ask Spotify for listings: what they share."""

import time
from collections.abc import Callable, Mapping

import dagster as dg
import polars as pl

from music_assets.calls.call_errors import CallsPaused
from music_assets.landing.fetching import land
from music_assets.landing.ingests import LOADED, SUCCESS, IngestError, Manifest
from music_assets.landing.kinds import Kind
from music_assets.landing.listing_memory import TOO_SHORT
from music_assets.landing.progress import notice
from music_assets.loading.landing_versions import version_of_ingest
from music_assets.loading.quarantine import put_aside, quarantine_result
from music_assets.spotify.access import SpotifyResource
from music_assets.spotify.session import Session, open_session
from music_assets.storage import paths
from music_assets.storage.blobs import StorageResource
from music_assets.storage.storage_errors import StorageError


class Asking(dg.Config):
    """The extent of what Spotify is asked for.

    Attributes:
        refresh: ask for everything anew. Otherwise a run resumes an ingest whose rows are not in
            the tables yet, and leaves out albums whose tracks are all stored.
    """

    refresh: bool = False


def land_listings(
    context: dg.AssetExecutionContext,
    storage: StorageResource,
    spotify: SpotifyResource,
    kind: Kind,
    wanted: Mapping[str, int],
    known: pl.DataFrame,
    config: Asking,
) -> dg.MaterializeResult:
    """Land the wanted listings.

    `known` has every id, the length of its listing as far as it is known, and its rows in the
    table: they tell how many calls were saved, and which listings are not believed.
    """
    run_id, began = context.run.run_id, time.perf_counter()
    identity, length, held = known.columns
    stored = dict(known.select(identity, held).iter_rows())
    until = SUCCESS if config.refresh else LOADED
    tell = _teller(context)
    with open_session(spotify, storage, run_id, anew=config.refresh, tell=tell) as session:
        try:
            manifest, rejects = land(
                storage,
                session,
                kind,
                wanted,
                stored=stored,
                run_id=run_id,
                tell=context.log.info,
                until=until,
            )
        except (CallsPaused, IngestError, StorageError) as error:
            raise dg.Failure(str(error), _cost(session, began), allow_retries=False) from None
        every = kind.calls(session.listings, known[length].fill_null(0), singly=True)
    cost = {"calls_saved": max(0, every - session.made.calls), **_cost(session, began)}
    _warn(context, kind, manifest)
    path = paths.quarantined(kind.name, run_id, "landing")
    files = put_aside(storage, path, paths.ingests(kind.name).rstrip("/"), rejects)
    return dg.MaterializeResult(
        data_version=version_of_ingest(storage, kind.name),
        metadata={"asked_for": len(wanted), **_came(manifest), **cost},
        check_results=[quarantine_result(len(rejects), files)],
    )


def _teller(context: dg.AssetExecutionContext) -> Callable[[str], None]:
    """Tells a line to the run's log and to a person at the terminal."""

    def tell(line: str) -> None:
        context.log.info(line)
        notice(line)

    return tell


def _warn(context: dg.AssetExecutionContext, kind: Kind, manifest: Manifest) -> None:
    """Name some of the ids that Spotify does not know, and of those whose list is doubted."""
    for ids, what in (
        (manifest.gone, "are not known to Spotify"),
        (manifest.doubtful, f"{TOO_SHORT}, so nothing is deleted; the next run asks again"),
    ):
        if ids:
            some = ", ".join(ids[:5])
            context.log.warning(f"{kind.name}: {len(ids)} ids {what}. Among them: {some}.")


def _came(manifest: Manifest) -> dict[str, int]:
    """The counts of an ingest: ids that are gone, doubted or failed, and entries."""
    return {
        "gone": len(manifest.gone),
        "doubted": len(manifest.doubtful),
        "failed": len(manifest.failed),
        "entries": sum(manifest.fetched.values()),
    }


def _cost(session: Session, began: float) -> dict[str, int | float]:
    """The calls and seconds of a session, and the fewest seconds that Spotify's limit allows."""
    made = session.made
    return {
        "calls": made.calls,
        "retries": made.retries,
        "refusals": made.refusals,
        "seconds": round(time.perf_counter() - began, 3),
        "least_seconds": round(session.pacer.least_seconds(made.calls), 3),
    }
