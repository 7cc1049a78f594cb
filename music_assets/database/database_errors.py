"""Errors of databases: their causes as sentences, and the ones that pass by themselves.

Each driver has its own classes for the same fault, so faults are known by number and SQLSTATE.
"""

import re

import sqlalchemy as sa

#: SQL Server's numbers of faults that pass, as Microsoft lists them: a database that resumes or
#: moves, a throttle, a broken connection, a lock that timed out, a deadlock.
TRANSIENT = frozenset(
    {64, 233, 615, 926, 1204, 1205, 1222, 4221, 10053, 10054, 10060, 10928, 10929}
    | {40197, 40501, 40613, 49918, 49919, 49920}
)
#: SQL Server's number for a database that cannot be opened: it is moving, or does not exist.
MAYBE_MISSING = 4060
#: SQLSTATEs of time-outs, serialisation failures and deadlocks. Those that begin with 08, a broken
#: connection, pass too.
TRANSIENT_STATES = frozenset({"HYT00", "HYT01", "40001", "40P01"})

# ODBC appends the number and then its function to the text: `… (1205) (SQLExecute)`.
_NUMBER = re.compile(r"\s\((\d+)\)(?= \(SQL|;|$)")
_ODBC_TAIL = re.compile(r"(\s\((\d+|SQL\w+)\))+$")
_STATE = re.compile(r"[0-9A-Z]{5}")
#: Words of failed connections that no waiting mends: a certificate, a port without a server (111 is
#: Linux's number, 10061 Windows'), an unknown host.
_LASTING = re.compile(
    r"certificate|SSL Provider|actively refused|Connection refused|Error code 0x(6F|274D)\b"
    r"|No such host|not known|Error code 0x2AF9\b",
    re.IGNORECASE,
)
#: What mends SQLite's errors about its file, by the beginning of their names.
_MENDED_BY = {
    "SQLITE_FULL": "free some space, also where temporary files are,",
    "SQLITE_READONLY": "make it writable",
    "SQLITE_CANTOPEN": "let this user write to its folder",
    "SQLITE_IOERR": "see whether the disk has space left and is sound,",
}
_BUSY = "SQLITE_BUSY"
_CERTIFICATE = (
    "; let this machine trust the certificate's issuer, or, if you know the server, add "
    "TrustServerCertificate=yes to MUSIC_DATABASE_URL"
)
_PASSWORD = re.compile(r"\b((?:pwd|password)\s*=\s*)[^\s;]+", re.IGNORECASE)
_PREFIXES = re.compile(r"^(\[[^\]]*\]\s*)+")


class DatabaseError(Exception):
    """The database failed or cannot be reached; the message says what to do."""


class Unavailable(Exception):
    """A database cannot be used, for a reason that no driver gives.

    Args:
        reason: the end of a sentence, without a full stop.
        passes: True if the same again may succeed.
    """

    def __init__(self, reason: str, *, passes: bool = False) -> None:
        super().__init__(reason)
        self.passes = passes


def driver_error(error: BaseException | None) -> sa.exc.SQLAlchemyError | None:
    """The error of SQLAlchemy that an error is or was caused by, as those of pandas are."""
    while error is not None and not isinstance(error, sa.exc.SQLAlchemyError):
        error = error.__cause__
    return error


def is_transient(error: BaseException) -> bool:
    """True if the same again may succeed, on another connection."""
    if isinstance(error, Unavailable):
        return error.passes
    if any(_LASTING.search(str(each)) for each in _driver_args(error)):
        return False
    state, known = _sqlstate(error), TRANSIENT | {MAYBE_MISSING}
    passing = state.startswith("08") or state in TRANSIENT_STATES
    passing = passing or _sqlite_name(error).startswith(_BUSY)
    return passing or not known.isdisjoint(_numbers(error))


def is_maybe_missing(error: BaseException) -> bool:
    """True if the database may not exist."""
    return MAYBE_MISSING in _numbers(error)


def cause(error: BaseException) -> str:
    """The driver's first sentence and what to do, without the statement and the full stop."""
    if _sqlite_name(error).startswith(_BUSY):
        return "another process keeps writing"
    said = _first_sentence(error)
    advice = [mended for name, mended in _MENDED_BY.items() if _sqlite_name(error).startswith(name)]
    if advice:
        return f"{said}; {advice[0]} and run again. What was stored before stands"
    return f"{said}{_CERTIFICATE if 'certificate verify failed' in said else ''}"


def _first_sentence(error: BaseException) -> str:
    args = _driver_args(error)
    if not args:
        return str(error).strip().splitlines()[0].rstrip(".")
    # The server's errors come as (state, text), and those of pyodbc itself as (text, state).
    said = [str(each) for each in args if not _STATE.fullmatch(str(each))] or [str(args[-1])]
    # Later sentences may quote a row.
    text = _PREFIXES.sub("", said[-1].strip())
    first = re.split(r"\.\s|\n|;\s\[", text, maxsplit=1)[0]
    first = _ODBC_TAIL.sub("", first).rstrip(". ")
    marks = ", ".join(map(str, sorted(_numbers(error) - {0})))
    return _PASSWORD.sub(r"\1***", f"{first} ({marks})" if marks else first)


def _driver_args(error: BaseException) -> tuple[object, ...]:
    """The arguments of the driver's error; none for an error that is not a driver's."""
    orig = _orig(error)
    return orig.args if orig else ()


def _orig(error: BaseException) -> BaseException | None:
    """The driver's error; None for an error that is not a driver's."""
    known = driver_error(error)
    return known.orig if isinstance(known, sa.exc.DBAPIError) else None


def _sqlite_name(error: BaseException) -> str:
    """SQLite's name of an error, such as `SQLITE_IOERR_WRITE`; "" for one of another database."""
    return str(getattr(_orig(error), "sqlite_errorname", ""))


def _numbers(error: BaseException) -> set[int]:
    """The database's numbers in an error."""
    args = _driver_args(error)
    found = {int(number) for text in args for number in _NUMBER.findall(str(text))}
    return found | {each for each in args if isinstance(each, int)}


def _sqlstate(error: BaseException) -> str:
    """The SQLSTATE of an error: an argument of ODBC's, an attribute of psycopg's."""
    args = _driver_args(error)
    states = (str(each) for each in args if len(args) > 1 and _STATE.fullmatch(str(each)))
    return str(getattr(_orig(error), "sqlstate", None) or next(states, ""))
