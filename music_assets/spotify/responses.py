"""Spotify's responses that are no page: the error that each status means."""

import datetime as dt
import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from http.client import responses as words_of_statuses

import requests

from music_assets.calls.call_errors import (
    BadRequest,
    CallError,
    Forbidden,
    NotFound,
    RateLimited,
    Temporary,
    Unauthorised,
)
from music_assets.config.redaction import redacted

#: Statuses below 500 after which the same call may succeed.
MAY_PASS = {requests.codes.request_timeout, requests.codes.too_early}
#: The pause where a used-up quota comes without a time at which it is free again.
QUOTA_PAUSE_SECONDS = 3_600.0
#: The shortest pause after a refusal, whatever it says.
LEAST_PAUSE_SECONDS = 1.0
#: The longest one. A quota is for a day, so a longer pause is a mistake that would last for ever.
MOST_PAUSE_SECONDS = 86_400.0
_SECONDS = re.compile(r"\s*\+?([0-9]+\.?[0-9]*|\.[0-9]+)\s*(?:s|sec|seconds?)?\s*", re.IGNORECASE)
#: Characters of the other side's message in a sentence.
LONGEST_QUOTE = 300


def raise_its_meaning(response: requests.Response, *_: object, **__: object) -> None:
    """Raise the error that a response's status means, before Spotipy looks at it.

    Spotipy takes any JSON for an error object of Spotify's. Gateways send JSON of their own, of
    which Spotipy keeps neither the status nor the headers.
    """
    status = response.status_code
    if status >= requests.codes.bad_request:
        raise _meaning(status, response)


def _meaning(status: int, response: requests.Response) -> CallError:
    message, reason = _message_and_reason(response)
    if status == requests.codes.too_many_requests:
        quota = reason == "QUOTA_EXCEEDED"
        pause = _pause(response.headers.get("Retry-After", ""), quota)
        return RateLimited(pause, quota=quota, said=message)
    said = f'Spotify said "{message}"'
    if status == requests.codes.unauthorized:
        return Unauthorised(f"{said} to the access token; run `music-assets login`.")
    if status == requests.codes.not_found:
        return NotFound(f'Spotify knows no such artist or album, or no longer ("{message}").')
    if status == requests.codes.forbidden:
        return Forbidden(f"{said}, so it forbids this. {_advice(message)}")
    if status >= requests.codes.server_error or status in MAY_PASS:
        return Temporary(f"Spotify answered {status}: {message}.")
    return BadRequest(f"Spotify refused the request ({status}): {message}.")


def _advice(message: str) -> str:
    """The advice for a refusal, from its own words."""
    words = message.lower()
    if "scope" in words:
        return "Run `music-assets login`, which asks for the rights that are needed."
    if "premium" in words:
        return "The owner of the app needs Spotify Premium."
    if "registered" in words or "allowlist" in words or "developer dashboard" in words:
        return "Put the user on the app's list in Spotify's dashboard, under User Management."
    return "See the app's page in Spotify's dashboard: its owner's Premium, its users, its rights."


def _message_and_reason(response: requests.Response) -> tuple[str, str]:
    """The message and the reason in an answer; without a message, the words of its status."""
    sent = response.request.headers.get("Authorization", "") if response.request else ""
    words = (_quotable(redacted(each, sent)) for each in _words(response) if isinstance(each, str))
    return next(filter(None, words), str(response.status_code)), _reason(response)


def _quotable(text: str) -> str:
    """A text as one line that can stand between quotation marks."""
    line = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return line.replace('"', "'")[:LONGEST_QUOTE].strip(" .")


def _words(response: requests.Response) -> Iterator[object]:
    """The candidates for an answer's message: Spotify's form, its login's, and the status."""
    body = _body(response)
    error = body.get("error")
    if isinstance(error, dict):
        yield error.get("message")
    yield body.get("error_description")
    yield error
    yield response.reason
    yield words_of_statuses.get(response.status_code)


def _reason(response: requests.Response) -> str:
    error = _body(response).get("error")
    return str(error.get("reason", "")) if isinstance(error, dict) else ""


def _body(response: requests.Response) -> dict[str, object]:
    """The JSON object in an answer; an empty one if there is none."""
    try:
        body = response.json()
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _pause(retry_after: str, quota: bool) -> float:
    """The seconds to wait, from a Retry-After of seconds or of a date, or without one.

    Servers send 0, fractions, `120s` and times gone by. The pause is a second at least, and a day
    at most.
    """
    said = _SECONDS.fullmatch(retry_after)
    if said is not None:
        seconds = float(said[1])
    else:
        try:
            until = parsedate_to_datetime(retry_after)
        except (ValueError, TypeError):
            return QUOTA_PAUSE_SECONDS if quota else LEAST_PAUSE_SECONDS
        until = until if until.tzinfo else until.replace(tzinfo=dt.UTC)
        seconds = (until - dt.datetime.now(dt.UTC)).total_seconds()
    return min(max(LEAST_PAUSE_SECONDS, seconds), MOST_PAUSE_SECONDS)
