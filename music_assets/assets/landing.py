"""Landing: exactly what arrived, as NDJSON pages. Nothing here interprets a value."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import dagster as dg
import sqlalchemy as sa

from music_assets import tables
from music_assets.assets.loading import (
    OWNERS,
    SINGLE_RUN,
    AssetFunction,
    quarantine,
    quarantine_check,
    quarantine_result,
)
from music_assets.ingest.fetching import land
from music_assets.ingest.inbox import INBOX, land_follow_list
from music_assets.ingest.landing import LOADED, SUCCESS, IngestError, Manifest
from music_assets.ingest.pacing import Pacer
from music_assets.ingest.pages import Page, Reject
from music_assets.ingest.paging import Pages
from music_assets.ingest.weekly import SIMULATION, land_week
from music_assets.partitions import WEEKS, weeks_of
from music_assets.resources.database import DatabaseResource
from music_assets.resources.spotify import SpotifyResource
from music_assets.resources.storage import StorageError, StorageResource
from music_assets.simulation.weekly import WeeklySimulator
from music_assets.transforms import catalog
from music_assets.transforms.rows import Transform

PROGRESS_SECONDS = 5.0

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
    wanted = database.read(sa.select(tables.artists.c.ArtistID).order_by("ArtistID"))
    ids = wanted["ArtistID"].to_list()
    return _land_pages(context, storage, spotify, ALBUMS, ids, refresh=config.refresh)


@landing_asset("raw_tracks", deps=["albums"], pool="spotify")
def raw_tracks(
    context: dg.AssetExecutionContext,
    config: Asking,
    storage: dg.ResourceParam[StorageResource],
    database: DatabaseResource,
    spotify: SpotifyResource,
) -> dg.MaterializeResult:
    """One line is one page of an album's tracks, for every album the database lacks tracks of."""
    albums, tracks = tables.albums, tables.tracks
    held = sa.select(sa.func.count()).where(tracks.c.AlbumID == albums.c.AlbumID).scalar_subquery()
    lacking = sa.select(albums.c.AlbumID).where(albums.c.TotalTracks.is_distinct_from(held))
    every = sa.select(albums.c.AlbumID)
    wanted = database.read((every if config.refresh else lacking).order_by("AlbumID"))
    ids = wanted["AlbumID"].to_list()
    return _land_pages(context, storage, spotify, TRACKS, ids, refresh=config.refresh)


@dataclass(frozen=True)
class Kind:
    """What is asked for: a name, how all pages of one id are read, and who reads them later."""

    name: str
    pages: Callable[[Pages, str], list[Page]]
    transform: Transform


ALBUMS = Kind("albums", Pages.artist_albums, catalog.albums)
TRACKS = Kind("tracks", Pages.album_tracks, catalog.tracks)


def _land_pages(
    context: dg.AssetExecutionContext,
    storage: StorageResource,
    spotify: SpotifyResource,
    kind: Kind,
    wanted: Sequence[str],
    *,
    refresh: bool,
) -> dg.MaterializeResult:
    started, pacer = time.perf_counter(), Pacer(spotify.requests_per_second)
    manifest, rejects = _land(context, storage, spotify, kind, wanted, pacer, refresh=refresh)
    path = f"quarantine/{kind.name}/{context.run.run_id}-landing.ndjson"
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
            "entries": sum(manifest.fetched.values()),
            "calls": pacer.calls,
            "retries": pacer.retries,
            "refusals": pacer.refusals,
            "seconds": round(time.perf_counter() - started, 3),
        },
        check_results=[quarantine_result(len(rejects), files)],
    )


def _land(
    context: dg.AssetExecutionContext,
    storage: StorageResource,
    spotify: SpotifyResource,
    kind: Kind,
    wanted: Sequence[str],
    pacer: Pacer,
    *,
    refresh: bool,
) -> tuple[Manifest, list[Reject]]:
    try:
        with spotify.client() as client:
            return land(
                storage,
                kind.name,
                wanted,
                partial(kind.pages, Pages(client, pacer)),
                kind.transform,
                run_id=context.run.run_id,
                progress=_progress(context, kind.name),
                until=SUCCESS if refresh else LOADED,
            )
    except IngestError as error:
        raise dg.Failure(str(error), allow_retries=False) from None


def _progress(context: dg.AssetExecutionContext, kind: str) -> Callable[[int, int], None]:
    """Logs how far an ingest is, every few seconds."""
    last = time.monotonic()

    def report(done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last >= PROGRESS_SECONDS:
            last = time.monotonic()
            context.log.info(f"{kind}: {done} of {total} fetched.")

    return report


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
