"""A table of the catalogue whose pages and rows are as they were is left as it is."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest
from typing_extensions import override

from music_assets.engines.engine import Outcome, Work
from music_assets.engines.polars import PolarsEngine
from music_assets.landing.follow_inbox import allow_replacing
from music_assets.sandbox.server import SandboxServer
from music_assets.storage.blobs import StorageResource
from music_assets.storage.dated_folders import folders
from music_assets.storage.fingerprints import forget_all, lines_version
from music_assets.storage.folder import FolderStorage
from music_assets.storage.paths import FOLLOW_LIST
from music_assets_tests.house import EXTENDED, House, failures, metadata_of, small_world

CATALOGUE = "group:follow_list or group:catalogue"
TABLES = ("artists", "genres", "artist_genres", "albums", "artist_albums", "tracks")
#: What fills in columns, or gives genres beside Spotify's.
DETAILS = ("album_details", "artist_details", "musicbrainz_genres")
#: The runs of all engines: how often the rows of an entity were made.
MADE = Counter[str]()


class CountingEngine(PolarsEngine):
    """The engine, which counts what it makes."""

    @override
    def run(self, work: Work, storage: StorageResource) -> Outcome:
        MADE[work.transform.entity] += 1
        return super().run(work, storage)


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[House]:
    """A house whose catalogue is loaded, and looked at once more."""
    with SandboxServer(small_world(), EXTENDED) as server:
        house = House(tmp_path, server, engine=CountingEngine())
        house.follow()
        for _ in range(2):
            assert failures(house.run(CATALOGUE, ())) == {}
        MADE.clear()
        yield house


def made(house: House, select: str = CATALOGUE) -> set[str]:
    """The tables whose rows a run makes anew."""
    MADE.clear()
    assert failures(house.run(select, ())) == {}
    return set(MADE)


def by_hand(house: House, statement: str) -> None:
    with house.connection() as connection, connection.begin():
        connection.exec_driver_sql("PRAGMA foreign_keys=ON")
        connection.exec_driver_sql(statement)


def counts(result: dg.ExecuteInProcessResult, table: str) -> dict[str, object]:
    names = ("inserted", "updated", "deleted", "unchanged", "quarantined", "incomplete")
    told = metadata_of(result, table)
    return {name: told[name] for name in names}


def test_nothing_is_made_again_where_nothing_has_changed(filled: House) -> None:
    before = filled.dump(), filled.data_versions()
    assert made(filled) == set()
    assert (filled.dump(), filled.data_versions()) == before


def test_what_is_left_as_it_is_still_tells_its_counts(filled: House) -> None:
    forget_all(filled.storage)
    loaded, again = filled.run(CATALOGUE, ()), filled.run(CATALOGUE, ())
    for table in TABLES:
        assert counts(again, table) == counts(loaded, table)
        steps = [metadata_of(result, table)["step"] for result in (loaded, again)]
        assert steps == ["loaded", "unchanged"]
    checks = [event for event in again.get_asset_check_evaluations() if not event.passed]
    assert {event.asset_key for event in checks} == {
        event.asset_key for event in loaded.get_asset_check_evaluations() if not event.passed
    }


def test_dagsters_data_version_stays_until_somebody_writes(filled: House) -> None:
    def told(result: dg.ExecuteInProcessResult) -> dict[str, str]:
        found = {}
        for table in (*TABLES, "weekly_album_totals"):
            [event] = result.asset_materializations_for_node(table)
            found[table] = (event.tags or {})["dagster/data_version"]
        return found

    select = f"{CATALOGUE} or group:weekly"
    first, again = told(filled.run(select)), told(filled.run(select))
    assert again == first
    by_hand(filled, "UPDATE artists SET Name = 'Somebody'")
    healed = told(filled.run(select))
    assert {name for name in first if healed[name] != first[name]} == {"artists"}
    fewer = "DELETE FROM genres WHERE GenreID = (SELECT min(GenreID) FROM artist_genres)"
    by_hand(filled, fewer)
    changed = told(filled.run(select))
    assert {name for name in first if changed[name] != healed[name]} == {"genres", "artist_genres"}


Change = Callable[[House], object]
CHANGES: dict[str, tuple[Change, set[str]]] = {
    # Healed rows have a version that nobody has seen, so what reads them is made again too.
    "an edited name": (
        lambda house: by_hand(house, "UPDATE artists SET Name = 'Somebody'"),
        {"artists", "artist_genres", "musicbrainz_genres"},
    ),
    "a deleted artist, with all links": (
        lambda house: by_hand(
            house, "DELETE FROM artists WHERE ArtistID = (SELECT min(ArtistID) FROM artists)"
        ),
        {"artists", "artist_details", "artist_genres", "musicbrainz_genres", "artist_albums"},
    ),
    "a deleted genre": (
        lambda house: by_hand(
            house, "DELETE FROM genres WHERE GenreID = (SELECT min(GenreID) FROM artist_genres)"
        ),
        {"genres", "artist_genres", "musicbrainz_genres"},
    ),
    "a link that nobody gave": (
        lambda house: by_hand(
            house,
            "INSERT INTO artist_albums SELECT ArtistID, AlbumID FROM artists, albums "
            "WHERE NOT EXISTS (SELECT 1 FROM artist_albums AS x WHERE x.ArtistID = "
            "artists.ArtistID AND x.AlbumID = albums.AlbumID) LIMIT 1",
        ),
        {"artist_albums"},
    ),
    "an album without its row": (
        lambda house: by_hand(
            house, "DELETE FROM albums WHERE AlbumID = (SELECT min(AlbumID) FROM albums)"
        ),
        {"albums", "artist_albums", "tracks", "album_details"},
    ),
    "no notes": (lambda house: forget_all(house.storage), {*TABLES, *DETAILS}),
    "damaged notes": (
        lambda house: house.storage.write("checkpoints/fingerprints/albums.json", b"{"),
        {"albums"},
    ),
}


@pytest.mark.parametrize(("change", "tables"), CHANGES.values(), ids=CHANGES)
def test_whatever_was_changed_is_healed(change: Change, tables: set[str], filled: House) -> None:
    before = filled.tables()
    change(filled)
    assert made(filled) == tables
    after = filled.tables()
    # A deleted genre gets a number that it has never had.
    assert {name: len(rows) for name, rows in after.items()} == {
        name: len(rows) for name, rows in before.items()
    }
    if "genres" not in tables or tables == set(TABLES):
        assert after == before


def landed_on(house: House, kind: str, day: str) -> None:
    """Let the first ingest be of another day, and the only one."""
    for later in folders(house.storage, f"landing/{kind}/")[1:]:
        house.storage.clear(later)
    for blob in list(house.storage.list(f"landing/{kind}/")):
        content = house.storage.read(blob.path)[1]
        house.storage.delete(blob.path)
        house.storage.write(re.sub(r"\d{8}T", f"{day}T", blob.path), content)


def first_seen(house: House, table: str) -> dict[str, str | None]:
    key = {"albums": "AlbumID", "tracks": "SongID"}[table]
    with house.connection() as connection:
        return dict(connection.exec_driver_sql(f"SELECT {key}, FirstSeen FROM {table}").all())


def test_a_new_row_has_the_day_of_its_pages_and_keeps_it_whenever_they_are_loaded(
    filled: House,
) -> None:
    for table in ("tracks", "albums"):
        landed_on(filled, table, "20260102")
        known, *new = sorted(first_seen(filled, table))
        by_hand(filled, f"UPDATE {table} SET FirstSeen = NULL")
        key = "AlbumID" if table == "albums" else "SongID"
        by_hand(filled, f"DELETE FROM {table} WHERE {key} <> '{known}'")
        for _ in range(2):
            forget_all(filled.storage)
            assert failures(filled.run(f"key:{table}", ())) == {}
            days = {None: {known}, "2026-01-02": set(new)}
            found = first_seen(filled, table)
            assert {day: {k for k in found if found[k] == day} for day in days} == days
        # Neither a page of another day nor what a step fills in makes another day of it.
        landed_on(filled, table, "20260103")
        told = filled.run(f"key:{table} or key:album_details", ())
        assert counts(told, table)["updated"] == counts(told, table)["inserted"] == 0
        assert first_seen(filled, table) == found


def test_a_link_waits_for_its_artist_and_comes_with_him(filled: House) -> None:
    before = filled.rows("artist_albums")
    by_hand(filled, "DELETE FROM artists WHERE ArtistID = (SELECT min(ArtistID) FROM artists)")
    assert made(filled, "key:artist_albums") == {"artist_albums"}
    assert len(filled.rows("artist_albums")) < len(before)
    # Those that remain are what this listing gives with these artists, until there are others.
    assert made(filled, "key:artist_albums") == set()
    assert made(filled, "key:artists or key:artist_albums") == {"artists", "artist_albums"}
    assert filled.rows("artist_albums") == before


def test_a_list_that_is_not_believed_is_believed_once_somebody_says_so(filled: House) -> None:
    pages = [json.loads(line) for line in filled.storage.read(FOLLOW_LIST)[1].splitlines()]
    few = [item for page in pages for item in page["items"]][:3]
    filled.put_inbox(json.dumps({"items": few, "total": 3}).encode())
    for _ in range(2):
        filled.run(CATALOGUE, ())
        assert len(filled.rows("artists")) == 20
    allow_replacing(filled.storage)
    assert failures(filled.run(CATALOGUE, ())) == {}
    assert len(filled.rows("artists")) == 3


def test_the_same_lines_are_the_same_in_whatever_order_and_files(storage: FolderStorage) -> None:
    storage.write("landing/a", b"1\n2\n")
    storage.write("landing/b", b"3\n")
    storage.write("landing/c", b"3\n1\n2\n")
    storage.write("landing/d", b"3\n1\n2\n2\n")
    storage.write("landing/e", b"3\n1\n4\n")
    whole = lines_version(storage, ["landing/c"])
    assert lines_version(storage, ["landing/a", "landing/b"]) == whole
    assert lines_version(storage, ["landing/d"]) != whole
    assert lines_version(storage, ["landing/e"]) != whole
    assert lines_version(storage, ["landing/a"]) != whole
