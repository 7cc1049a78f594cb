"""The mart of new releases, and the feeds that are made of it."""

import datetime as dt
import io
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import feedparser
import polars as pl
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from music_assets.database.resource import DatabaseResource
from music_assets.defs.assets.feeds import release_feeds
from music_assets.publishing.atom_feed import atom
from music_assets.publishing.new_albums import MOST, NewAlbum
from music_assets.publishing.release_calendar import calendar
from music_assets.publishing.release_feeds import write_feeds
from music_assets.schema import tables
from music_assets.schema.lines import in_a_line
from music_assets.schema.mart_sql import read_marts, sql_folder
from music_assets.storage.folder import FolderStorage
from music_assets.storage.paths import RELEASES_CALENDAR, RELEASES_FEED
from music_assets_tests.conftest import opened
from music_assets_tests.database.conftest import url as urls

url = urls  # every database of the contract, in place of the one of other tests

MARTS = read_marts(sql_folder() / "marts")
ATOM = "{http://www.w3.org/2005/Atom}"
HOSTILE = (
    "]]></title><script>alert(1)</script>&amp; \x00\x0b\x85\ud800\r\nBEGIN:VEVENT;,\\ " + "ö" * 90
)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


#: AlbumID, its artists, release date and precision, first seen; and the row that it gives.
ALBUMS: dict[str, tuple[str, str | None, str | None, str | None, tuple[str, str] | None]] = {
    # With Ann's first albums: back catalogue.
    "old": ("A", "2019-05-03", "day", "2026-01-05", ("2019-05-03", "released")),
    "year": ("A", "1987-01-01", "year", "2026-01-05", None),
    "ahead": ("A", "2026-02-06", "day", "2026-01-05", ("2026-02-06", "released")),
    # Later.
    "fresh": ("A", "2026-11-20", "day", "2026-11-20", ("2026-11-20", "released")),
    "late": ("AB", "2026-11-20", "day", "2026-11-23", ("2026-11-23", "seen")),
    "soon": ("A", "2027-01-01", "day", "2026-11-23", ("2027-01-01", "released")),
    "some": ("A", "2026-11-01", "month", "2026-11-23", ("2026-11-23", "seen")),
    "none": ("A", None, None, "2026-11-23", ("2026-11-23", "seen")),
    # Bob was there before it was kept when.
    "before": ("B", "2020-12-31", "day", None, ("2020-12-31", "released")),
    "undated": ("B", None, None, None, None),
    "found": ("B", "1999-12-31", "day", "2026-01-05", ("2026-01-05", "seen")),
    # Nobody follows.
    "alone": ("", "2026-11-20", "day", "2026-11-20", None),
}


def loaded(database: DatabaseResource, **names: str) -> None:
    people = {"A": "Ann", "B": "Bob"}
    artists = list(people.items())
    database.sync(tables.artists, pl.LazyFrame(artists, ["ArtistID", "Name"], orient="row"))
    columns = ("AlbumID", "AlbumName", "AlbumType", "ReleaseDate", "ReleaseDatePrecision")
    rows = [
        (
            each,
            names.get(each, f"Album {each}"),
            "album",
            out and day(out),
            part,
            seen and day(seen),
        )
        for each, (_, out, part, seen, _) in ALBUMS.items()
    ]
    schema = dict.fromkeys(columns, pl.String) | {"ReleaseDate": pl.Date, "FirstSeen": pl.Date}
    database.sync(tables.albums, pl.LazyFrame(rows, schema, orient="row"))
    links = [(artist, each) for each, (by, *_) in ALBUMS.items() for artist in by]
    database.sync(tables.artist_albums, pl.LazyFrame(links, ["ArtistID", "AlbumID"], orient="row"))
    database.define_view("new_releases", MARTS["new_releases"].sql)


