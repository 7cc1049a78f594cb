"""Landing: exactly what arrived, as NDJSON pages. Nothing here interprets a value."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence

import dagster as dg
import polars as pl
import sqlalchemy as sa

from music_assets.database.resource import DatabaseResource
from music_assets.landing.fetching import ALBUMS, TRACKS, Kind, land
from music_assets.landing.follow_inbox import INBOX, land_follow_list
from music_assets.landing.ingests import LOADED, SUCCESS, IngestError
from music_assets.landing.weekly_inbox import SIMULATION, land_week
from music_assets.loading.loader import (
    OWNERS,
    SINGLE_RUN,
    AssetFunction,
    quarantine,
    quarantine_check,
    quarantine_result,
)
from music_assets.partitions import WEEKS, weeks_of
from music_assets.sandbox.weekly_figures import WeeklySimulator
from music_assets.schema import tables
from music_assets.spotify.client import SpotifyResource
from music_assets.spotify.session import Session, open_session
from music_assets.storage.blobs import StorageError, StorageResource

followed_artists_list = dg.AssetSpec(
    "followed_artists_list",
    description=f"The inbox, `{INBOX}`: pages of the artists that somebody follows on Spotify.",
    group_name="landing",
    kinds={"json"},
    owners=OWNERS,
)


def landing_asset(
    name: str,
    *,
    deps: Sequence[str],
    pool: str | None = None,
    partitions_def: dg.PartitionsDefinition | None = None,
) -> Callable[[AssetFunction], dg.AssetsDefinition]:
    """`dagster.asset` for an asset that lands pages: what all of them have in common."""
    return dg.asset(
        deps=deps,
        pool=pool,
        partitions_def=partitions_def,
        group_name="landing",
        kinds={"json"},
        owners=OWNERS,
        backfill_policy=SINGLE_RUN,
        check_specs=quarantine_check(name),
    )


@landing_asset("raw_artists", deps=["followed_artists_list"])
def raw_artists(
    context: dg.AssetExecutionContext, storage: dg.ResourceParam[StorageResource]
) -> dg.MaterializeResult:
    """One line is one page of followed artists, as it lay in the inbox when the run began."""
    try:
        folder, followed = land_follow_list(storage, context.run.run_id)
    except (StorageError, IngestError) as error:
        raise dg.Failure(str(error), allow_retries=False) from None
    path = f"quarantine/artists/{context.run.run_id}-landing.ndjson"
    files = quarantine(storage, path, INBOX, followed.rejects)
    return dg.MaterializeResult(
        metadata={"artists": len(followed.artists), "folder": folder},
        check_results=[quarantine_result(len(followed.rejects), files)],
    )


class Asking(dg.Config):
    """What Spotify is asked for.

    Without `refresh`, an ingest whose rows are not all in the tables yet is gone on with, and
    albums whose tracks are all stored are left out. With it, everything is asked for anew.
    """

    refresh: bool = False


@landing_asset("raw_albums", deps=["artists"], pool="spotify")
def raw_albums(
    context: dg.AssetExecutionContext,
    config: Asking,
    storage: dg.ResourceParam[StorageResource],
    database: DatabaseResource,
    spotify: SpotifyResource,
) -> dg.MaterializeResult:
    """One line is one page of an artist's albums, for every artist in the database."""
    artists, owned = tables.artists.c.ArtistID, tables.artist_albums.c
    albums = sa.select(sa.func.count()).where(owned.ArtistID == artists).scalar_subquery()
    known = database.read(sa.select(artists, albums.label("albums")).order_by(artists))
    wanted = dict(known.iter_rows())
    return _land_pages(context, storage, spotify, ALBUMS, wanted, wanted.values(), config)


