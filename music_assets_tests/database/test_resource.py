"""The contract of the database: what `sync` does and what comes back, whatever the server."""

import datetime as dt
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import dagster as dg
import polars as pl
import pytest
import sqlalchemy as sa

from music_assets.database.database_errors import DatabaseError
from music_assets.database.resource import DatabaseResource
from music_assets.database.scope import (
    NOTHING,
    ONLY_UPDATES,
    WHOLE_TABLE,
    RowsOf,
    RowsOfInput,
    Scope,
)
from music_assets.schema import data_versions, tables
from music_assets.schema.data_versions import WHOLE_TABLE as WHOLE
from music_assets_tests.conftest import opened
from music_assets_tests.database.syncing import (
    COLUMNS,
    MONDAY,
    SUNDAY,
    TYPES,
    artists,
    counts,
    frame,
    genres,
    held,
    writes,
)


@pytest.fixture
def filled(database: DatabaseResource) -> DatabaseResource:
    """Artists a1-a3 on albums b1-b3, two tracks on each album, a week of streams of each track."""
    albums = [(f"b{i}", f"Album {i}", "album", None, None, 2) for i in (1, 2, 3)]
    songs = [(f"s{i}{j}", j, f"Song {j}", 60.0, f"b{i}") for i in (1, 2, 3) for j in (1, 2)]
    streams = [(202647, song[0], MONDAY, SUNDAY, 10) for song in songs]
    database.sync(tables.artists, artists(*((f"a{i}", f"Artist {i}", i) for i in (1, 2, 3))))
    database.sync(tables.albums, frame(tables.albums, albums))
    database.sync(
        tables.artist_albums,
        frame(tables.artist_albums, [("a1", "b1"), ("a1", "b2"), ("a2", "b2"), ("a3", "b3")]),
    )
    database.sync(tables.tracks, frame(tables.tracks, songs))
    database.sync(tables.weekly_streams, frame(tables.weekly_streams, streams))
    return database


def test_a_first_sync_inserts_every_row(database: DatabaseResource) -> None:
    rows = [("a", "Abba", 1), ("b", "Blur", None)]
    done = database.sync(tables.artists, artists(*rows), scope=WHOLE_TABLE)
    assert counts(done) == (2, 0, 0, 0)
    assert held(database, tables.artists) == rows
    assert database.count(tables.artists) == 2


def test_a_sync_says_what_it_inserted_updated_deleted_and_left(database: DatabaseResource) -> None:
    database.sync(tables.artists, artists(("a", "A", 1), ("b", "B", 2), ("c", "C", 3)))
    done = database.sync(
        tables.artists,
        artists(("d", "D", 4), ("e", "E", 5), ("b", "B2", 2), ("a", "A", 1)),
        scope=WHOLE_TABLE,
    )
    assert counts(done) == (2, 1, 1, 1)
    assert done.orphans.is_empty()
    assert [row[1] for row in held(database, tables.artists)] == ["A", "B2", "D", "E"]


@pytest.mark.parametrize("scope", [NOTHING, WHOLE_TABLE, RowsOf("AlbumID", ["b1", "b2", "b3"])])
def test_a_sync_of_the_same_rows_again_writes_nothing(
    filled: DatabaseResource, scope: Scope
) -> None:
    again = filled.read(sa.select(tables.tracks)).lazy()
    with writes() as seen:
        done = filled.sync(tables.tracks, again, scope=scope)
    assert counts(done) == (0, 0, 0, 6)
    assert seen == []


def test_the_watch_on_writes_sees_them(database: DatabaseResource) -> None:
    with writes() as seen:
        database.sync(tables.artists, artists(("a", "A", 1)))
        database.sync(tables.artists, artists(("a", "B", 1), ("b", "B", 1)), scope=WHOLE_TABLE)
        database.sync(tables.artists, artists(("b", "B", 1)), scope=WHOLE_TABLE)
    assert seen == [("INSERT", 1), ("UPDATE", 1), ("INSERT", 1), ("DELETE", 1)]


def test_only_what_differs_is_written(filled: DatabaseResource) -> None:
    with writes() as seen:
        filled.sync(
            tables.artists,
            artists(("a1", "Artist 1", 1), ("a2", "Renamed", 2), ("a4", "New", 4)),
            scope=WHOLE_TABLE,
        )
    assert seen == [("DELETE", 1), ("UPDATE", 1), ("INSERT", 1)]