def rows_of(database: DatabaseResource) -> list[dict[str, Any]]:
    types = {"NewDate": sa.DATE, "FirstSeen": sa.DATE, "ReleaseDate": sa.DATE}
    names = MARTS["new_releases"].descriptions
    view = sa.table("new_releases", *(sa.column(n, types.get(n, sa.Unicode)()) for n in names))
    return database.read(sa.select(*view.c).order_by(view.c.NewRank)).to_dicts()


@pytest.fixture
def filled(database: DatabaseResource) -> DatabaseResource:
    loaded(database)
    return database


def test_an_album_is_new_once_in_the_week_in_which_it_was_both_out_and_known(
    filled: DatabaseResource,
) -> None:
    found = {row["AlbumID"]: row for row in rows_of(filled)}
    told = {each: (str(row["NewDate"]), row["Event"]) for each, row in found.items()}
    assert told == {each: row[-1] for each, row in ALBUMS.items() if row[-1]}
    for row in found.values():
        year, week, _ = row["NewDate"].isocalendar()
        assert int(row["WeekID"]) == year * 100 + week
    assert {each for each, row in found.items() if row["Announced"] == 1} == {"ahead", "soon"}
    assert found["before"]["Announced"] is None
    assert (found["late"]["ArtistName"], int(found["late"]["Artists"])) == ("Ann", 2)
    days = [row["NewDate"] for row in rows_of(filled)]
    assert days == sorted(days, reverse=True)


YEARS_ENDS = [dt.date(year, 12, 28) + dt.timedelta(n) for year in range(1, 2400) for n in range(9)]


def test_the_week_of_any_day_is_the_calendars(tmp_path: Path) -> None:
    database = opened(f"sqlite:///{tmp_path}/weeks.db")
    database.sync(tables.artists, pl.LazyFrame({"ArtistID": ["A"]}))
    ids = [str(number) for number in range(len(YEARS_ENDS))]
    albums = pl.LazyFrame({"AlbumID": ids, "ReleaseDate": YEARS_ENDS})
    database.sync(tables.albums, albums.with_columns(ReleaseDatePrecision=pl.lit("day")))
    database.sync(
        tables.artist_albums, pl.LazyFrame({"AlbumID": ids}).with_columns(ArtistID=pl.lit("A"))
    )
    database.define_view("new_releases", MARTS["new_releases"].sql)
    for row in rows_of(database):
        year, week, _ = row["NewDate"].isocalendar()
        assert int(row["WeekID"]) == year * 100 + week, row["NewDate"]
    database._engine.dispose()


def entries(storage: FolderStorage) -> list[ET.Element]:
    return ET.fromstring(storage.read(RELEASES_FEED)[1]).findall(f"{ATOM}entry")


def events(storage: FolderStorage) -> list[Any]:
    return list(Calendar.from_ical(storage.read(RELEASES_CALENDAR)[1]).walk("VEVENT"))


def test_the_feeds_have_the_marts_rows_in_their_order(
    filled: DatabaseResource, storage: FolderStorage
) -> None:
    done = write_feeds(MARTS, filled, storage)
    rows = rows_of(filled)
    assert done.albums == len(rows)
    links = [f"https://open.spotify.com/album/{row['AlbumID']}" for row in rows]
    parsed = feedparser.parse(io.BytesIO(storage.read(RELEASES_FEED)[1]))
    assert (parsed.bozo, parsed.version) == (False, "atom10")
    assert [entry.link for entry in parsed.entries] == links
    assert [str(event["URL"]) for event in events(storage)] == links
    by_album = {row["AlbumID"]: row for row in rows}
    for entry, event, row in zip(parsed.entries, events(storage), rows, strict=True):
        makers = ["Ann", "Bob"] if row["Artists"] in (2, "2") else [row["ArtistName"]]
        title = f"{', '.join(makers)}: {row['AlbumName']}"
        assert (entry.title, str(event["SUMMARY"])) == (title, title)
        assert [author.name for author in entry.authors if author] == makers
        known = row["FirstSeen"] or row["NewDate"]
        assert entry.updated == f"{min(known, row['NewDate'])}T00:00:00+00:00"
        exact = row["ReleaseDatePrecision"] == "day"
        assert event["DTSTART"].dt == (row["ReleaseDate"] if exact else row["NewDate"])
        assert event["DTSTART"].params["VALUE"] == "DATE"
    assert parsed.feed.updated == f"{by_album['late']['FirstSeen']}T00:00:00+00:00"


