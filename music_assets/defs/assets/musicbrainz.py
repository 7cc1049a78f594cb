"""MusicBrainz: what it says of artists and albums, as landed, and what that fills."""

import time
from collections.abc import Callable, Sequence

import dagster as dg
import polars as pl
import sqlalchemy as sa

from music_assets.database.resource import DatabaseResource
from music_assets.database.scope import NOTHING, RowsOf, Scope
from music_assets.defs.assets.catalogue import GROUP
from music_assets.defs.checks import WARN
from music_assets.landing.ingests import Ingest
from music_assets.landing.musicbrainz_ingest import Brought, land_answers
from music_assets.landing.subjects import Albums, Artists, Subject
from music_assets.loading.asset_kinds import landing_asset, table_asset
from music_assets.loading.catalogue_loads import Beside, CatalogueLoad, only_updates
from music_assets.loading.genre_names import unite_genres, unite_names, unmatched
from music_assets.loading.landing_versions import version_of_ingest
from music_assets.loading.loader import Loader, ScopeOf, Unite
from music_assets.loading.quarantine import put_aside, quarantine_result
from music_assets.loading.tally import Tally
from music_assets.musicbrainz.web_service import MusicBrainzResource
from music_assets.schema import tables
from music_assets.storage import paths
from music_assets.storage.blobs import StorageResource
from music_assets.transforms import catalogue, open_metadata
from music_assets.transforms.rows import Transform

CAME_WHOLE = "came_whole"
ALL_ARTISTS, ALL_ALBUMS = (
    dg.AssetCheckSpec(
        CAME_WHOLE, asset=asset, description=f"MusicBrainz was asked for every {one}."
    )
    for asset, one in (("raw_musicbrainz", "artist"), ("raw_musicbrainz_releases", "album"))
)
RELEASES_OFF = (
    "MusicBrainz was not asked for albums, since that takes a call or two for each; set "
    "MUSICBRAINZ_RELEASES=true for their labels and first years."
)


@landing_asset("raw_musicbrainz", group=GROUP, deps=["artists"], checks=[ALL_ARTISTS], last=True)
def raw_musicbrainz(
    context: dg.AssetExecutionContext,
    storage: dg.ResourceParam[StorageResource],
    database: DatabaseResource,
    musicbrainz: MusicBrainzResource,
) -> dg.MaterializeResult:
    """One line is one artist of the database, with the artist of MusicBrainz, if one was found.

    A MusicBrainz that is away, or that may not be asked, fails a check and not this step.
    """
    began, run_id = time.perf_counter(), context.run.run_id
    artists = tables.artists.c
    names = database.read(sa.select(artists.ArtistID, artists.Name).order_by(artists.ArtistID))
    subject = Artists(
        {artist: name or "" for artist, name in names.iter_rows()},
        _titles(database) if musicbrainz.search_names else {},
    )
    brought = land_answers(storage, musicbrainz, subject, run_id=run_id, tell=context.log.info)
    return _result(context, storage, subject, brought, began)


@landing_asset(
    "raw_musicbrainz_releases", group=GROUP, deps=["album_details"], checks=[ALL_ALBUMS], last=True
)
def raw_musicbrainz_releases(
    context: dg.AssetExecutionContext,
    storage: dg.ResourceParam[StorageResource],
    database: DatabaseResource,
    musicbrainz: MusicBrainzResource,
) -> dg.MaterializeResult:
    """One line is one album of the database, with a release of MusicBrainz, if one was found.

    Nothing is asked unless MUSICBRAINZ_RELEASES says so. Nor does it fail for MusicBrainz.
    """
    began, run_id = time.perf_counter(), context.run.run_id
    if not musicbrainz.releases:
        context.log.info(RELEASES_OFF)
        return dg.MaterializeResult(
            data_version=version_of_ingest(storage, Albums.kind),
            metadata={"not_asked": RELEASES_OFF},
            check_results=[quarantine_result(0, []), _came_whole("")],
        )
    albums = tables.albums.c
    every = database.read(sa.select(albums.AlbumID, albums.AlbumName, albums.UPC))
    subject = Albums(
        {album: name or "" for album, name, _ in every.iter_rows()},
        {album: upc for album, _, upc in every.iter_rows() if upc},
    )
    brought = land_answers(storage, musicbrainz, subject, run_id=run_id, tell=context.log.info)
    return _result(context, storage, subject, brought, began)


def _result(
    context: dg.AssetExecutionContext,
    storage: StorageResource,
    subject: Subject,
    brought: Brought,
    began: float,
) -> dg.MaterializeResult:
    """The counts of what was asked for and came; a warning says why something is missing."""
    if brought.problem:
        context.log.warning(brought.problem)
    path = paths.quarantined(subject.kind, context.run.run_id, "landing")
    files = put_aside(storage, path, paths.ingests(subject.kind).rstrip("/"), brought.rejects)
    landed, known = brought.landed
    return dg.MaterializeResult(
        data_version=version_of_ingest(storage, subject.kind),
        metadata={
            subject.plural: landed,
            "known_to_musicbrainz": known,
            **brought.counts,
            "calls": brought.calls,
            "seconds": round(time.perf_counter() - began, 3),
        },
        check_results=[
            quarantine_result(len(brought.rejects), files),
            _came_whole(brought.problem),
        ],
    )