def test_a_null_never_overwrites_what_was_said(database: DatabaseResource) -> None:
    database.sync(tables.artists, artists(("a", "Abba", 7)))
    done = database.sync(tables.artists, artists(("a", None, None)), scope=WHOLE_TABLE)
    assert counts(done) == (0, 0, 0, 1)
    done = database.sync(tables.artists, artists(("a", None, 8)))
    assert counts(done) == (0, 1, 0, 0)
    assert held(database, tables.artists) == [("a", "Abba", 8)]


def test_a_column_that_the_input_lacks_keeps_its_values(database: DatabaseResource) -> None:
    database.sync(tables.artists, artists(("a", "Abba", 7)))
    names = frame(tables.artists, [("a", "ABBA"), ("b", "Blur")], ["ArtistID", "Name"])
    assert counts(database.sync(tables.artists, names)) == (1, 1, 0, 0)
    assert held(database, tables.artists) == [("a", "ABBA", 7), ("b", "Blur", None)]


def test_what_was_not_known_is_filled_in_later_and_zero_and_empty_are_values(
    database: DatabaseResource,
) -> None:
    database.sync(tables.artists, artists(("a", None, None), ("b", "B", 5)))
    done = database.sync(tables.artists, artists(("a", "A", 0), ("b", "", 0)))
    assert counts(done) == (0, 2, 0, 0)
    assert held(database, tables.artists) == [("a", "A", 0), ("b", "", 0)]


DETAILS = ("ArtistID", "MusicBrainzID", "BeganYear")


def test_details_are_filled_in_and_no_row_is_added_or_deleted(filled: DatabaseResource) -> None:
    before = held(filled, tables.artists)
    rows = frame(tables.artists, [("a1", "m1", 1970), ("a9", "m9", None)], DETAILS)
    done = filled.sync(tables.artists, rows, scope=ONLY_UPDATES)
    assert counts(done) == (0, 1, 0, 0)
    assert done.orphans.is_empty()
    assert held(filled, tables.artists) == before
    told = sa.select(*(tables.artists.c[name] for name in DETAILS)).order_by("ArtistID")
    assert filled.read(told).rows()[0] == ("a1", "m1", 1970)
    with writes() as seen:
        assert counts(filled.sync(tables.artists, rows, scope=ONLY_UPDATES)) == (0, 0, 0, 1)
    assert seen == []


def test_a_step_that_fills_columns_in_is_no_change_of_the_rows_own_and_the_other_way_round(
    filled: DatabaseResource,
) -> None:
    def versions() -> tuple[str, str]:
        every = filled.data_versions()
        return every["artists", WHOLE], every["artists", data_versions.DETAILS]

    before = versions()
    details = frame(tables.artists, [("a1", "m1", 1970)], DETAILS)
    filled.sync(tables.artists, details, scope=ONLY_UPDATES)
    own, filled_in = versions()
    assert own == before[0]
    assert filled_in != before[1]
    filled.sync(tables.artists, artists(("a1", "Renamed", 1)))
    assert versions()[0] != own
    assert versions()[1] == filled_in


def test_a_null_is_a_value_where_the_input_says_all(filled: DatabaseResource) -> None:
    filled.sync(tables.genres, genres("rock"))
    names = ("ArtistID", "GenreID", "Source", "Votes")
    for row in (("a1", 1, "musicbrainz", 5), ("a1", 1, "spotify", None)):
        filled.sync(tables.artist_genres, frame(tables.artist_genres, [row], names))
    assert filled.read(sa.select(tables.artist_genres)).rows() == [("a1", 1, "spotify", None)]


def test_without_a_scope_nothing_is_deleted(filled: DatabaseResource) -> None:
    done = filled.sync(tables.artists, artists(("a9", "New", 9)))
    assert counts(done) == (1, 0, 0, 0)
    assert filled.count(tables.artists) == 4


