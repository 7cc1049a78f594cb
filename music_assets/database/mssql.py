"""SQL Server and Azure SQL over ODBC: the driver, the login without a password, the lock.

Other databases need none of this, and pyodbc and azure-identity are imported only here.
"""

import platform
import re
import socket
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from music_assets.database.database_errors import Unavailable
from music_assets.schema.column_types import TELLS_CASE, tells_case

#: SQLSTATEs of a server that did not answer, for whatever reason.
_NO_ANSWER = ("HYT00", "08001")
_SERVER = re.compile(
    r"\bserver\s*=\s*\{?(?:tcp:)?([^;,\\}]+)(?:,\s*(\d+))?\}?(?:;|$)", re.IGNORECASE
)
_PORT, _PROBE_SECONDS = 1433, 5
SCOPE = "https://database.windows.net/.default"
#: Microsoft's number of the connection attribute for an access token.
ACCESS_TOKEN = 1256
LOCK_SECONDS = 60
#: A URL without a user and with one of these in its query has another login than a token.
OTHER_LOGINS = ("odbc_connect", "authentication", "trusted_connection", "uid")

INSTALL = "pip install 'music-assets[azure]'"
_NO_DRIVER = (
    "no Microsoft ODBC driver for SQL Server is on this machine; "
    f"{INSTALL} brings one, and so does Microsoft's package msodbcsql18"
)
_NO_MANAGER = (
    "pyodbc does not load, because the ODBC driver manager is not on this machine; "
    "install unixODBC, which is libodbc2 on Debian and Ubuntu"
)
_NO_PYODBC = f"pyodbc is not installed; {INSTALL} brings it"

_FIRST_STATEMENT = "CREATE TABLE #writing (Started INT)"
# NOCOUNT, since row counts would come before the answer. Alembic needs them again afterwards.
_LOCK = f"""\
SET NOCOUNT ON;
DECLARE @granted INT;
EXEC @granted = sp_getapplock
    @Resource = 'music_assets', @LockMode = 'Exclusive', @LockOwner = 'Transaction',
    @LockTimeout = {LOCK_SECONDS * 1000};
SET NOCOUNT OFF;
SELECT @granted"""
_COLLATIONS = """\
SELECT
    CAST(DATABASEPROPERTYEX(DB_NAME(), 'Collation') AS NVARCHAR(128)),
    CAST(DATABASEPROPERTYEX('tempdb', 'Collation') AS NVARCHAR(128))"""


class Credential(Protocol):
    """A credential of azure-identity, which gives tokens and renews them."""

    def get_token(self, *scopes: str) -> Any:  # noqa: ANN401
        """A token, as an object with the attribute `token`."""


def mssql_engine(url: sa.URL, credential: Credential | None = None) -> sa.Engine:
    """An SQLAlchemy engine for SQL Server. It keeps no connection, so a serverless one can pause.

    Args:
        url: of the database. Without a user, the login is a token of Azure's.
        credential: gives the tokens; azure-identity's default unless given.

    Raises:
        Unavailable: the driver, its manager or pyodbc is missing; the message says what to install.
    """
    if url.get_driver_name() == "pyodbc":
        engine = sa.create_engine(
            _with_driver(url), poolclass=NullPool, hide_parameters=True, fast_executemany=True
        )
        if needs_token(url):
            _attach_tokens(engine, credential)
        sa.event.listen(engine, "do_connect", _connect)
    else:
        engine = sa.create_engine(url, poolclass=NullPool, hide_parameters=True)
    sa.event.listen(engine, "begin", _begin)
    return engine


def needs_token(url: sa.URL) -> bool:
    """True if the URL names neither a user nor another login."""
    asked = {name.lower() for name in url.query}
    return not url.username and not asked.intersection(OTHER_LOGINS)


def _with_driver(url: sa.URL) -> sa.URL:
    """The URL, with the driver and the treatment of parameters if it leaves them open."""
    drivers = _drivers()
    given = {name.lower() for name in url.query}
    if "odbc_connect" in given or not url.database:
        return url
    # Otherwise the driver asks the server for types, which fails for a #temp table.
    complete: dict[str, str] = {} if "usefmtonly" in given else {"UseFMTONLY": "yes"}
    if "driver" not in given:
        complete["driver"] = find_driver(drivers)
    return url.update_query_dict(complete)


def _drivers() -> list[str]:
    """The drivers that are registered with ODBC."""
    try:
        import pyodbc  # noqa: PLC0415
    except ModuleNotFoundError:
        raise Unavailable(_NO_PYODBC) from None
    except ImportError:
        raise Unavailable(_NO_MANAGER) from None
    found: list[str] = pyodbc.drivers()
    return found


