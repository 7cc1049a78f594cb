"""Faults: which pass by themselves and are waited for, how long, and what is said of the others."""

import logging
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import polars as pl
import pytest
import sqlalchemy as sa

from music_assets.database.database_errors import TRANSIENT, DatabaseError
from music_assets.database.resource import DatabaseResource
from music_assets.database.retrying import Patience
from music_assets.schema import tables
from music_assets_tests.database.syncing import artists, held
from music_assets_tests.outside.fake_odbc import Error, Server, own_refusal, refusal

#: As the documentation lists them.
DOCUMENTED = (
    40197, 40501, 40613, 49918, 49919, 49920, 4221, 615, 926, 10928, 10929, 233, 64,
    10053, 10054, 10060, 1204, 1205, 1222,
)  # fmt: skip
#: A wrong login, a missing table, a broken rule, a value that is cut, a column that is not there.
FINAL = (18456, 208, 547, 2627, 515, 2628, 8152, 207, 102, 229, 262)
WAITS = [5, 10, 20, 40, 60, 60]
SECRET = "s3cret-word"
ROWS = artists(("a", "Abba", 1), ("b", "Blur", 2))


class Failing:
    """Refuses what begins with a word, as often as it is told."""

    def __init__(self, *errors: Error, when: str = "") -> None:
        self.left, self.when = list(errors), when

    def __call__(self, statement: str = "") -> None:
        if self.left and statement.startswith(self.when):
            raise self.left.pop(0)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    server = Server(tmp_path / "music.db")
    monkeypatch.setitem(sys.modules, "pyodbc", server.module())
    return server


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def database(server: Server, waits: list[float]) -> Iterator[DatabaseResource]:
    """A database on the server that fails; waiting takes no time and is written down."""
    assert not server.logins
    database = DatabaseResource(url=f"mssql+pyodbc://loader:{SECRET}@server/music")
    database._patience = Patience(sleep=waits.append)
    database.setup_for_execution(dg.build_init_resource_context())
    yield database
    database.teardown_after_execution(dg.build_init_resource_context())


def test_the_documented_numbers_are_those_that_are_waited_for() -> None:
    assert frozenset(DOCUMENTED) == TRANSIENT


@pytest.mark.parametrize("number", DOCUMENTED)
@pytest.mark.parametrize("moment", ["INSERT INTO [#", "UPDATE artists", "INSERT INTO artists"])
def test_a_fault_that_passes_begins_the_whole_transaction_anew(
    server: Server, database: DatabaseResource, waits: list[float], number: int, moment: str
) -> None:
    database.sync(tables.artists, artists(("a", "ABBA", 1)))
    logins = len(server.logins)
    server.on_execute = Failing(refusal(number, "40001"), refusal(number, "40001"), when=moment)
    done = database.sync(tables.artists, ROWS)
    assert (done.inserted, done.updated) == (1, 1)
    assert waits == [5, 10]
    assert len(server.logins) - logins == 3
    assert held(database, tables.artists) == [("a", "Abba", 1), ("b", "Blur", 2)]


@pytest.mark.parametrize("number", FINAL)
def test_any_other_fault_is_told_at_once_and_changes_nothing(
    server: Server, database: DatabaseResource, waits: list[float], number: int
) -> None:
    server.on_execute = Failing(refusal(number), when="INSERT INTO artists")
    with pytest.raises(DatabaseError) as told:
        database.sync(tables.artists, ROWS)
    assert str(told.value) == (
        f"The database refused to load artists: Something is wrong ({number})."
    )
    assert waits == []
    assert held(database, tables.artists) == []


@pytest.mark.parametrize("state", ["08S01", "08001", "HYT00", "HYT01", "40001"])
def test_a_broken_connection_and_a_time_out_are_known_by_their_state(
    server: Server, database: DatabaseResource, waits: list[float], state: str
) -> None:
    server.on_execute = Failing(Error(state, f"[{state}] [unixODBC]It is gone (0) (SQLExecute)"))
    assert database.count(tables.artists) == 0
    assert waits == [5]