def test_rows_of_some_values_delete_only_within_its_values(filled: DatabaseResource) -> None:
    rows = frame(tables.artist_albums, [("a1", "b3")])
    listed = RowsOf("ArtistID", ["a1", "a2", "a2", "not there", None])
    done = filled.sync(tables.artist_albums, rows, scope=listed)
    assert counts(done) == (1, 0, 3, 0)
    assert held(filled, tables.artist_albums) == [("a1", "b3"), ("a3", "b3")]


def test_rows_of_no_value_delete_nothing_and_an_empty_input_all_of_its_values(
    filled: DatabaseResource,
) -> None:
    none, nobody = frame(tables.artist_albums, []), RowsOf("ArtistID", [])
    assert counts(filled.sync(tables.artist_albums, none, scope=nobody)) == (0, 0, 0, 0)
    one = RowsOf("ArtistID", ["a1"])
    assert counts(filled.sync(tables.artist_albums, none, scope=one)) == (0, 0, 2, 0)


def test_a_scope_of_weeks_is_matched_by_number_and_one_of_days_by_date(
    filled: DatabaseResource,
) -> None:
    none = frame(tables.weekly_streams, [])
    other_week = RowsOf("WeekID", [202646])
    assert filled.sync(tables.weekly_streams, none, scope=other_week).deleted == 0
    this_monday = RowsOf("WeekStartDate", [MONDAY])
    assert filled.sync(tables.weekly_streams, none, scope=this_monday).deleted == 6


OF_CHART = ("Region", "Period", "ChartDate")
ENTRY = (*OF_CHART, "SongID", "Rank", "WeekID")


def entries(*rows: tuple[Any, ...]) -> Any:
    """Songs on charts, each with its region, period, day, id and rank."""
    return frame(tables.chart_entries, [(*row, 202647) for row in rows], ENTRY)


CHARTED = [
    (region, period, day, song, rank)
    for region in ("de", "global")
    for period in ("daily", "weekly")
    for day in (MONDAY, SUNDAY)
    for rank, song in enumerate("ab", 1)
]


def charted(database: DatabaseResource) -> set[tuple[Any, ...]]:
    columns = (tables.chart_entries.c[name] for name in ENTRY[:-1])
    return set(database.read(sa.select(*columns)).rows())


def test_a_scope_of_several_columns_is_their_values_together(database: DatabaseResource) -> None:
    database.sync(tables.chart_entries, entries(*CHARTED))
    # Each value occurs in the scope, and only these pairs of three belong together.
    named = [("de", "daily", MONDAY), ("global", "weekly", SUNDAY), ("de", None, MONDAY)]
    kept, new = ("de", "daily", MONDAY, "a", 1), ("global", "daily", MONDAY, "c", 3)
    done = database.sync(
        tables.chart_entries, entries(kept, new), scope=RowsOf(OF_CHART, [*named, named[0]])
    )
    assert counts(done) == (1, 0, 3, 1)
    gone = {row for row in CHARTED if row[:3] in named and row != kept}
    assert charted(database) == {*CHARTED, new} - gone
    with writes() as seen:
        assert (
            database.sync(tables.chart_entries, entries(), scope=RowsOf(OF_CHART, [])).deleted == 0
        )
    assert seen == []


def test_what_the_input_has_values_of_in_several_columns_is_replaced_and_counted_by_them(
    database: DatabaseResource,
) -> None:
    database.sync(tables.chart_entries, entries(*CHARTED))
    rows = [
        ("de", "daily", MONDAY, "a", 2),
        ("global", "weekly", SUNDAY, "a", 1),
        ("global", "weekly", SUNDAY, "c", 3),
        ("se", "weekly", SUNDAY, "a", 1),
    ]
    done = database.sync(tables.chart_entries, entries(*rows), scope=RowsOfInput(OF_CHART))
    assert counts(done) == (2, 1, 2, 1)
    assert done.replaced == {
        ("de", "daily", MONDAY): {"rows": 1, "inserted": 0, "updated": 1, "deleted": 1},
        ("global", "weekly", SUNDAY): {"rows": 2, "inserted": 1, "updated": 0, "deleted": 1},
        ("se", "weekly", SUNDAY): {"rows": 1, "inserted": 1, "updated": 0, "deleted": 0},
    }
    replaced = {row[:3] for row in rows}
    assert charted(database) == {*rows, *(row for row in CHARTED if row[:3] not in replaced)}
    other = database.sync(
        tables.chart_entries,
        entries(("it", "daily", MONDAY, "a", 1)),
        scope=RowsOfInput(OF_CHART),
    )
    assert other.replaced == {
        ("it", "daily", MONDAY): {"rows": 1, "inserted": 1, "updated": 0, "deleted": 0}
    }