@landing_asset("raw_tracks", deps=["albums"], pool="spotify")
def raw_tracks(
    context: dg.AssetExecutionContext,
    config: Asking,
    storage: dg.ResourceParam[StorageResource],
    database: DatabaseResource,
    spotify: SpotifyResource,
) -> dg.MaterializeResult:
    """One line is one page of an album's tracks, for every album the database lacks tracks of."""
    albums, tracks = tables.albums.c, tables.tracks.c
    held = sa.select(sa.func.count()).where(tracks.AlbumID == albums.AlbumID).scalar_subquery()
    every = sa.select(albums.AlbumID, albums.TotalTracks, held.label("held"))
    known = database.read(every.order_by(albums.AlbumID))
    lacking = (
        known if config.refresh else known.filter(pl.col("TotalTracks").ne_missing(pl.col("held")))
    )
    wanted = dict(lacking.select("AlbumID", pl.col("TotalTracks").fill_null(0)).iter_rows())
    totals = known["TotalTracks"].fill_null(0)
    return _land_pages(context, storage, spotify, TRACKS, wanted, totals, config)


def _land_pages(
    context: dg.AssetExecutionContext,
    storage: StorageResource,
    spotify: SpotifyResource,
    kind: Kind,
    wanted: Mapping[str, int],
    every: Iterable[int],
    config: Asking,
) -> dg.MaterializeResult:
    """Land the pages of the wanted ids; `every` list's length tells what has been saved."""
    run_id, began = context.run.run_id, time.perf_counter()
    with open_session(spotify, storage, run_id, anew=config.refresh) as session:
        try:
            manifest, rejects = land(
                storage,
                session,
                kind,
                wanted,
                run_id=run_id,
                tell=context.log.info,
                until=SUCCESS if config.refresh else LOADED,
            )
        except (IngestError, StorageError) as error:
            raise dg.Failure(str(error), _cost(session, began), allow_retries=False) from None
        saved = kind.calls(session.pages, every, singly=True) - session.made.calls
    path = f"quarantine/{kind.name}/{run_id}-landing.ndjson"
    files = quarantine(storage, path, f"landing/{kind.name}", rejects)
    if manifest.gone:
        context.log.warning(
            f"Spotify does not know {len(manifest.gone)} of {len(wanted)} ids that were asked for "
            f"{kind.name}: {', '.join(manifest.gone[:5])}…"
        )
    return dg.MaterializeResult(
        metadata={
            "asked_for": len(wanted),
            "gone": len(manifest.gone),
            "failed": len(manifest.failed),
            "entries": sum(manifest.fetched.values()),
            "calls_saved": max(0, saved),
            **_cost(session, began),
        },
        check_results=[quarantine_result(len(rejects), files)],
    )


def _cost(session: Session, began: float) -> dict[str, int | float]:
    """A session's calls, and its seconds beside the fewest that Spotify's limit allows."""
    made = session.made
    return {
        "calls": made.calls,
        "retries": made.retries,
        "refusals": made.refusals,
        "seconds": round(time.perf_counter() - began, 3),
        "least_seconds": round(session.pacer.least_seconds(made.calls), 3),
    }


class Simulation(dg.Config):
    """How the weeks without real figures are simulated."""

    seed: int = 1


@landing_asset("raw_weekly", deps=["tracks"], partitions_def=WEEKS)
def raw_weekly(
    context: dg.AssetExecutionContext,
    config: Simulation,
    storage: dg.ResourceParam[StorageResource],
    database: DatabaseResource,
) -> dg.MaterializeResult:
    """One line is one page of songs with a week's figures: real ones if given, else simulated."""
    songs = database.read(sa.select(tables.tracks.c.SongID).order_by("SongID"))
    simulator = WeeklySimulator(songs["SongID"].to_list(), config.seed)
    simulated, rejected, files = 0, 0, list[str]()
    for week in weeks_of(context):
        try:
            landed = land_week(storage, week, simulator)
        except (StorageError, ValueError) as error:
            raise dg.Failure(str(error), allow_retries=False) from None
        simulated += landed.source == SIMULATION
        rejected += len(landed.rejects)
        path = f"quarantine/weekly/{context.run.run_id}-{week.key}-landing.ndjson"
        files += quarantine(storage, path, landed.source, landed.rejects)
    return dg.MaterializeResult(
        metadata={"songs": songs.height, "simulated_weeks": simulated, "seed": config.seed},
        check_results=[quarantine_result(rejected, files)],
    )
