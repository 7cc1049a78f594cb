"""The catalog: artists, genres, albums, tracks, and who made what."""

import dagster as dg
import polars as pl
import sqlalchemy as sa

from music_assets.database.sync import WHOLE_TABLE, Scope
from music_assets.landing.ingests import Ingest, mark_loaded
from music_assets.loading.loader import Load, Loader, ScopeOf, table_asset
from music_assets.schema import tables
from music_assets.transforms import catalogue as catalog


@table_asset(tables.artists, group="catalog", deps=["raw_artists"])
def artists(context: dg.AssetExecutionContext, loader: Loader) -> dg.MaterializeResult:
    """One row is one artist that is followed."""
    load, ingest = Load(context, catalog.artists), loader.newest("artists")
    loader.load(load, ingest.parts, scope=_whole_table_if_all_came(ingest))
    return load.result(loader.database)


@table_asset(tables.genres, group="catalog", deps=["raw_artists"])
def genres(context: dg.AssetExecutionContext, loader: Loader) -> dg.MaterializeResult:
    """One row is one genre that a followed artist has or had; its id never changes."""
    load = Load(context, catalog.genres)
    loader.load(load, loader.newest("artists").parts, scope=_nothing)
    return load.result(loader.database)


@table_asset(tables.artist_genres, group="catalog", deps=["raw_artists", "artists", "genres"])
def artist_genres(context: dg.AssetExecutionContext, loader: Loader) -> dg.MaterializeResult:
    """One row is one genre of one artist."""
    load = Load(context, catalog.artist_genres)
    known = {"genres": loader.database.read(sa.select(tables.genres))}
    loader.load(
        load, loader.newest("artists").parts, scope=_artists_whose_genres_came, lookups=known
    )
    return load.result(loader.database)


@table_asset(tables.albums, group="catalog", deps=["raw_albums"])
def albums(context: dg.AssetExecutionContext, loader: Loader) -> dg.MaterializeResult:
    """One row is one album of a followed artist, whoever else made it."""
    load, ingest = Load(context, catalog.albums), loader.newest("albums")
    loader.load(load, ingest.parts, scope=_whole_table_if_all_came(ingest))
    return load.result(loader.database)


@table_asset(tables.artist_albums, group="catalog", deps=["raw_albums", "artists", "albums"])
def artist_albums(context: dg.AssetExecutionContext, loader: Loader) -> dg.MaterializeResult:
    """One row is one album of one artist."""
    load, ingest = Load(context, catalog.artist_albums), loader.newest("albums")
    loader.load(load, ingest.parts, scope=_owners_that_came_whole(ingest, "ArtistID"))
    return load.result(loader.database)


@table_asset(tables.tracks, group="catalog", deps=["raw_tracks", "albums"])
def tracks(context: dg.AssetExecutionContext, loader: Loader) -> dg.MaterializeResult:
    """One row is one track of one album."""
    load, ingest = Load(context, catalog.tracks), loader.newest("tracks")
    loader.load(load, ingest.parts, scope=_owners_that_came_whole(ingest, "AlbumID"))
    # Up to here a run that stopped goes on with the same listings, instead of asking for them anew.
    for kind in ("albums", "tracks"):
        mark_loaded(loader.storage, kind)
    return load.result(loader.database)


def _whole_table_if_all_came(ingest: Ingest) -> ScopeOf:
    """What the ingest does not hold is gone, if everything came and could be used."""

    def scope(_rows: pl.LazyFrame, rejected: pl.LazyFrame) -> Scope:
        whole = ingest.manifest.complete and rejected.head(1).collect().is_empty()
        return WHOLE_TABLE if whole else None

    return scope


def _owners_that_came_whole(ingest: Ingest, owner: str) -> ScopeOf:
    """What their listings do not hold is gone. A rejected record leaves its owner's rows alone."""

    def scope(_rows: pl.LazyFrame, rejected: pl.LazyFrame) -> Scope:
        touched = set(rejected.select(pl.col(owner).unique()).collect()[owner])
        came = [each for each in ingest.manifest.whole() if each not in touched]
        return pl.Series(owner, came, dtype=pl.String)

    return scope


def _nothing(_rows: pl.LazyFrame, _rejected: pl.LazyFrame) -> Scope:
    return None


def _artists_whose_genres_came(rows: pl.LazyFrame, _rejected: pl.LazyFrame) -> Scope:
    """Artists of whom Spotify says what genres they have; silence is not "none"."""
    return rows.select("ArtistID").unique().collect()["ArtistID"]