def test_an_empty_input_never_empties_a_whole_table(filled: DatabaseResource) -> None:
    before = held(filled, tables.artists)
    with pytest.raises(DatabaseError, match=r"input for artists is empty .* nothing was changed"):
        filled.sync(tables.artists, artists(), scope=WHOLE_TABLE)
    assert held(filled, tables.artists) == before


def test_an_input_of_orphans_alone_never_empties_a_whole_table(filled: DatabaseResource) -> None:
    nowhere = frame(tables.tracks, [("s11", 1, "Song", 60.0, "b9")])
    with pytest.raises(DatabaseError, match="input for tracks is empty"):
        filled.sync(tables.tracks, nowhere, scope=WHOLE_TABLE)
    assert filled.count(tables.tracks) == 6


def test_an_empty_input_is_fine_where_the_table_is_empty(database: DatabaseResource) -> None:
    done = database.sync(tables.artists, artists(), scope=WHOLE_TABLE)
    assert counts(done) == (0, 0, 0, 0)


def test_orphans_are_left_out_and_returned_with_their_reason(filled: DatabaseResource) -> None:
    rows = [("s91", 1, "Kept", 1.5, "b1"), ("s92", 2, "O'Brien", None, "b9")]
    done = filled.sync(tables.tracks, frame(tables.tracks, rows))
    assert counts(done) == (1, 0, 0, 0)
    assert done.orphans.to_dicts() == [
        {
            "Reason": "AlbumID 'b9' is not in albums",
            "SongID": "s92",
            "TrackNumber": 2,
            "Title": "O'Brien",
            "DurationInSeconds": None,
            "AlbumID": "b9",
        }
    ]
    assert filled.count(tables.tracks) == 7


def test_each_orphan_is_returned_once_with_the_first_thing_that_it_lacks(
    filled: DatabaseResource,
) -> None:
    rows = frame(tables.artist_albums, [("a9", "b9"), ("a9", "b1"), ("a1", "b9"), ("a2", "b1")])
    done = filled.sync(tables.artist_albums, rows)
    assert counts(done) == (1, 0, 0, 0)
    reasons = {row["ArtistID"] + row["AlbumID"]: row["Reason"] for row in done.orphans.to_dicts()}
    assert reasons == {
        "a9b9": "ArtistID 'a9' is not in artists",
        "a1b9": "AlbumID 'b9' is not in albums",
        "a9b1": "ArtistID 'a9' is not in artists",
    }
    assert done.orphans.height == 3


def test_the_database_itself_refuses_what_refers_to_nothing(filled: DatabaseResource) -> None:
    orphan = sa.insert(tables.artist_albums).values(ArtistID="a1", AlbumID="b9")
    with (
        filled.connection() as connection,
        pytest.raises(sa.exc.IntegrityError, match=r"(?i)foreign"),
    ):
        connection.execute(orphan)


def test_what_hangs_on_a_deleted_row_goes_with_it(filled: DatabaseResource) -> None:
    kept = frame(tables.albums, [("b2", None, None, None, None, None)])
    assert filled.sync(tables.albums, kept, scope=WHOLE_TABLE).deleted == 2
    assert {row[0] for row in held(filled, tables.tracks)} == {"s21", "s22"}
    assert {row[1] for row in held(filled, tables.weekly_streams)} == {"s21", "s22"}
    assert held(filled, tables.artist_albums) == [("a1", "b2"), ("a2", "b2")]


def test_genres_are_numbered_by_name_and_differ_when_their_case_does(
    database: DatabaseResource,
) -> None:
    done = database.sync(tables.genres, genres("rock", "jazz", "Rock", "'; DROP TABLE genres --"))
    assert counts(done) == (4, 0, 0, 0)
    names = [(1, "'; DROP TABLE genres --"), (2, "Rock"), (3, "jazz"), (4, "rock")]
    assert held(database, tables.genres) == names


