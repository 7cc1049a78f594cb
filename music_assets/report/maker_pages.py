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
from music_assets.report.week_series import MEASURES, charts, series
from music_assets.schema import tables
from music_assets.weeks import Week

#: Two years, so that each week has the one a year before it.
TREND_WEEKS = 104
LISTED = 25
ROOT = "../"
_WEEKLY = tables.weekly_album_totals.c


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
    known = material.past.newest_placing.get((kind, identity))
    return [
        material.shown_in(weeks),
        material.trend(newest, TREND_WEEKS),
        known and [*known[1]],
        material.details.of(kind, identity),
        material.sandbox,
    ]


def artist_html(material: Material, artist: str, weeks: Sequence[WeekLists]) -> str:
    """The page of an artist."""
    links, albums, newest = tables.artist_albums, tables.albums, weeks[-1].week.week_id
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
        **_trend(material, _sums(of_artist).join(links, links.c.AlbumID == _WEEKLY.AlbumID), weeks),
        "last": _last(material.read.mart("weekly_artist_totals", WeekID=newest, ArtistID=artist)),
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
    in_week = sa.select(totals).where(totals.c.WeekID == newest, totals.c.AlbumID == album)
    in_newest = sa.and_(streams.c.SongID == songs.c.SongID, streams.c.WeekID == newest)
    tracks = (
        sa.select(songs, streams.c.WeeklyStreams.label("Streams"))
        .outerjoin(streams, in_newest)
        .where(songs.c.AlbumID == album)
        .order_by(songs.c.DiscNumber, songs.c.TrackNumber, songs.c.SongID)
    )
    facts = {
        **_shared(material, "albums", album, weeks),
        **_trend(material, _sums(_WEEKLY.AlbumID == album), weeks),
        "last": _last(material.read.rows(in_week)),
        "album": material.details.albums[album],
        "credits": artists_of_albums(material.read, [album]).get(album, []),
        "tracks": material.read.rows(tracks),
        "known": material.past.newest_placing,
    }
    return rendered("album.html.jinja", facts)


def _shared(material: Material, kind: str, identity: str, weeks: Sequence[WeekLists]) -> Row:
    known = material.past.newest_placing.get((kind, identity))
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


def _sums(of: sa.ColumnElement[bool]) -> sa.Select[tuple[object, ...]]:
    """The sums of albums per week, as the mart has them.

    The index of sums has all of these columns, and the mart reads two more.
    """
    key = (_WEEKLY.WeekID, _WEEKLY.Figures)
    sums = (sa.func.sum(_WEEKLY[name]).label(name) for name in MEASURES)
    return sa.select(*key, *sums).select_from(tables.weekly_album_totals).where(of).group_by(*key)


def _last(rows: Sequence[Row]) -> Row | None:
    return next(iter(rows), None)


def _trend(
    material: Material, sums: sa.Select[tuple[object, ...]], weeks: Sequence[WeekLists]
) -> Row:
    """The figures of the last weeks up to the newest that shows it."""
    newest = weeks[-1].week
    earliest = material.past.before(newest, TREND_WEEKS)[0].week
    # As a sum: by the week alone, a database would read all albums of these weeks.
    within = (_WEEKLY.WeekID + 0).between(earliest.week_id, newest.week_id)
    rows = material.read.rows(sums.where(within))
    found = series(((Week.from_id(row["WeekID"]), row) for row in rows), newest)
    return {"series": found, "charts": charts(found)}


def _on_lists(material: Material, name: str, key: str, rows: Sequence[Row]) -> list[Row]:
    """The rows that were on a list, each with its newest placing; the best peaks first."""
    known = material.past.newest_placing
    found = []
    for row in rows:
        if (name, row[key]) in known:
            lists, placing = known[name, row[key]]
            found.append(row | {"placing": placing, "lists": lists})
    return sorted(found, key=lambda row: (row["placing"].peak, -row["placing"].weeks, row[key]))[
        :LISTED
    ]


def _shown_albums(material: Material, rows: Sequence[Row]) -> list[Row]:
    """The albums that have a page, the newest first."""
    shown = [row for row in rows if ("albums", row["AlbumID"]) in material.past.showing]
    dated = sorted(shown, key=lambda row: row["AlbumID"])
    return sorted(dated, key=lambda row: str(row["ReleaseDate"] or ""), reverse=True)[:LISTED]
