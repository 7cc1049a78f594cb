"""MusicBrainz: what it says of the artists that are followed, as landed."""

import time

import dagster as dg
import sqlalchemy as sa

from music_assets.database.resource import DatabaseResource
from music_assets.defs.checks import WARN
from music_assets.landing.artist_questions import KIND
from music_assets.landing.musicbrainz_ingest import land_artists
from music_assets.loading.asset_kinds import landing_asset
from music_assets.loading.quarantine import put_aside, quarantine_result
from music_assets.musicbrainz.web_service import MusicBrainzResource
from music_assets.schema import tables
from music_assets.storage import paths
from music_assets.storage.blobs import StorageResource

CAME_WHOLE = dg.AssetCheckSpec(
    "came_whole", asset="raw_musicbrainz", description="MusicBrainz was asked for every artist."
)


@landing_asset("raw_musicbrainz", deps=["artists"], checks=[CAME_WHOLE], last=True)
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
    brought = land_artists(
        storage,
        musicbrainz,
        {artist: name or "" for artist, name in names.iter_rows()},
        titles=_titles(database) if musicbrainz.search_names else {},
        run_id=run_id,
        tell=context.log.info,
    )
    if brought.problem:
        context.log.warning(brought.problem)
    path = paths.quarantined(KIND, run_id, "landing")
    files = put_aside(storage, path, paths.ingests(KIND).rstrip("/"), brought.rejects)
    landed, known = brought.landed
    return dg.MaterializeResult(
        metadata={
            "artists": landed,
            "known_to_musicbrainz": known,
            **brought.counts,
            "calls": brought.calls,
            "seconds": round(time.perf_counter() - began, 3),
        },
        check_results=[
            quarantine_result(len(brought.rejects), files),
            dg.AssetCheckResult(
                check_name=CAME_WHOLE.name,
                passed=not brought.problem,
                severity=WARN,
                description=brought.problem or None,
            ),
        ],
    )


def _titles(database: DatabaseResource) -> dict[str, list[str]]:
    """The titles of each artist's albums, as far as they are loaded."""
    owned, albums = tables.artist_albums.c, tables.albums.c
    query = sa.select(owned.ArtistID, albums.AlbumName).where(owned.AlbumID == albums.AlbumID)
    found: dict[str, list[str]] = {}
    for artist, title in database.read(query.where(albums.AlbumName > "")).iter_rows():
        found.setdefault(artist, []).append(title)
    return found
