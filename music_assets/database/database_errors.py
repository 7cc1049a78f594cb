"""What a database may refuse, as sentences; and what of it passes by itself.

Drivers tell the same fault in classes of their own, so it is known by its number and its SQLSTATE.
"""

import re

import sqlalchemy as sa

#: SQL Server's numbers for what passes: a database that resumes or moves, a throttle, a connection
#: that broke, a lock that was not given, a deadlock. As Microsoft lists them.
TRANSIENT = frozenset(
    {64, 233, 615, 926, 1204, 1205, 1222, 4221, 10053, 10054, 10060, 10928, 10929}
    | {40197, 40501, 40613, 49918, 49919, 49920}
)
#: A database that cannot be opened: it moves, or there is none.
MAYBE_MISSING = 4060
#: Time-outs, serialisation and deadlock; with them any that begins with 08, a broken connection.
TRANSIENT_STATES = frozenset({"HYT00", "HYT01", "40001", "40P01"})

# ODBC puts the number behind the text, and its function behind that: `… (1205) (SQLExecute)`.
_NUMBER = re.compile(r"\s\((\d+)\)(?= \(SQL|;|$)")
_ODBC_TAIL = re.compile(r"(\s\((\d+|SQL\w+)\))+$")
_PASSWORD = re.compile(r"\b((?:pwd|password)\s*=\s*)[^\s;]+", re.IGNORECASE)
_PREFIXES = re.compile(r"^(\[[^\]]*\]\s*)+")


class DatabaseError(Exception):
    """The database refused or cannot be had; the message says what to do."""


class Unavailable(Exception):
    """Why a database cannot be had, where no driver says it; a sentence's end, no full stop."""

    def __init__(self, reason: str, *, passes: bool = False) -> None:
        super().__init__(reason)
        self.passes = passes


def driver_error(error: BaseException | None) -> sa.exc.SQLAlchemyError | None:
    """What SQLAlchemy said, where an error is that or comes of it, as in pandas."""
    while error is not None and not isinstance(error, sa.exc.SQLAlchemyError):
        error = error.__cause__
    return error


def is_transient(error: BaseException) -> bool:
    """Whether the same again may well succeed, on another connection."""
    if isinstance(error, Unavailable):
        return error.passes
    state, known = _sqlstate(error), TRANSIENT | {MAYBE_MISSING}
    passing = state.startswith("08") or state in TRANSIENT_STATES
    return passing or not known.isdisjoint(_numbers(error))


def is_maybe_missing(error: BaseException) -> bool:
    """Whether the database may not exist at all."""
    return MAYBE_MISSING in _numbers(error)


def cause(error: BaseException) -> str:
    """Why, in the driver's first sentence and without its statement; no full stop."""
    told = _told(error)
    if not told:
        return str(error).strip().splitlines()[0].rstrip(".")
    # What comes after the first sentence may quote a row.
    text = _PREFIXES.sub("", str(told[-1]).strip())
    first = re.split(r"\.\s|\n|;\s\[", text, maxsplit=1)[0]
    first = _ODBC_TAIL.sub("", first).rstrip(". ")
    marks = ", ".join(map(str, sorted(_numbers(error) - {0})))
    return _PASSWORD.sub(r"\1***", f"{first} ({marks})" if marks else first)


def _told(error: BaseException) -> tuple[object, ...]:
    """What the driver raised its error with; nothing for an error that is not the driver's."""
    known = driver_error(error)
    orig = known.orig if isinstance(known, sa.exc.DBAPIError) else None
    return orig.args if orig else ()


def _numbers(error: BaseException) -> set[int]:
    """The engine's numbers that an error tells."""
    told = _told(error)
    found = {int(number) for text in told for number in _NUMBER.findall(str(text))}
    return found | {each for each in told if isinstance(each, int)}


def _sqlstate(error: BaseException) -> str:
    """The SQLSTATE of an error: the first thing that ODBC tells, an attribute of psycopg's."""
    known, told = driver_error(error), _told(error)
    orig = known.orig if isinstance(known, sa.exc.DBAPIError) else None
    return str(getattr(orig, "sqlstate", None) or (told[0] if len(told) > 1 else ""))
