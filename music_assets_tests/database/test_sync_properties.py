"""Properties of every sync, for rows that nobody thought of."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from music_assets.database.resource import DatabaseResource
from music_assets.database.scope import WHOLE_TABLE, RowsOf
from music_assets.schema import tables
from music_assets_tests.database.syncing import artists, counts, frame, held


def empty(database: DatabaseResource) -> None:
    with database.connection() as connection, connection.begin():
        for table in reversed(tables.metadata.sorted_tables):
            connection.execute(sa.delete(table))


Rows = dict[str, tuple[str | None, int | None]]

# PostgreSQL takes no NUL, and SQL Server no notice of blanks at an end.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6).map(
    str.rstrip
)
ids = st.sampled_from(["a", "A", "b", "B", "'", '"', "aB", "ab", "0"])
numbers = st.integers(-(2**31), 2**31 - 1)
inputs = st.dictionaries(ids, st.tuples(st.none() | texts, st.none() | numbers), max_size=6)


def merged(old: Rows, new: Rows) -> Rows:
    """The new rows; what they do not say as the old rows have it."""

    def known(identity: str) -> tuple[str | None, int | None]:
        name, number = new[identity]
        was = old.get(identity, (None, None))
        return (was[0] if name is None else name, was[1] if number is None else number)

    return {identity: known(identity) for identity in new}


# Each example begins with emptying it.
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(inputs, min_size=1, max_size=5))
def test_after_a_sync_of_everything_the_table_is_the_input(
    database: DatabaseResource, history: list[Rows]
) -> None:
    empty(database)
    table: Rows = {}
    for rows in history:
        if table and not rows:
            continue
        after = merged(table, rows)
        done = database.sync(
            tables.artists, artists(*((i, *row) for i, row in rows.items())), scope=WHOLE_TABLE
        )
        same = sum(1 for identity, row in after.items() if table.get(identity) == row)
        changed = len(table.keys() & rows.keys()) - same
        gone = len(table.keys() - rows.keys())
        assert counts(done) == (len(rows.keys() - table.keys()), changed, gone, same)
        assert {row[0]: row[1:] for row in held(database, tables.artists)} == after
        table = after


listings = st.sets(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(listings, listings, st.sets(st.sampled_from("abcd")))
def test_within_a_scope_the_table_is_the_input_and_outside_it_only_grows(
    database: DatabaseResource, old: set[Any], new: set[Any], scope: set[str]
) -> None:
    empty(database)
    database.sync(tables.artists, artists(*((i, i, 1) for i in "abc")))
    albums = [(i, i, "album", None, None, 1) for i in "xyz"]
    database.sync(tables.albums, frame(tables.albums, albums))
    database.sync(tables.artist_albums, frame(tables.artist_albums, sorted(old)))
    rows = frame(tables.artist_albums, sorted(new))
    done = database.sync(tables.artist_albums, rows, scope=RowsOf("ArtistID", sorted(scope)))
    outside = {pair for pair in old if pair[0] not in scope}
    assert held(database, tables.artist_albums) == sorted(new | outside)
    deleted = len(old - new - outside)
    assert counts(done) == (len(new - old), 0, deleted, len(new & old))


days = st.dates(dt.date(2026, 1, 1), dt.date(2026, 1, 9))
listed = st.dictionaries(ids, st.sampled_from(["One", "Two"]), min_size=1, max_size=6)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(ids, st.none() | days), st.lists(st.tuples(listed, days), max_size=6))
def test_a_row_keeps_the_day_of_the_input_that_brought_it_whatever_later_ones_say(
    database: DatabaseResource,
    there: dict[str, dt.date | None],
    history: list[tuple[dict[str, str], dt.date]],
) -> None:
    empty(database)
    columns = ["AlbumID", "AlbumName", "FirstSeen"]
    before = [(each, "One", day) for each, day in there.items()]
    database.sync(tables.albums, frame(tables.albums, before, columns))
    names, seen = dict.fromkeys(there, "One"), dict(there)
    for albums, day in history:
        rows = [(each, name, day) for each, name in albums.items()]
        new = albums.keys() - names.keys()
        renamed = {each for each in albums.keys() & names.keys() if albums[each] != names[each]}
        for _ in range(2):
            done = database.sync(
                tables.albums, frame(tables.albums, rows, columns), scope=WHOLE_TABLE
            )
            gone, same = names.keys() - albums.keys(), len(albums) - len(new) - len(renamed)
            assert counts(done) == (len(new), len(renamed), len(gone), same)
            seen = {each: seen.get(each, day) for each in albums}
            album = tables.albums.c
            held = database.read(sa.select(album.AlbumID, album.AlbumName, album.FirstSeen))
            assert {a: (name, first) for a, name, first in held.rows()} == {
                each: (name, seen[each]) for each, name in albums.items()
            }
            names, new, renamed = albums, set(), set()