def find_driver(known: list[str]) -> str:
    """The newest registered driver of Microsoft's, or the path of the wheel's.

    Raises:
        Unavailable: there is none.
    """
    versions = {re.fullmatch(r"ODBC Driver (\d+) for SQL Server", name): name for name in known}
    newest = max((int(match[1]) for match in versions if match), default=None)
    if newest is not None:
        return f"ODBC Driver {newest} for SQL Server"
    for library in _wheel().glob(f"{_platform()}/lib/libmsodbcsql*"):
        return str(library)
    raise Unavailable(_NO_DRIVER)


def _wheel() -> Path:
    try:
        import mssql_python_odbc  # noqa: PLC0415
    except ModuleNotFoundError:
        raise Unavailable(_NO_DRIVER) from None
    return Path(mssql_python_odbc.get_libs_dir())


def _platform() -> str:
    """The folder in the wheel for this machine's platform."""
    machine = platform.machine()
    if platform.system() == "Darwin":
        return f"macos/{machine}"
    try:
        release: Mapping[str, str] = platform.freedesktop_os_release()
    except OSError:
        release = {}
    family = f"{release.get('ID', '')} {release.get('ID_LIKE', '')}"
    folders = {"alpine": "alpine", "suse": "suse", "rhel": "rhel", "fedora": "rhel"}
    distribution = next((folders[name] for name in folders if name in family), "debian_ubuntu")
    return f"linux/{distribution}/{machine}"


def _attach_tokens(engine: sa.Engine, credential: Credential | None) -> None:
    """Give each new connection a token, which the credential renews when it expires."""
    credentials = [credential] if credential else []

    def attach(_dialect: Any, _record: Any, cargs: list[Any], cparams: dict[str, Any]) -> None:  # noqa: ANN401
        if not credentials:
            credentials.append(_default_credential())
        # SQLAlchemy adds this for a URL without a user. It excludes a token.
        cargs[0] = cargs[0].replace(";Trusted_Connection=Yes", "")
        cparams["attrs_before"] = {ACCESS_TOKEN: packed_token(credentials[0])}

    sa.event.listen(engine, "do_connect", attach)


def _connect(dialect: Any, _record: Any, cargs: list[Any], cparams: dict[str, Any]) -> Any:  # noqa: ANN401
    """Connect, as SQLAlchemy does, and find out why a server did not answer."""
    try:
        return dialect.connect(*cargs, **cparams)
    except dialect.dbapi.Error as error:
        if error.args[0] in _NO_ANSWER:
            _require_a_server(cargs[0])
        raise


def _require_a_server(connection_string: str) -> None:
    """Tell a port that nobody listens at, which the driver calls a time-out, from an outage.

    Raises:
        Unavailable: nobody listens there.
    """
    address = _SERVER.search(connection_string)
    if address is None:
        return
    host, port = address[1], int(address[2] or _PORT)
    try:
        socket.create_connection((host, port), timeout=_PROBE_SECONDS).close()
    except ConnectionRefusedError:
        raise Unavailable(
            f"nothing listens at port {port} of {host}; see the server and the port in "
            "MUSIC_DATABASE_URL"
        ) from None
    except OSError:
        return


def packed_token(credential: Credential) -> bytes:
    """A token in the driver's form: its length, and the text in UTF-16.

    Raises:
        Unavailable: Azure gives no token.
    """
    from azure.core.exceptions import AzureError  # noqa: PLC0415

    try:
        token = credential.get_token(SCOPE).token.encode("utf-16-le")
    except AzureError as error:
        reason = str(error).strip().splitlines()[0].rstrip(".")
        raise Unavailable(f"Azure gives no token to enter with: {reason}") from None
    return struct.pack(f"<I{len(token)}s", len(token), token)


def _default_credential() -> Credential:
    try:
        from azure.identity import DefaultAzureCredential  # noqa: PLC0415
    except ModuleNotFoundError:
        raise Unavailable(
            f"the URL names no user, and azure-identity, which logs in without one, is not "
            f"installed; {INSTALL} brings it"
        ) from None
    return DefaultAzureCredential()


def _begin(connection: sa.Connection) -> None:
    """Take the lock of a transaction that writes, which keeps other writers out until it ends."""
    if not connection.get_execution_options().get("writes", False):
        return
    # The lock needs a transaction, and ODBC does not begin one for EXEC alone.
    connection.exec_driver_sql(_FIRST_STATEMENT)
    granted = connection.exec_driver_sql(_LOCK).scalar_one()
    if granted < 0:
        raise Unavailable(f"another process keeps writing ({granted})", passes=True)
    if not hasattr(connection.dialect, TELLS_CASE):
        own, temporary = connection.exec_driver_sql(_COLLATIONS).one()
        # Temporary tables have the collation of tempdb, and two collations cannot be compared.
        same = temporary in (None, own)
        setattr(connection.dialect, TELLS_CASE, same and tells_case(own))
