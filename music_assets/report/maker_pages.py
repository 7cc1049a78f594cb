"""The pages of artists and albums: their own trend, and their place in the weeks' lists."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import sqlalchemy as sa

from music_assets.report.file_names import album_file, artist_file
from music_assets.report.mart_rows import Row
from music_assets.report.material import Material
from music_assets.report.page_files import Page
from music_assets.report.page_html import rendered
from music_assets.report.rankings import artists_of_albums
from music_assets.report.shown_lists import WeekLists
from music_assets.report.week_series import charts, series
from music_assets.schema import tables
from music_assets.weeks import Week

#: Two years, so that each week has the one a year before it.
TREND_WEEKS = 104
LISTED = 25
ROOT = "../"


def pages_of_makers(material: Material) -> Iterator[Page]:
    """A page for each artist and each album that any week shows, as of the newest that does."""
    kinds: dict[str, tuple[Callable[[str], str], Callable[..., str]]] = {
        "artists": (artist_file, artist_html),
        "albums": (album_file, album_html),
    }
    for (kind, identity), weeks in material.past.showing.items():
        file, html = kinds[kind]
        inputs = _inputs(material, kind, identity, weeks)
        yield Page(file(identity), inputs, partial(html, material, identity, weeks))


def _inputs(
    material: Material, kind: str, identity: str, weeks: Sequence[WeekLists]
) -> list[object]:
    """The words of what a page is made of: the weeks that show it, and its trend up to then."""
    newest = weeks[-1].week
    known = material.past.newest_standing.get((kind, identity))
    return [
        material.shown_in(weeks),
        material.trend(newest, TREND_WEEKS),
        known and [*known[1]],
        material.details.of({kind: [identity]}),
        material.sandbox,
    ]


def artist_html(material: Material, artist: str, weeks: Sequence[WeekLists]) -> str:
    """The page of an artist."""
    totals = sa.table("weekly_artist_totals", *map(sa.column, _TOTALS), sa.column("ArtistID"))
    links, albums = tables.artist_albums, tables.albums
    of_artist = links.c.ArtistID == artist
    songs = (
        sa.select(
            tables.tracks.c.SongID, tables.tracks.c.Title, albums.c.AlbumID, albums.c.AlbumName
        )
        .join(albums, albums.c.AlbumID == tables.tracks.c.AlbumID)
        .join(links, links.c.AlbumID == albums.c.AlbumID)
        .where(of_artist)
    )
    genres = (
        sa.select(tables.genres.c.Name)
        .join(tables.artist_genres, tables.artist_genres.c.GenreID == tables.genres.c.GenreID)
        .where(tables.artist_genres.c.ArtistID == artist)
        .order_by(tables.genres.c.Name)
    )
    own = sa.select(albums).join(links, links.c.AlbumID == albums.c.AlbumID).where(of_artist)
    facts = {
        **_shared(material, "artists", artist, weeks),
        **_trend(material, sa.select(totals).where(totals.c.ArtistID == artist), weeks),
        "artist": material.details.artists[artist],
        "genres": [row["Name"] for row in material.read.rows(genres)],
        "songs": _on_lists(material, "tracks", "SongID", material.read.rows(songs)),
        "albums": _shown_albums(material, material.read.rows(own)),
    }
    return rendered("artist.html.jinja", facts)


def album_html(material: Material, album: str, weeks: Sequence[WeekLists]) -> str:
    """The page of an album."""
    totals, newest = tables.weekly_album_totals, weeks[-1].week.week_id
    streams, songs = tables.weekly_streams, tables.tracks
    in_newest = sa.and_(streams.c.SongID == songs.c.SongID, streams.c.WeekID == newest)
    tracks = (
        sa.select(songs, streams.c.WeeklyStreams.label("Streams"))
        .outerjoin(streams, in_newest)
        .where(songs.c.AlbumID == album)
        .order_by(songs.c.DiscNumber, songs.c.TrackNumber, songs.c.SongID)
    )
    facts = {
        **_shared(material, "albums", album, weeks),
        **_trend(material, sa.select(totals).where(totals.c.AlbumID == album), weeks),
        "album": material.details.albums[album],
        "credits": artists_of_albums(material.read, [album]).get(album, []),
        "tracks": material.read.rows(tracks),
        "known": material.past.newest_standing,
    }
    return rendered("album.html.jinja", facts)


_TOTALS = ("WeekID", "Streams", "Downloads", "Tracks", "Figures")


def _shared(material: Material, kind: str, identity: str, weeks: Sequence[WeekLists]) -> Row:
    known = material.past.newest_standing.get((kind, identity))
    return {
        "root": ROOT,
        "key": "",
        "sandbox": material.sandbox,
        "details": material.details,
        "as_of": weeks[-1],
        "shown": len(weeks),
        "listed": known and known[0],
        "place": known and known[1],
    }


def _trend(
    material: Material, totals: sa.Select[tuple[object, ...]], weeks: Sequence[WeekLists]
) -> Row:
    """The figures of the last weeks up to the newest that shows it."""
    newest = weeks[-1].week
    earliest = material.past.before(newest, TREND_WEEKS)[0].week
    within = sa.column("WeekID").between(earliest.week_id, newest.week_id)
    rows = material.read.rows(totals.where(within))
    found = series(((Week.from_id(row["WeekID"]), row) for row in rows), newest)
    last = next((row for row in rows if row["WeekID"] == newest.week_id), None)
    return {"series": found, "charts": charts(found), "last": last}


def _on_lists(material: Material, name: str, key: str, rows: Sequence[Row]) -> list[Row]:
    """The rows that were on a list, each with its newest standing; the best peaks first."""
    known = material.past.newest_standing
    found = []
    for row in rows:
        if (name, row[key]) in known:
            lists, standing = known[name, row[key]]
            found.append(row | {"standing": standing, "lists": lists})
    return sorted(found, key=lambda row: (row["standing"].peak, -row["standing"].weeks, row[key]))[
        :LISTED
    ]


def _shown_albums(material: Material, rows: Sequence[Row]) -> list[Row]:
    """The albums that have a page, the newest first."""
    shown = [row for row in rows if ("albums", row["AlbumID"]) in material.past.showing]
    dated = sorted(shown, key=lambda row: row["AlbumID"])
    return sorted(dated, key=lambda row: str(row["ReleaseDate"] or ""), reverse=True)[:LISTED]