def test_a_genre_keeps_its_number_over_all_later_runs(database: DatabaseResource) -> None:
    database.sync(tables.genres, genres("jazz", "rock"))
    for later in (["ambient", "rock"], ["rock"], ["zydeco", "blues", "jazz"]):
        database.sync(tables.genres, genres(*later))
    assert held(database, tables.genres) == [
        (1, "jazz"),
        (2, "rock"),
        (3, "ambient"),
        (4, "blues"),
        (5, "zydeco"),
    ]
    with writes() as seen:
        assert counts(database.sync(tables.genres, genres("zydeco", "jazz"))) == (0, 0, 0, 2)
    assert seen == []


def test_a_new_genre_never_gets_the_number_of_another(database: DatabaseResource) -> None:
    database.sync(tables.genres, genres("ambient", "jazz", "rock"))
    database.sync(tables.genres, genres("jazz", "rock"), scope=WHOLE_TABLE)
    database.sync(tables.genres, genres("blues"))
    assert held(database, tables.genres) == [(2, "jazz"), (3, "rock"), (4, "blues")]


def test_a_rename_that_changes_only_the_case_is_a_change(database: DatabaseResource) -> None:
    database.sync(tables.artists, artists(("a", "Abba", 1)))
    assert database.sync(tables.artists, artists(("a", "ABBA", 1))).updated == 1
    assert held(database, tables.artists) == [("a", "ABBA", 1)]


def test_ids_that_differ_only_in_case_are_two_rows(database: DatabaseResource) -> None:
    rows = [("4aAwYaB9", "upper", 1), ("4aawyab9", "lower", 2)]
    database.sync(tables.artists, artists(*rows))
    done = database.sync(tables.artists, artists(rows[1]), scope=WHOLE_TABLE)
    assert counts(done) == (0, 0, 1, 1)
    assert held(database, tables.artists) == rows[1:]


@pytest.mark.parametrize(
    "name",
    [
        "Björk",
        "Bjo\u0308rk",
        "宇多田ヒカル",
        "🎵💃🏽",
        "\u202eالعربية",  # noqa: RUF001
        'O\'Brien "x"',
        "a%s:b?;--\\",
        "NULL",
        " ",
    ],
)
def test_any_text_comes_back_as_it_was(database: DatabaseResource, name: str) -> None:
    database.sync(tables.artists, artists(("a", name, 1)))
    assert held(database, tables.artists) == [("a", name, 1)]
    assert database.sync(tables.artists, artists(("a", name, 1))).unchanged == 1


def test_dates_come_back_as_dates(database: DatabaseResource) -> None:
    dates = [dt.date(1, 1, 1), dt.date(1987, 1, 1), dt.date(2024, 2, 29), dt.date(9999, 12, 31)]
    rows = [(f"b{i}", "n", "album", date, "day", 1) for i, date in enumerate(dates)]
    database.sync(tables.albums, frame(tables.albums, rows))
    read = database.read(sa.select(tables.albums).order_by("AlbumID"))
    assert read.schema["ReleaseDate"] == pl.Date
    assert read["ReleaseDate"].to_list() == dates
    assert database.sync(tables.albums, frame(tables.albums, rows)).unchanged == 4


def test_durations_are_exact_to_the_millisecond(filled: DatabaseResource) -> None:
    lengths = [ms / 1000 for ms in (0, 1, 999, 215_507, 300_001, 123_456_789, 999_999_999_999)]
    rows = [(f"t{i}", i, "n", length, "b1") for i, length in enumerate(lengths)]
    filled.sync(tables.tracks, frame(tables.tracks, rows))
    query = sa.select(tables.tracks.c.DurationInSeconds).where(tables.tracks.c.Title == "n")
    assert filled.read(query.order_by("SongID"))["DurationInSeconds"].to_list() == lengths
    assert filled.sync(tables.tracks, frame(tables.tracks, rows)).unchanged == len(rows)


@pytest.mark.parametrize("table", tables.metadata.tables.values(), ids=str)
def test_an_empty_answer_has_the_types_of_its_columns(
    database: DatabaseResource, table: sa.Table
) -> None:
    # Moments are loaded as numbers, and read as moments.
    types = TYPES | {"datetime": pl.Datetime("us")}
    expected = {c.name: types[c.type.python_type.__name__] for c in table.columns}
    assert dict(database.read(sa.select(table)).schema) == expected