def test_nothing_is_written_again_and_ids_stay_where_nothing_or_a_name_has_changed(
    filled: DatabaseResource, storage: FolderStorage
) -> None:
    assert write_feeds(MARTS, filled, storage).written == [RELEASES_FEED, RELEASES_CALENDAR]
    before = storage.read(RELEASES_FEED), storage.read(RELEASES_CALENDAR)
    ids = [entry.findtext(f"{ATOM}id") for entry in entries(storage)]
    assert write_feeds(MARTS, filled, storage).written == []
    # A row that is in no feed: the files would be the same.
    filled.sync(tables.artists, pl.LazyFrame({"ArtistID": ["C"], "Name": ["Cid"]}))
    assert write_feeds(MARTS, filled, storage).written == []
    assert (storage.read(RELEASES_FEED), storage.read(RELEASES_CALENDAR)) == before
    filled.sync(tables.albums, pl.LazyFrame({"AlbumID": ["late"], "AlbumName": ["Renamed"]}))
    assert write_feeds(MARTS, filled, storage).written == [RELEASES_FEED, RELEASES_CALENDAR]
    assert [entry.findtext(f"{ATOM}id") for entry in entries(storage)] == ids
    assert len({*ids}) == len(ids)
    storage.delete(RELEASES_CALENDAR)
    assert write_feeds(MARTS, filled, storage).written == [RELEASES_CALENDAR]


def test_without_albums_the_feeds_are_empty_and_valid(
    database: DatabaseResource, storage: FolderStorage
) -> None:
    database.define_view("new_releases", MARTS["new_releases"].sql)
    assert write_feeds(MARTS, database, storage).albums == 0
    parsed = feedparser.parse(io.BytesIO(storage.read(RELEASES_FEED)[1]))
    assert (parsed.bozo, parsed.feed.updated) == (False, "1970-01-01T00:00:00+00:00")
    assert events(storage) == []


texts = st.text(max_size=120) | st.just(HOSTILE)
days = st.dates()


@st.composite
def albums(draw: st.DrawFn) -> NewAlbum:
    new = draw(days)
    return NewAlbum(
        album_id=draw(st.text("0Aa9z", min_size=1, max_size=22)),
        name=in_a_line(draw(texts)),
        kind=in_a_line(draw(texts)),
        artists=tuple(in_a_line(draw(texts)) for _ in range(draw(st.integers(1, 3)))),
        new=new,
        released=draw(st.none() | days),
        told=min(new, draw(days)),
        tracks=draw(st.none() | st.integers(0, 999)),
        label=in_a_line(draw(texts)),
        cover=f"https://i.example/{in_a_line(draw(texts))}",
    )


@given(st.lists(albums(), max_size=4))
def test_whatever_the_names_are_the_feed_says_them_and_is_the_standards(
    given_albums: list[NewAlbum],
) -> None:
    made = atom(given_albums)
    feed = ET.fromstring(made)
    assert made == atom(given_albums)
    for required in ("id", "title", "updated"):
        assert len(feed.findall(f"{ATOM}{required}")) == 1
    found = feed.findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}title") for entry in found] == [a.title for a in given_albums]
    for entry, album in zip(found, given_albums, strict=True):
        names = [author.findtext(f"{ATOM}name") for author in entry.findall(f"{ATOM}author")]
        assert names == list(album.artists)
        assert entry.findtext(f"{ATOM}id") == f"urn:uuid:{album.uuid}"
        summary = ET.fromstring(
            f"<x>{entry.findtext(f'{ATOM}summary')}</x>".replace('alt="">', 'alt=""/>')
        )
        assert {each.tag for each in summary.iter()} <= {"x", "p", "img"}
        assert summary.findall("p")[-1].text == ", ".join(album.facts)