def _came_whole(problem: str) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name=CAME_WHOLE,
        passed=not problem,
        severity=WARN,
        description=problem or None,
    )


def _titles(database: DatabaseResource) -> dict[str, list[str]]:
    """The titles of each artist's albums, as far as they are loaded."""
    owned, albums = tables.artist_albums.c, tables.albums.c
    query = sa.select(owned.ArtistID, albums.AlbumName).where(owned.AlbumID == albums.AlbumID)
    found: dict[str, list[str]] = {}
    for artist, title in database.read(query.where(albums.AlbumName > "")).iter_rows():
        found.setdefault(artist, []).append(title)
    return found


@table_asset(tables.genres, group=GROUP, deps=["raw_artists", "raw_musicbrainz"])
def genres(
    context: dg.AssetExecutionContext, loader: Loader, musicbrainz: MusicBrainzResource
) -> dg.MaterializeResult:
    """One row is one genre that a followed artist has or had; its id never changes."""
    load = _of_both(catalogue.genres, _nothing, unite_names, [tables.genres], musicbrainz)
    return load.run(context, loader)


@table_asset(
    tables.artist_genres, group=GROUP, deps=["raw_artists", "raw_musicbrainz", "artists", "genres"]
)
def artist_genres(
    context: dg.AssetExecutionContext, loader: Loader, musicbrainz: MusicBrainzResource
) -> dg.MaterializeResult:
    """One row is one genre of one artist, as Spotify says, or as people vote at MusicBrainz."""
    read = [tables.genres, tables.artists]
    load = _of_both(
        catalogue.artist_genres, _artists_whose_genres_came, unite_genres, read, musicbrainz
    )
    return load.run(context, loader)


def _of_both(
    transform: Transform,
    scope: Callable[[Loader, Ingest], ScopeOf],
    unite: Callable[[Loader, int], Unite],
    read: Sequence[sa.Table],
    musicbrainz: MusicBrainzResource,
) -> CatalogueLoad:
    """The load of genres that Spotify gives, and of those that people vote for at MusicBrainz."""
    most = musicbrainz.most_genres
    return CatalogueLoad(
        transform,
        "artists",
        scope,
        beside=Beside(open_metadata.musicbrainz_genres, Artists.kind),
        unite=lambda loader: unite(loader, most),
        tables=read,
        reads=lambda _loader, _ingest: [most],
    )


@table_asset(
    tables.artists, group=GROUP, deps=["raw_musicbrainz", "artists"], name="artist_details"
)
def artist_details(context: dg.AssetExecutionContext, loader: Loader) -> dg.MaterializeResult:
    """One row is one artist of `artists`, with what MusicBrainz tells: who, from where, since when.

    It fills in columns of `artists`, and adds or deletes no row.
    """
    load = CatalogueLoad(
        open_metadata.artist_details,
        Artists.kind,
        only_updates,
        unite=_with_those_unmatched,
        is_optional=True,
    )
    return load.run(context, loader)


def _with_those_unmatched(loader: Loader) -> Unite:
    """Add the artists whom MusicBrainz does not know, or no longer: nothing is known of them."""
    unknown = pl.LazyFrame({"ArtistID": unmatched(loader)}, schema={"ArtistID": pl.String})
    return lambda made: pl.concat([made[0], unknown], how="diagonal")


@table_asset(
    tables.albums, group=GROUP, deps=["raw_musicbrainz_releases", "albums"], name="release_details"
)
def release_details(
    context: dg.AssetExecutionContext, loader: Loader, musicbrainz: MusicBrainzResource
) -> dg.MaterializeResult:
    """One row is one album of `albums`, with what MusicBrainz tells: the label, and the first year.

    It fills in columns of `albums`, and adds or deletes no row. Nothing is done unless
    MUSICBRAINZ_RELEASES says so.
    """
    transform = open_metadata.release_details
    if not musicbrainz.releases:
        context.log.info(RELEASES_OFF)
        return Tally(context, transform).result(loader.database)
    load = CatalogueLoad(
        transform, Albums.kind, only_updates, unite=_labels_that_lack, is_optional=True
    )
    return load.run(context, loader)


def _labels_that_lack(loader: Loader) -> Unite:
    """Leave out the labels of albums that have one: what Spotify tells of its own albums counts."""

    def unite(made: Sequence[pl.LazyFrame]) -> pl.LazyFrame:
        albums = tables.albums.c
        told = loader.database.read(sa.select(albums.AlbumID).where(albums.Label.is_not(None)))
        lacks = ~pl.col("AlbumID").is_in(told["AlbumID"].to_list())
        return made[0].with_columns(Label=pl.when(lacks).then("Label"))

    return unite


def _nothing(_loader: Loader, _ingest: Ingest) -> ScopeOf:
    return lambda _rows, _rejects: NOTHING


def _artists_whose_genres_came(_loader: Loader, _ingest: Ingest) -> ScopeOf:
    """Replace the genres of the artists that anybody says anything of; silence is not "none"."""

    def scope(rows: pl.LazyFrame, _rejects: pl.LazyFrame) -> Scope:
        artists = rows.select("ArtistID").unique().collect()
        return RowsOf("ArtistID", artists["ArtistID"].to_list())

    return scope