def test_a_column_of_nulls_has_its_type(database: DatabaseResource) -> None:
    database.sync(tables.artists, artists(("a", None, None)))
    columns = (tables.artists.c[name] for name in COLUMNS["artists"])
    read = database.read(sa.select(*columns, sa.func.count().over().label("all")))
    assert dict(read.schema)["Name"] == pl.String
    assert read.rows() == [("a", None, None, 1)]


def test_a_crash_in_the_middle_leaves_the_old_rows_whole(filled: DatabaseResource) -> None:
    table = tables.weekly_streams
    before = held(filled, table)
    changed = (202647, "s11", MONDAY, SUNDAY, 99)
    no_figure = (202647, "s12", MONDAY, SUNDAY, 5), (202648, "s12", MONDAY, SUNDAY, None)
    rows = frame(table, [changed, *no_figure])
    refusal = "refused to load weekly_streams: .*(?i:null)"
    with pytest.raises(DatabaseError, match=refusal), writes() as seen:
        filled.sync(table, rows, scope=WHOLE_TABLE)
    # It had deleted and updated before it failed.
    assert seen == [("DELETE", 4), ("UPDATE", 2)]
    assert held(filled, table) == before
    assert filled.sync(table, frame(table, [changed])).updated == 1


def test_two_rows_of_one_key_are_refused_and_change_nothing(filled: DatabaseResource) -> None:
    with pytest.raises(DatabaseError, match="refused to load artists: "):
        filled.sync(tables.artists, artists(("a1", "one", 1), ("a1", "two", 2)))
    assert held(filled, tables.artists)[0] == ("a1", "Artist 1", 1)


def test_more_rows_than_a_batch_holds_all_arrive(database: DatabaseResource) -> None:
    rows = pl.LazyFrame({"ArtistID": [f"{i:06}" for i in range(45_001)]})
    assert counts(database.sync(tables.artists, rows)) == (45_001, 0, 0, 0)
    assert database.count(tables.artists) == 45_001


def test_a_view_is_made_anew_and_one_that_cannot_be_made_leaves_the_old(
    filled: DatabaseResource,
) -> None:
    filled.define_view("some view", "SELECT 1 AS n")
    filled.define_view("some view", "SELECT 2 AS n")
    with pytest.raises(DatabaseError, match="refused to define some view: "):
        filled.define_view("some view", "SELECT FROM WHERE")
    with filled.connection() as connection:
        assert connection.exec_driver_sql('SELECT n FROM "some view"').scalar_one() == 2


ROUNDS, SHARED, OWN = 4, 40, 20


def sync_in_a_process(url: str, worker: int) -> tuple[int, int]:
    """Several syncs of rows that are shared with other processes and of some that are not."""
    database = opened(url)
    inserted, total = 0, 0
    for turn in range(ROUNDS):
        shared = [f"shared {turn} {i}" for i in range(SHARED)]
        own = [f"{worker} {turn} {i}" for i in range(OWN)]
        done = database.sync(tables.genres, genres(*shared, *own))
        inserted, total = inserted + done.inserted, total + done.inserted + done.unchanged
    database.teardown_after_execution(dg.build_init_resource_context())
    return inserted, total


def test_three_processes_that_sync_at_once_give_exact_counts(url: str) -> None:
    if "pyodbc" in sys.modules and not hasattr(sys.modules["pyodbc"], "__file__"):
        pytest.skip("other processes do not see the driver that stands in for ODBC's")
    with ProcessPoolExecutor(3, mp_context=multiprocessing.get_context("spawn")) as pool:
        done = list(pool.map(sync_in_a_process, [url] * 3, range(3)))
    everything = ROUNDS * (SHARED + 3 * OWN)
    assert sum(inserted for inserted, _ in done) == everything
    assert [total for _, total in done] == [ROUNDS * (SHARED + OWN)] * 3
    database = opened(url)
    assert [row[0] for row in held(database, tables.genres)] == list(range(1, everything + 1))
    database.teardown_after_execution(dg.build_init_resource_context())