@pytest.mark.parametrize("text", ["varying(64)", "of length (1205).", "VARCHAR (64) is short"])
def test_a_number_in_the_text_is_not_the_faults_number(
    server: Server, database: DatabaseResource, waits: list[float], text: str
) -> None:
    server.on_execute = Failing(Error("22001", f"[22001] [SQL Server]{text} (8152) (SQLExecute)"))
    with pytest.raises(DatabaseError):
        database.count(tables.artists)
    assert waits == []


def test_a_paused_database_is_waited_for_three_minutes_and_more(
    server: Server, waits: list[float]
) -> None:
    paused = [refusal(40613, "HY000", "Database 'music' is not currently available.")] * 6
    server.on_connect = Failing(*paused)
    database = DatabaseResource(url=f"mssql+pyodbc://loader:{SECRET}@server/music")
    database._patience = Patience(sleep=waits.append)
    database.setup_for_execution(dg.build_init_resource_context())
    assert waits == WAITS
    assert sum(waits) >= 180
    assert database.count(tables.artists) == 0


def test_what_does_not_pass_is_told_after_the_last_wait(
    server: Server, database: DatabaseResource, waits: list[float]
) -> None:
    server.on_connect = Failing(*[refusal(40613, text="It is paused.")] * 7)
    with pytest.raises(DatabaseError, match=r"refused to load artists: It is paused \(40613\)\.$"):
        database.sync(tables.artists, ROWS)
    assert waits == WAITS


def test_a_database_that_may_not_exist_is_waited_for_briefly(
    server: Server, database: DatabaseResource, waits: list[float]
) -> None:
    server.on_connect = Failing(*[refusal(4060, text="Cannot open database 'music'.")] * 9)
    with pytest.raises(DatabaseError, match=r"Cannot open database 'music' \(4060\)\.$"):
        database.count(tables.artists)
    assert waits == [5, 10]


def test_a_lock_that_another_process_keeps_is_asked_for_again(
    server: Server, database: DatabaseResource, waits: list[float]
) -> None:
    server.lock_answers = [-1, -3]
    assert database.sync(tables.artists, ROWS).inserted == 2
    assert waits == [5, 10]
    server.lock_answers = [-1] * 7
    with pytest.raises(DatabaseError, match="another process keeps writing"):
        database.sync(tables.artists, ROWS)


def test_reads_and_views_are_tried_again_too(
    server: Server, database: DatabaseResource, waits: list[float]
) -> None:
    server.on_execute = Failing(refusal(10054, "08S01"), when="SELECT")
    assert database.read(sa.select(tables.artists)).is_empty()
    server.on_execute = Failing(refusal(1205, "40001"), when="CREATE OR ALTER VIEW")
    database.define_view("one", "SELECT 1 AS n")
    assert waits == [5, 5]


def test_each_wait_is_told_in_a_sentence_of_the_runs_log(
    server: Server, database: DatabaseResource, waits: list[float]
) -> None:
    @dg.asset
    def loaded() -> None:
        server.on_execute = Failing(refusal(1205, "40001", f"A deadlock, pwd={SECRET}."))
        database.sync(tables.artists, ROWS)

    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize([loaded], instance=instance)
        told = [entry.user_message for entry in instance.all_logs(result.run_id)]
    assert (
        "The database refused to load artists: A deadlock, pwd=*** (1205). "
        "It is asked again in 5 seconds."
    ) in told
    assert len(waits) == 1


@pytest.mark.parametrize("passes", [True, False])
def test_a_password_is_never_told(
    server: Server,
    database: DatabaseResource,
    caplog: pytest.LogCaptureFixture,
    passes: bool,
) -> None:
    words = f"The login with {SECRET} of UID=loader;PWD={SECRET};x failed."
    server.on_connect = Failing(*[refusal(40613 if passes else 18456, text=words)] * 7)
    with caplog.at_level(logging.DEBUG), pytest.raises(DatabaseError) as told:
        database.sync(tables.artists, ROWS)
    error: BaseException | None = told.value
    assert error is not None
    assert SECRET not in f"{error!s}{error!r}{caplog.text}{database!r}{database}"
    assert error.__suppress_context__


