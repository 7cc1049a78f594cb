"""The catalogue: artists, albums, tracks, and who made what; `musicbrainz` has the genres."""

from collections.abc import Sequence
from typing import Any

import dagster as dg
import polars as pl
import sqlalchemy as sa

from music_assets.database.resource import DatabaseResource
from music_assets.database.scope import NOTHING, WHOLE_TABLE, RowsOf, Scope
from music_assets.landing.follow_inbox import held_before_doubts, may_replace, note_doubt
from music_assets.landing.ingests import Ingest, mark_loaded
from music_assets.landing.kinds import ALBUMS, TRACKS
from music_assets.landing.listing_memory import ListingMemory
from music_assets.loading.asset_kinds import landing_asset, table_asset
from music_assets.loading.catalogue_loads import CatalogueLoad, only_updates
from music_assets.loading.listing_assets import Asking, land_listings
from music_assets.loading.loader import Loader, ScopeOf
from music_assets.loading.tally import Tally
from music_assets.schema import tables
from music_assets.spotify.access import SpotifyResource
from music_assets.storage.blobs import StorageResource
from music_assets.storage.paths import DOUBTED_LIST
from music_assets.transforms import album_details as details
from music_assets.transforms import catalogue

GROUP = "catalogue"


@table_asset(tables.artists, group=GROUP, deps=["raw_artists"])
def artists(context: dg.AssetExecutionContext, loader: Loader) -> dg.MaterializeResult:
    """One row is one artist that is followed."""
    load = CatalogueLoad(
        catalogue.artists, "artists", _unless_most_would_go, reads=_doubts_of_the_list
    )
    return load.run(context, loader)


#: A list that takes away more than this share of the artists deletes none.
MOST_GONE = 0.5


@landing_asset("raw_albums", group=GROUP, deps=["artists"])
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
    known = database.read(
        sa.select(artists, albums.label("known"), albums.label("held")).order_by(artists)
    )
    wanted = {artist: length for artist, length, _ in known.iter_rows()}
    return land_listings(context, storage, spotify, ALBUMS, wanted, known, config)


@table_asset(tables.albums, group=GROUP, deps=["raw_albums"])
def albums(context: dg.AssetExecutionContext, loader: Loader) -> dg.MaterializeResult:
    """One row is one album of a followed artist, alone or with others."""
    return CatalogueLoad(catalogue.albums, "albums", _whole_table_if_all_came).run(context, loader)


@table_asset(tables.artist_albums, group=GROUP, deps=["raw_albums", "artists", "albums"])
def artist_albums(context: dg.AssetExecutionContext, loader: Loader) -> dg.MaterializeResult:
    """One row is one album of one artist."""
    load = CatalogueLoad(catalogue.artist_albums, "albums", _artists_that_came_whole)
    return load.run(context, loader)


@landing_asset("raw_tracks", group=GROUP, deps=["albums"])
def raw_tracks(
    context: dg.AssetExecutionContext,
    config: Asking,
    storage: dg.ResourceParam[StorageResource],
    database: DatabaseResource,
    spotify: SpotifyResource,
) -> dg.MaterializeResult:
    """One line is one page of an album's tracks, for every album with tracks missing here."""
    known = database.read(tracks_held())
    memory = ListingMemory.of(storage, TRACKS.name)
    wanted = {
        album: total or 0
        for album, total, held in known.iter_rows()
        if config.refresh or not memory.is_settled(album, total, held)
    }
    return land_listings(context, storage, spotify, TRACKS, wanted, known, config)


@table_asset(tables.tracks, group=GROUP, deps=["raw_tracks", "albums"])
def tracks(context: dg.AssetExecutionContext, loader: Loader) -> dg.MaterializeResult:
    """One row is one track of one album."""
    load = CatalogueLoad(catalogue.tracks, "tracks", _albums_that_came_whole, then=_remember)
    return load.run(context, loader)


