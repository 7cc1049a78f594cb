"""SQL Server: the driver, the login without a password, the lock and the collation."""

import builtins
import datetime as dt
import struct
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
from azure.core.exceptions import ClientAuthenticationError

from music_assets.database import mssql
from music_assets.database.database_errors import DatabaseError, Unavailable
from music_assets.database.staging import CHUNK_ROWS
from music_assets.schema import tables
from music_assets.schema.column_types import tells_case
from music_assets_tests.conftest import opened
from music_assets_tests.database.syncing import artists, frame
from music_assets_tests.outside.fake_odbc import CASE_BLIND, Server

LOADER = "mssql+pyodbc://loader:secret@server/music"
DAY = dt.date(1987, 1, 1)
NOBODY = "mssql+pyodbc://server.database.windows.net/music"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    server = Server(tmp_path / "music.db")
    monkeypatch.setitem(sys.modules, "pyodbc", server.module())
    return server


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, Exception], None]]:
    """Makes the import of a module fail."""
    real = builtins.__import__

    def fail(module: str, error: Exception) -> None:
        def importing(name: str, *args: Any, **kwargs: Any) -> Any:
            if name == module:
                raise error
            return real(name, *args, **kwargs)

        monkeypatch.delitem(sys.modules, module, raising=False)
        monkeypatch.setattr(builtins, "__import__", importing)

    yield fail
    monkeypatch.undo()


def connect(url: str, credential: Any = None) -> None:
    with mssql.mssql_engine(sa.make_url(url), credential).connect():
        pass


class Credential:
    """Gives another token each time, as a renewed one is."""

    given = 0

    def get_token(self, *scopes: str) -> Any:
        assert scopes == ("https://database.windows.net/.default",)
        self.given += 1
        return SimpleNamespace(token=f"token {self.given}")


def test_the_newest_driver_of_the_system_is_taken(server: Server) -> None:
    connect(LOADER)
    text, _ = server.logins[0]
    assert "DRIVER={ODBC Driver 18 for SQL Server}" in text
    assert "UseFMTONLY=yes" in text


def test_what_the_url_says_of_the_driver_holds(server: Server) -> None:
    connect(f"{LOADER}?driver=FreeTDS&UseFMTONLY=no")
    text, _ = server.logins[0]
    assert "DRIVER={FreeTDS}" in text
    assert "UseFMTONLY=no" in text
    assert "UseFMTONLY=yes" not in text


def test_without_a_driver_in_the_system_the_wheels_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "linux" / "debian_ubuntu" / "x86_64" / "lib"
    folder.mkdir(parents=True)
    (folder / "libmsodbcsql-18.6.so.2.1").touch()
    wheel = SimpleNamespace(get_libs_dir=lambda: str(tmp_path))
    monkeypatch.setitem(sys.modules, "mssql_python_odbc", wheel)
    monkeypatch.setattr("platform.system", lambda: "Linux")
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.setattr("platform.freedesktop_os_release", lambda: {"ID": "debian"})
    assert mssql.find_driver(["SQLite3"]) == str(folder / "libmsodbcsql-18.6.so.2.1")


def test_the_wheels_own_driver_is_found_and_loads() -> None:
    pyodbc = pytest.importorskip("pyodbc", exc_type=ImportError)
    driver = mssql.find_driver([])
    with pytest.raises(pyodbc.Error) as told:
        pyodbc.connect(f"DRIVER={driver};SERVER=127.0.0.1,1;LoginTimeout=1", timeout=1)
    # The driver itself speaks; where it cannot be loaded, the driver manager does.
    assert "[Microsoft][ODBC Driver 18 for SQL Server]" in str(told.value)


def test_without_any_driver_it_is_said_what_to_install(
    without: Callable[[str, Exception], None], server: Server
) -> None:
    assert server.logins == []
    without("mssql_python_odbc", ModuleNotFoundError("No module named 'mssql_python_odbc'"))
    with pytest.raises(Unavailable, match=r"pip install 'music-assets\[azure\]' .* msodbcsql18"):
        mssql.find_driver(["SQL Server"])


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (ModuleNotFoundError("No module named 'pyodbc'"), r"install 'music-assets\[azure\]'"),
        (ImportError("libodbc.so.2: cannot open shared object file"), "install unixODBC"),
    ],
)
def test_without_pyodbc_or_its_manager_it_is_said_what_to_install(
    without: Callable[[str, Exception], None], error: Exception, why: str
) -> None:
    without("pyodbc", error)
    with pytest.raises(
        DatabaseError, match=rf"^The database .*\*@server/music cannot .*{why}.*\.$"
    ):
        opened(LOADER)


def test_a_token_takes_the_place_of_a_user_and_is_asked_for_at_each_connection(
    server: Server,
) -> None:
    credential = Credential()
    engine = mssql.mssql_engine(sa.make_url(NOBODY), credential)
    for _ in range(2):
        engine.connect().close()
    for i, (text, options) in enumerate(server.logins, start=1):
        packed = options["attrs_before"][1256]
        token = f"token {i}".encode("utf-16-le")
        assert packed == struct.pack("<I", len(token)) + token
        assert "Trusted_Connection" not in text
        assert "UID" not in text
    assert len(server.logins) == 2


