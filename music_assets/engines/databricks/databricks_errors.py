"""Errors of a Databricks workspace and its SDK, as one line each and without secrets.

Where the SDK cannot parse an answer, such as a proxy's page, it puts the whole request into the
error's text, token included.
"""

import re
from collections.abc import Callable, Iterator
from typing import ParamSpec, TypeVar

import requests
from databricks.sdk.errors import (
    DeadlineExceeded,
    InternalError,
    PermissionDenied,
    TemporarilyUnavailable,
    Unauthenticated,
)
from databricks.sdk.errors.base import DatabricksError

#: Errors of a call. Every other error has its cause on this machine.
OUTSIDE = (DatabricksError, requests.RequestException, TimeoutError)
#: Errors that the next call may not meet.
PASSING = (requests.RequestException, InternalError, TemporarilyUnavailable, DeadlineExceeded)
UNPARSEABLE = "Request log:"
#: How the SDK reports an identity whose secret is wrong: `invalid_client: …`.
REJECTED_IDENTITY = re.compile(r"\w+: ")
STATUS_LINE = re.compile(r"^< (\d{3}.*)$", re.MULTILINE)

P = ParamSpec("P")
T = TypeVar("T")


def readable(do: Callable[P, T]) -> Callable[P, T]:
    """The SDK's function for all calls, wrapped so that its errors hold no secret."""

    def call(*args: P.args, **options: P.kwargs) -> T:
        try:
            return do(*args, **options)
        except (*OUTSIDE, ValueError) as error:
            shown = _shown(error)
        raise shown

    return call


def _shown(error: Exception) -> Exception:
    if isinstance(error, DatabricksError) and UNPARSEABLE in str(error):
        status = STATUS_LINE.search(str(error))
        return type(error)(status[1] if status else "an answer that cannot be read")
    if isinstance(error, TimeoutError) and isinstance(error.__cause__, Exception):
        error.__cause__ = _shown(error.__cause__)
    if isinstance(error, OUTSIDE):
        return error
    rejected = REJECTED_IDENTITY.match(str(error))
    return Unauthenticated(first_line(error)) if rejected else error


def may_pass(error: BaseException) -> bool:
    """True for an error that the next call may not meet.

    The SDK itself has already repeated the call after some others.
    """
    # The SDK has no class for 502 and for the statuses that proxies invent.
    return isinstance(error, PASSING) or type(error) is DatabricksError


def call_cause(error: Exception, host: str) -> str:
    """The cause of one of the errors in `OUTSIDE`, without a full stop."""
    if isinstance(error, Unauthenticated | PermissionDenied):
        return (
            f"Databricks refused the login ({first_line(error)}); check DATABRICKS_TOKEN, or the "
            "identity that stands in for it, and what its owner may do"
        )
    if isinstance(error, DatabricksError) and not may_pass(error):
        return f"Databricks refused the request: {first_line(error)}"
    reason = first_line(error) if isinstance(error, DatabricksError) else _kind(error)
    return f"The Databricks workspace at {host} does not answer ({reason})"


def login_cause(error: ValueError, host: str) -> str:
    """The cause of the SDK finding no way to log in, without a full stop."""
    reason = first_line(error)
    if "cannot configure default credentials" in reason:
        return (
            f"There is no login for {host}; set DATABRICKS_TOKEN, or let this process have an "
            "identity of Azure or Databricks"
        )
    if "more than one authorization method" in reason:
        return (
            f"There are several logins for {host}, {reason.rpartition(': ')[2]}; leave one of "
            "them, or set DATABRICKS_TOKEN"
        )
    outside = next((each for each in history(error) if isinstance(each, OUTSIDE)), None)
    return call_cause(_shown(outside), host) if outside else f"The login to {host} failed: {reason}"


def first_line(error: object) -> str:
    """The first line that is not empty, without the configuration that the SDK appends."""
    lines = (line.strip() for line in str(error).partition(" Config: ")[0].splitlines())
    return next(filter(None, lines), type(error).__name__).rstrip(".")


def history(error: BaseException | None) -> Iterator[BaseException]:
    """An error, and the errors that were being handled when it was raised."""
    while error:
        yield error
        error = error.__context__


def _kind(error: Exception) -> str:
    return type(error.__cause__ or error).__name__
