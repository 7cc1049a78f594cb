"""What a Databricks workspace and its SDK raise: in a line, without secrets, and what passes.

The SDK puts the whole request, its token included, into the text of an error that it cannot parse,
such as a proxy's page.
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

#: What comes of a call; every other error is one of this machine.
OUTSIDE = (DatabricksError, requests.RequestException, TimeoutError)
PASSING = (requests.RequestException, InternalError, TemporarilyUnavailable, DeadlineExceeded)
UNPARSEABLE = "Request log:"
REFUSED_IDENTITY = re.compile(r"\w+: ")
STATUS_LINE = re.compile(r"^< (\d{3}.*)$", re.MULTILINE)

P = ParamSpec("P")
T = TypeVar("T")


def readable(do: Callable[P, T]) -> Callable[P, T]:
    """The function through which all calls of the SDK go, with errors that may be shown."""

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
    # What the SDK makes of an identity whose secret is refused: `invalid_client: …`.
    refused = REFUSED_IDENTITY.match(str(error))
    return Unauthenticated(first_line(error)) if refused else error


def passes(error: BaseException) -> bool:
    """Whether it may be gone at the next call; the SDK itself has tried again after some others."""
    # It has no class for 502, nor for what proxies make up.
    return isinstance(error, PASSING) or type(error) is DatabricksError


def told(error: Exception, host: str) -> str:
    """What one of `OUTSIDE` means, without a full stop."""
    if isinstance(error, Unauthenticated | PermissionDenied):
        return (
            f"Databricks refused the login ({first_line(error)}); check DATABRICKS_TOKEN, or the "
            "identity that stands in for it, and what its owner may do"
        )
    if isinstance(error, DatabricksError) and not passes(error):
        return f"Databricks refused the request: {first_line(error)}"
    said = first_line(error) if isinstance(error, DatabricksError) else _kind(error)
    return f"The Databricks workspace at {host} does not answer ({said})"


def no_login(error: ValueError, host: str) -> str:
    """Why the SDK found no way to log in, without a full stop."""
    said = first_line(error)
    if "cannot configure default credentials" in said:
        return (
            f"There is no login for {host}; set DATABRICKS_TOKEN, or let this process have an "
            "identity of Azure or Databricks"
        )
    if "more than one authorization method" in said:
        return (
            f"There are several logins for {host}, {said.rpartition(': ')[2]}; leave one of them, "
            "or set DATABRICKS_TOKEN"
        )
    outside = next((each for each in history(error) if isinstance(each, OUTSIDE)), None)
    return told(_shown(outside), host) if outside else f"The login to {host} failed: {said}"


def first_line(error: object) -> str:
    """The first line that says something, without the configuration that the SDK adds to it."""
    lines = (line.strip() for line in str(error).partition(" Config: ")[0].splitlines())
    return next(filter(None, lines), type(error).__name__).rstrip(".")


def history(error: BaseException | None) -> Iterator[BaseException]:
    """An error, and what was being handled when it was raised."""
    while error:
        yield error
        error = error.__context__


def _kind(error: Exception) -> str:
    return type(error.__cause__ or error).__name__
