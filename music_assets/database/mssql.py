"""SQL Server and Azure SQL over ODBC: the driver, the login without a password, the lock.

Other databases need none of this, and pyodbc and azure-identity are imported only here.
"""

import platform
import re
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from music_assets.database.database_errors import Unavailable
from music_assets.schema.column_types import TELLS_CASE, tells_case

SCOPE = "https://database.windows.net/.default"
#: Microsoft's attribute of a connection that takes an access token.
ACCESS_TOKEN = 1256
LOCK_SECONDS = 60
#: How to log in when the URL names nobody: any of these in its query says it in another way.
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
# Counts of rows would come before the answer, and Alembic relies on them afterwards.
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
    """What azure-identity's credentials are: something that gives tokens, and renews them."""

    def get_token(self, *scopes: str) -> Any:  # noqa: ANN401
        """An object whose `token` is the token."""


def mssql_engine(url: sa.URL, credential: Credential | None = None) -> sa.Engine:
    """An engine towards SQL Server; it keeps no connection, so that a serverless one may pause.

    Args:
        url: where the database is. Without a user it is entered with a token of Azure's.
        credential: gives the tokens; unless given, azure-identity's default.

    Raises:
        Unavailable: the driver, its manager or pyodbc is missing; the message says what to install.
    """
    if url.get_driver_name() == "pyodbc":
        engine = sa.create_engine(
            _with_driver(url), poolclass=NullPool, hide_parameters=True, fast_executemany=True
        )
        if needs_token(url):
            _attach_tokens(engine, credential)
    else:
        engine = sa.create_engine(url, poolclass=NullPool, hide_parameters=True)
    sa.event.listen(engine, "begin", _begin)
    return engine


def needs_token(url: sa.URL) -> bool:
    """Whether the URL leaves open who enters."""
    asked = {name.lower() for name in url.query}
    return not url.username and not asked.intersection(OTHER_LOGINS)


def _with_driver(url: sa.URL) -> sa.URL:
    """The URL with what it leaves open: the driver, and how it looks at parameters."""
    drivers = _drivers()
    given = {name.lower() for name in url.query}
    if "odbc_connect" in given or not url.database:
        return url
    # Otherwise the driver asks the server for a statement's types, and that knows no #temp table.
    complete: dict[str, str] = {} if "usefmtonly" in given else {"UseFMTONLY": "yes"}
    if "driver" not in given:
        complete["driver"] = find_driver(drivers)
    return url.update_query_dict(complete)


def _drivers() -> list[str]:
    """The drivers that the system's ODBC knows."""
    try:
        import pyodbc  # noqa: PLC0415
    except ModuleNotFoundError:
        raise Unavailable(_NO_PYODBC) from None
    except ImportError:
        raise Unavailable(_NO_MANAGER) from None
    found: list[str] = pyodbc.drivers()
    return found


def find_driver(known: list[str]) -> str:
    """The newest of Microsoft's drivers that the system knows, or the wheel's, by its path.

    Raises:
        Unavailable: there is neither.
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
    """The wheel's folder for this machine."""
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
    """Let each connection enter with a token, which the credential renews when it gets old."""
    credentials = [credential] if credential else []

    def attach(_dialect: Any, _record: Any, cargs: list[Any], cparams: dict[str, Any]) -> None:  # noqa: ANN401
        if not credentials:
            credentials.append(_default_credential())
        # SQLAlchemy's own idea of a login without a user, which a token rules out.
        cargs[0] = cargs[0].replace(";Trusted_Connection=Yes", "")
        cparams["attrs_before"] = {ACCESS_TOKEN: packed_token(credentials[0])}

    sa.event.listen(engine, "do_connect", attach)


def packed_token(credential: Credential) -> bytes:
    """A token as the driver takes it: its length, and the text in UTF-16.

    Raises:
        Unavailable: Azure gives none.
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
    """Before a transaction that writes: keep other loaders out until it ends."""
    if not connection.get_execution_options().get("writes", False):
        return
    # A lock that ends with the transaction needs one, and ODBC begins none for EXEC alone.
    connection.exec_driver_sql(_FIRST_STATEMENT)
    granted = connection.exec_driver_sql(_LOCK).scalar_one()
    if granted < 0:
        raise Unavailable(f"another process keeps writing ({granted})", passes=True)
    if not hasattr(connection.dialect, TELLS_CASE):
        own, temporary = connection.exec_driver_sql(_COLLATIONS).one()
        # Temporary tables have the other database's, and two do not compare.
        same = temporary in (None, own)
        setattr(connection.dialect, TELLS_CASE, same and tells_case(own))