def test_a_password_within_a_connection_string_is_never_told(
    server: Server, waits: list[float]
) -> None:
    text = f"DRIVER%3Dx%3BUID%3Du%3BPWD%3D{SECRET}"
    database = DatabaseResource(url=f"mssql+pyodbc:///?odbc_connect={text}")
    database._patience = Patience(sleep=waits.append)
    server.on_connect = Failing(refusal(18456, "28000", f"UID=u;PWD={SECRET};x is no login."))
    with pytest.raises(DatabaseError, match=r"UID=u;PWD=\*\*\*;x is no login \(18456\)") as told:
        database.setup_for_execution(dg.build_init_resource_context())
    assert SECRET not in str(told.value)


def test_what_was_to_be_loaded_is_never_told(server: Server, database: DatabaseResource) -> None:
    words = "Cannot insert the row. The duplicate key value is (Abba)."
    server.on_execute = Failing(refusal(2627, "23000", words), when="INSERT INTO [#")
    with pytest.raises(DatabaseError) as told:
        database.sync(tables.artists, ROWS)
    assert str(told.value) == (
        "The database refused to load artists: Cannot insert the row (2627)."
    )


def test_of_several_things_that_a_driver_says_the_first_is_told(
    server: Server, database: DatabaseResource
) -> None:
    server.on_connect = Failing(
        *[
            Error(
                "HYT00",
                "[HYT00] [Microsoft][ODBC Driver 18 for SQL Server]Login timeout expired (0) "
                "(SQLDriverConnect); [08001] [Microsoft][ODBC Driver 18 for SQL Server]More (-1)",
            )
        ]
        * 7
    )
    with pytest.raises(DatabaseError, match=r"refused to be read: Login timeout expired\.$"):
        database.count(tables.artists)


def test_an_error_of_our_own_is_neither_waited_for_nor_reworded(
    database: DatabaseResource, waits: list[float]
) -> None:
    database.sync(tables.artists, ROWS)
    with pytest.raises(pl.exceptions.ColumnNotFoundError):
        database.sync(tables.artists, ROWS.select("nothing"))
    assert waits == []


def test_what_pyodbc_says_itself_is_quoted(server: Server, database: DatabaseResource) -> None:
    said = "String data, right truncation: length 1001 buffer 1000"
    server.on_execute = Failing(own_refusal(said), when="INSERT")
    with pytest.raises(DatabaseError, match=f"load artists: {said}\\.$"):
        database.sync(tables.artists, ROWS)


CANNOT_PASS = (
    "[08001] [Microsoft][ODBC Driver 18 for SQL Server]SSL Provider: [error:0A000086:SSL routines::"
    "certificate verify failed:self-signed certificate] (-1) (SQLDriverConnect)",
    "[08001] [Microsoft][ODBC Driver 18 for SQL Server]TCP Provider: Error code 0x6F (111) "
    "(SQLDriverConnect)",
    "[08001] [Microsoft][ODBC Driver 18 for SQL Server]TCP Provider: No connection could be made "
    "because the target machine actively refused it. (10061) (SQLDriverConnect)",
    "[08001] [Microsoft][ODBC Driver 18 for SQL Server]TCP Provider: Error code 0x2AF9 (11001) "
    "(SQLDriverConnect)",
)


@pytest.mark.parametrize("text", CANNOT_PASS)
def test_a_connection_that_no_waiting_mends_ends_at_once(
    server: Server, database: DatabaseResource, waits: list[float], text: str
) -> None:
    server.on_connect = Failing(Error("08001", text))
    with pytest.raises(DatabaseError):
        database.sync(tables.artists, ROWS)
    assert waits == []


def test_a_decimal_of_the_driver_is_read_as_the_float_of_the_contract(
    database: DatabaseResource,
) -> None:
    database.sync(tables.albums, pl.LazyFrame({"AlbumID": ["a"]}))
    track = {"SongID": ["s"], "DurationInSeconds": [1.234], "AlbumID": ["a"]}
    database.sync(tables.tracks, pl.LazyFrame(track))
    read = database.read(sa.select(tables.tracks.c.DurationInSeconds))
    assert read.schema == {"DurationInSeconds": pl.Float64}
    assert read.item() == 1.234