@pytest.mark.parametrize(
    "url",
    [
        LOADER,
        f"{NOBODY}?authentication=ActiveDirectoryMsi",
        f"{NOBODY}?Trusted_Connection=yes",
        "mssql+pyodbc:///?odbc_connect=DRIVER%3Dx%3BUID%3Du",
    ],
)
def test_a_url_that_says_how_to_enter_gets_no_token(server: Server, url: str) -> None:
    credential = Credential()
    connect(url, credential)
    assert server.logins[0][1] == {}
    assert credential.given == 0


def test_azure_identity_is_only_imported_for_a_url_without_a_user(
    without: Callable[[str, Exception], None], server: Server
) -> None:
    without("azure.identity", ModuleNotFoundError("No module named 'azure.identity'"))
    connect(LOADER)
    assert len(server.logins) == 1
    with pytest.raises(DatabaseError, match="names no user, and azure-identity"):
        opened(NOBODY)


def test_why_azure_gives_no_token_is_told(server: Server) -> None:
    class Refused:
        def get_token(self, *_scopes: str) -> Any:
            raise ClientAuthenticationError("Nobody is logged in.\nMore.")

    with pytest.raises(Unavailable, match=r"gives no token to enter with: Nobody is logged in$"):
        connect(NOBODY, Refused())
    assert server.logins == []


def test_a_transaction_that_writes_takes_the_lock_first_and_one_that_reads_does_not(
    server: Server,
) -> None:
    database = opened(LOADER)
    server.asked.clear()
    database.sync(tables.artists, artists(("a", "Abba", 1)))
    assert server.asked[0].startswith("CREATE TABLE #writing")
    assert "@LockOwner = 'Transaction'" in server.asked[1]
    assert server.asked[1].endswith("SET NOCOUNT OFF;\nSELECT @granted")
    server.asked.clear()
    database.count(tables.artists)
    assert not any("sp_getapplock" in statement for statement in server.asked)


def test_rows_are_staged_in_chunks_so_that_memory_stays_flat(server: Server) -> None:
    rows = pl.LazyFrame({"ArtistID": [f"{i:06}" for i in range(2 * CHUNK_ROWS + 1)]})
    database = opened(LOADER)
    assert database.sync(tables.artists, rows).inserted == 2 * CHUNK_ROWS + 1
    staged = [each for each in server.asked if each.startswith("INSERT INTO [#stage_artists]")]
    assert len(staged) == 3


def test_durations_travel_as_decimals_and_days_as_days(server: Server) -> None:
    database = opened(LOADER)
    database.sync(tables.albums, frame(tables.albums, [("x", "X", "album", DAY, "day", 2)]))
    songs = [("s", 1, "S", 215.507, "x"), ("t", 2, "T", 0.1 + 0.2, "x")]
    database.sync(tables.tracks, frame(tables.tracks, songs))
    lengths = [repr(row[3]) for row in server.staged]
    assert lengths == ["Decimal('215.507')", "Decimal('0.300')"]
    weeks = [(202647, "s", DAY, DAY, 1), (202647, "t", DAY, DAY, 1)]
    database.sync(tables.weekly_streams, frame(tables.weekly_streams, weeks))
    assert server.staged[-1][2] == DAY


def test_no_connection_outlives_its_use(server: Server) -> None:
    database = opened(LOADER)
    before = len(server.logins)
    for _ in range(3):
        database.count(tables.artists)
    assert len(server.logins) - before == 3


@pytest.mark.parametrize(
    ("own", "temporary", "clause"),
    [
        (CASE_BLIND, CASE_BLIND, True),
        ("Latin1_General_100_BIN2", "Latin1_General_100_BIN2", False),
        ("Latin1_General_100_CS_AS", None, False),
        # Temporary tables would have the other one, and would not compare.
        ("Latin1_General_100_CS_AS", CASE_BLIND, True),
    ],
)
def test_a_collation_is_named_unless_the_databases_own_tells_case(
    server: Server, own: str, temporary: str | None, clause: bool
) -> None:
    server.collation, server.tempdb_collation = own, temporary
    opened(LOADER).sync(tables.artists, artists(("a", "Abba", 1)))
    created = [s for s in server.asked if "CREATE TABLE" in s and "ArtistID" in s]
    assert any("[#stage_artists]" in statement for statement in created)
    for statement in created:
        assert ("COLLATE Latin1_General_100_BIN2" in statement) is clause


@pytest.mark.parametrize(
    ("collation", "tells"),
    [
        ("SQL_Latin1_General_CP1_CI_AS", False),
        ("Latin1_General_CS_AI", False),
        ("Latin1_General_100_CS_AS_SC_UTF8", True),
        ("Latin1_General_BIN", True),
    ],
)
def test_a_collation_tells_by_its_name_whether_it_tells_case(collation: str, tells: bool) -> None:
    assert tells_case(collation) is tells