# First, since it ends the ingest: a run beside this one would go on with it.
@table_asset(
    tables.albums,
    group=GROUP,
    deps=["raw_tracks", "albums", "tracks"],
    name="album_details",
    first=True,
)
def album_details(context: dg.AssetExecutionContext, loader: Loader) -> dg.MaterializeResult:
    """One row is one album of `albums`, with what its own page tells: UPC, label, cover, copyright.

    It fills in columns of `albums`, and adds or deletes no row.
    """
    result = CatalogueLoad(details.album_details, "tracks", only_updates).run(context, loader)
    mark_loaded(loader.storage)
    return result


def _unless_most_would_go(loader: Loader, ingest: Ingest) -> ScopeOf:
    """Delete whom a whole list does not name, unless these are most of the artists.

    Such a list is more likely somebody else's. `music-assets follow --replace` says that it is not.
    """
    if_all_came, storage = _whole_table_if_all_came(loader, ingest), loader.storage

    def scope(rows: pl.LazyFrame, rejects: pl.LazyFrame) -> Scope:
        stored = loader.database.read(sa.select(tables.artists.c.ArtistID))["ArtistID"]
        held = held_before_doubts(storage, stored)
        gone = held - set(rows.select("ArtistID").collect()["ArtistID"])
        if len(gone) > MOST_GONE * len(held) and not may_replace(storage, ingest.manifest):
            note_doubt(storage, held)
            return NOTHING
        note_doubt(storage, None)
        return if_all_came(rows, rejects)

    return scope


def _doubts_of_the_list(loader: Loader, ingest: Ingest) -> Sequence[object]:
    """The notes that `_unless_most_would_go` goes by, beside the list and the artists."""
    doubted = loader.storage.find(DOUBTED_LIST)
    return [may_replace(loader.storage, ingest.manifest), doubted and doubted.etag]


def _remember(loader: Loader, ingest: Ingest, tally: Tally) -> None:
    """Remember the albums whose tracks are not what Spotify counts, so that they rest."""
    manifest = ingest.manifest
    asked = manifest.done - {*manifest.gone, *manifest.failed, *manifest.doubtful}
    held = loader.database.read(tracks_held())
    totals = {album: (total, rows) for album, total, rows in held.iter_rows() if album in asked}
    memory = ListingMemory.of(loader.storage, TRACKS.name)
    memory.judge_owners(totals, {*manifest.spoilt, *tally.blamed})
    memory.keep(loader.storage, TRACKS.name)


def tracks_held() -> sa.Select[Any]:
    """Each album with Spotify's number of tracks, and the number of tracks in the table."""
    albums, tracks = tables.albums.c, tables.tracks.c
    held = sa.select(sa.func.count()).where(tracks.AlbumID == albums.AlbumID).scalar_subquery()
    every = sa.select(albums.AlbumID, albums.TotalTracks, held.label("held"))
    return every.order_by(albums.AlbumID)


def _whole_table_if_all_came(_loader: Loader, ingest: Ingest) -> ScopeOf:
    """Delete what the ingest does not hold, if everything came and nothing was rejected."""

    def scope(_rows: pl.LazyFrame, rejects: pl.LazyFrame) -> Scope:
        usable = rejects.head(1).collect().is_empty()
        return WHOLE_TABLE if ingest.manifest.complete and usable else NOTHING

    return scope


def _owners_that_came_whole(ingest: Ingest, owner: str) -> ScopeOf:
    """Delete what an owner's listing does not hold, if it came whole and without rejects.

    A reject may be about a row that the table holds, so its owner's rows stay.
    """

    def scope(_rows: pl.LazyFrame, rejects: pl.LazyFrame) -> Scope:
        doubtful = set(rejects.select(pl.col(owner).unique()).collect()[owner])
        return RowsOf(owner, [each for each in ingest.manifest.whole() if each not in doubtful])

    return scope


def _artists_that_came_whole(_loader: Loader, ingest: Ingest) -> ScopeOf:
    return _owners_that_came_whole(ingest, "ArtistID")


def _albums_that_came_whole(_loader: Loader, ingest: Ingest) -> ScopeOf:
    return _owners_that_came_whole(ingest, "AlbumID")