def test_a_view_with_the_same_text_is_left_alone(
    server: Server, database: DatabaseResource
) -> None:
    for text in ("SELECT 1 AS n", "SELECT 1 AS n", "SELECT 2 AS n"):
        database.define_view("one", text)
    made = [each for each in server.asked if "VIEW" in each]
    assert [each.rpartition("\n")[2] for each in made] == ["SELECT 1 AS n", "SELECT 2 AS n"]
    assert not any("DROP VIEW" in each for each in server.asked)


def test_a_name_of_too_many_utf_16_units_is_quoted_as_pyodbc_refuses_it(
    database: DatabaseResource,
) -> None:
    with pytest.raises(DatabaseError, match="right truncation: length 2004 buffer 2000"):
        database.sync(tables.artists, artists(("a", "🎵" * 501, 1), ("b", "Blur", 2)))
    fitting = artists(("a", "🎵" * 500, 1), ("b", "Blur", 2))
    assert database.sync(tables.artists, fitting).inserted == 2


def test_a_port_without_a_server_is_told_from_an_outage_which_the_driver_does_not(
    server: Server, waits: list[float]
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server.on_connect = Failing(timed_out())
    database = DatabaseResource(url=f"mssql+pyodbc://loader:{SECRET}@127.0.0.1:{port}/music")
    database._patience = Patience(sleep=waits.append)
    with pytest.raises(
        DatabaseError, match=rf"nothing listens at port {port} of 127\.0\.0\.1; see"
    ):
        database.setup_for_execution(dg.build_init_resource_context())
    assert waits == []


def test_a_server_that_listens_and_does_not_answer_in_time_is_waited_for(
    server: Server, waits: list[float]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server.on_connect = Failing(timed_out(), timed_out())
        address = f"127.0.0.1%2C{listening.getsockname()[1]}"
        url = f"mssql+pyodbc:///?odbc_connect=DRIVER%3Dx%3BSERVER%3Dtcp%3A{address}%3BUID%3Du"
        database = DatabaseResource(url=url)
        database._patience = Patience(sleep=waits.append)
        database.setup_for_execution(dg.build_init_resource_context())
    assert waits == [5, 10]


def timed_out() -> Error:
    """All that the driver says of a port that nobody listens at, too."""
    driver = "[Microsoft][ODBC Driver 18 for SQL Server]"
    return Error("HYT00", f"[HYT00] {driver}Login timeout expired (0) (SQLDriverConnect)")


def test_what_to_do_about_a_certificate_is_told(server: Server, database: DatabaseResource) -> None:
    server.on_connect = Failing(Error("08001", CANNOT_PASS[0]))
    with pytest.raises(DatabaseError, match=r"self-signed certificate\].*; let this machine trust"):
        database.count(tables.artists)


def test_a_view_that_was_made_by_hand_with_the_same_text_is_left_alone(
    server: Server, database: DatabaseResource
) -> None:
    server.views["one"] = "CREATE VIEW one AS\nSELECT 1 AS n"
    database.define_view("one", "SELECT 1 AS n\n")
    assert not any("CREATE OR ALTER" in each or "DROP VIEW" in each for each in server.asked)


def test_a_server_that_knows_no_create_or_alter_makes_a_changed_view_anew(
    server: Server, database: DatabaseResource, waits: list[float]
) -> None:
    unknown = refusal(156, text="Incorrect syntax near the keyword 'OR'.")
    for text in ("SELECT 1 AS n", "SELECT 2 AS n", "SELECT 2 AS n"):
        server.on_execute = Failing(unknown, when="CREATE OR ALTER")
        database.define_view("one", text)
    made = [each for each in server.asked if each.startswith("CREATE VIEW")]
    assert [each.rpartition("\n")[2] for each in made] == ["SELECT 1 AS n", "SELECT 2 AS n"]
    assert waits == []
