"""Redaction: no secret in a log or a message, whoever logs and at whatever level."""

import base64
import logging
import os
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import quote, quote_plus, urlsplit

HIDDEN = "***"
#: Variables that hold a secret, or an address with one.
SECRETS = (
    "SPOTIPY_CLIENT_SECRET",
    "SPOTIFY_REFRESH_TOKEN",
    "MUSIC_STORAGE_KEY",
    "MUSIC_STORAGE_SAS",
    "MUSIC_DATABASE_URL",
    "DATABRICKS_TOKEN",
    "DATABRICKS_CLIENT_SECRET",
    "SPARK_REMOTE",
)
#: A shorter text stands in too many others by chance; the sandbox's secrets are no secrets.
SHORTEST = 8
_FORMS = re.compile(
    r"""(?ix)
    \b(bearer|basic)\s+[\w.~+/=-]{8,}
    | \b(access_token|refresh_token|client_secret|id_token|code_verifier|sig|pwd|password)
      (["']?\s*[:=]\s*["']?)[^\s&"',;}]+
    """
)
_known: set[str] = set()


def remember(secret: str | None) -> None:
    """Redact a text from now on, such as a token that a server gave."""
    if secret and len(secret) >= SHORTEST:
        _known.add(secret)


def redacted(text: str, *more: str) -> str:
    """A text without secrets: known ones, those of the environment, and what looks like one.

    Args:
        text: from anywhere.
        more: other texts that must not stand in it, such as a header that was sent.
    """
    for secret in sorted({*_known, *_of_the_environment(), *more}, key=len, reverse=True):
        for part in (secret, *secret.split()):
            if len(part) >= SHORTEST:
                for form in _forms(part):
                    text = text.replace(form, HIDDEN)
    return _FORMS.sub(_without_value, text)


def _without_value(match: re.Match[str]) -> str:
    scheme, name, sign = match.groups()
    return f"{scheme} {HIDDEN}" if scheme else f"{name}{sign}{HIDDEN}"


def _of_the_environment() -> set[str]:
    values = {os.environ.get(name, "") for name in SECRETS}
    return {secret for value in values for secret in _secrets_in(value) if len(secret) >= SHORTEST}


def _secrets_in(value: str) -> list[str]:
    """The secret of a value: itself or, of an address, its password, also if it is not escaped."""
    if "://" not in value:
        return [value]
    authority = value.partition("://")[2]
    userinfo, at, _ = authority.rpartition("@")
    password = userinfo.partition(":")[2] if at else ""
    query = urlsplit(value).query if "?" in value else ""
    return [password, query]


def _forms(secret: str) -> set[str]:
    """A text as it is, as addresses and forms escape it, and in base64."""
    encoded = base64.b64encode(secret.encode()).decode()
    return {secret, quote(secret, safe=""), quote(secret), quote_plus(secret), encoded}


def guard_credentials() -> None:
    """Keep this process's credentials out of its logs, and other people's out of its calls."""
    # `requests` would send what ~/.netrc has for a host, or by default, in place of our token.
    os.environ["NETRC"] = os.devnull
    make = logging.getLogRecordFactory()
    if not isinstance(make, _RedactingFactory):
        logging.setLogRecordFactory(_RedactingFactory(make))


class _RedactingFactory:
    """Makes records without secrets, for every logger, handler and level."""

    def __init__(self, make: Callable[..., logging.LogRecord]) -> None:
        self._make = make

    def __call__(self, *args: Any, **kwargs: Any) -> logging.LogRecord:  # noqa: ANN401
        record = self._make(*args, **kwargs)
        with suppress(TypeError, ValueError):  # arguments that do not fit; logging tells of them
            message = record.getMessage()
            if (clean := redacted(message)) != message:
                record.msg, record.args = clean, ()
        if record.exc_info and record.exc_info[1] is not None:
            trace = logging.Formatter().formatException(record.exc_info)
            if (clean := redacted(trace)) != trace:
                record.exc_info, record.exc_text = None, clean
        return record