@given(st.lists(albums(), max_size=4))
def test_whatever_the_names_are_the_calendar_says_them_in_folded_lines(
    given_albums: list[NewAlbum],
) -> None:
    made = calendar(given_albums)
    assert made == calendar(given_albums)
    assert made.endswith(b"\r\n")
    lines = made.split(b"\r\n")
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    assert max(map(len, lines)) <= 75
    [parsed] = Calendar.from_ical(made, multiple=True)
    assert (str(parsed["VERSION"]), bool(parsed["PRODID"])) == ("2.0", True)
    found: list[Any] = list(parsed.walk("VEVENT"))
    assert [str(event["SUMMARY"]) for event in found] == [album.title for album in given_albums]
    for event, album in zip(found, given_albums, strict=True):
        assert str(event["UID"]) == str(album.uuid)
        assert str(event["DESCRIPTION"]) == ", ".join(album.facts)
        assert event["DTSTART"].dt == (album.released or album.new)
        assert event["DTSTAMP"].dt == dt.datetime.combine(album.told, dt.time(), dt.UTC)


def test_a_hostile_title_goes_from_the_table_into_both_files(
    database: DatabaseResource, storage: FolderStorage
) -> None:
    title = HOSTILE.replace("\x00", "").replace("\ud800", "")
    loaded(database, fresh=title)
    write_feeds(MARTS, database, storage)
    shown = f"Ann: {in_a_line(title)}"
    assert shown in [entry.findtext(f"{ATOM}title") for entry in entries(storage)]
    assert shown in [str(event["SUMMARY"]) for event in events(storage)]
    assert len(events(storage)) == len(entries(storage)) == len(rows_of(database))


def test_a_feed_ends_with_the_newest_albums(
    database: DatabaseResource, storage: FolderStorage
) -> None:
    many = [dt.date(2020, 1, 1) + dt.timedelta(number) for number in range(MOST + 5)]
    ids = [f"n{number:03}" for number in range(len(many))]
    database.sync(tables.artists, pl.LazyFrame({"ArtistID": ["A"], "Name": ["Ann"]}))
    albums = pl.LazyFrame({"AlbumID": ids, "ReleaseDate": many})
    database.sync(tables.albums, albums.with_columns(ReleaseDatePrecision=pl.lit("day")))
    links = pl.LazyFrame({"AlbumID": ids}).with_columns(ArtistID=pl.lit("A"))
    database.sync(tables.artist_albums, links)
    database.define_view("new_releases", MARTS["new_releases"].sql)
    assert write_feeds(MARTS, database, storage).albums == MOST
    assert [str(event["URL"])[-4:] for event in events(storage)] == ids[::-1][:MOST]


def test_dagster_shows_where_the_feeds_are_and_how_many_albums_they_have(
    storage: FolderStorage, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/music.db"
    database = opened(url)
    loaded(database)
    database._engine.dispose()
    resources = {"database": DatabaseResource(url=url), "storage": storage}
    albums = sum(row is not None for *_, row in ALBUMS.values())
    for written in (2, 0):
        result = dg.materialize([release_feeds], resources=resources)
        [event] = result.asset_materializations_for_node("release_feeds")
        assert (event.metadata["albums"].value, event.metadata["written"].value) == (
            albums,
            written,
        )
        for name, path in (("feed", RELEASES_FEED), ("calendar", RELEASES_CALENDAR)):
            assert event.metadata[name] == dg.MetadataValue.url(storage.link(path))


@pytest.fixture
def database(url: str) -> Iterator[DatabaseResource]:
    database = opened(url)
    yield database
    database._engine.dispose()
