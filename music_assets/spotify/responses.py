"""Spotify's responses that are no page: the error that each status means."""

from collections.abc import Iterator
from http.client import responses as words_of_statuses

import requests

from music_assets.calls.call_errors import (
    BadRequest,
    CallError,
    Forbidden,
    LacksRight,
    NoContent,
    NotFound,
    RateLimited,
    Temporary,
    Unauthorised,
)
from music_assets.calls.wording import LEAST_PAUSE_SECONDS, pause_of, quotable
from music_assets.config.redaction import redacted

#: Statuses below 500 after which the same call may succeed.
MAY_PASS = {requests.codes.request_timeout, requests.codes.too_early}
#: Words of an answer where a right lacks: 403 "Insufficient client scope" and, from the player,
#: 401 "Permissions missing".
OF_RIGHTS = ("scope", "permissions missing")
ASK_FOR_RIGHTS = "Run `music-assets login`, which asks for the rights that are needed."
#: The pause where a used-up quota comes without a time at which it is free again.
QUOTA_PAUSE_SECONDS = 3_600.0


def raise_its_meaning(response: requests.Response, *_: object, **__: object) -> None:
    """Raise the error that a response's status means, before Spotipy looks at it.

    Spotipy takes any JSON for an error object of Spotify's. Gateways send JSON of their own, of
    which Spotipy keeps neither the status nor the headers.
    """
    status = response.status_code
    if status == requests.codes.no_content:
        raise NoContent("Spotify sent an empty answer.")
    if status >= requests.codes.bad_request:
        raise _meaning(status, response)


def _meaning(status: int, response: requests.Response) -> CallError:
    message, reason = _message_and_reason(response)
    if status == requests.codes.too_many_requests:
        quota = reason == "QUOTA_EXCEEDED"
        pause = pause_of(response, QUOTA_PAUSE_SECONDS if quota else LEAST_PAUSE_SECONDS)
        return RateLimited(pause, quota=quota, said=message)
    if status in {requests.codes.unauthorized, requests.codes.forbidden}:
        return _refusal(status, message)
    if status == requests.codes.not_found:
        return NotFound(f'Spotify knows no such artist or album, or no longer ("{message}").')
    if status >= requests.codes.server_error or status in MAY_PASS:
        return Temporary(f"Spotify answered {status}: {message}.")
    return BadRequest(f"Spotify refused the request ({status}): {message}.")


def _refusal(status: int, message: str) -> CallError:
    said = f'Spotify said "{message}"'
    if any(word in message.lower() for word in OF_RIGHTS):
        return LacksRight(f"{said}, so it forbids this. {ASK_FOR_RIGHTS}")
    if status == requests.codes.unauthorized:
        return Unauthorised(f"{said} to the access token; run `music-assets login`.")
    return Forbidden(f"{said}, so it forbids this. {_advice(message)}")


def _advice(message: str) -> str:
    """The advice for a refusal, from its own words."""
    words = message.lower()
    if "premium" in words:
        return "The owner of the app needs Spotify Premium."
    if "registered" in words or "allowlist" in words or "developer dashboard" in words:
        return "Put the user on the app's list in Spotify's dashboard, under User Management."
    return "See the app's page in Spotify's dashboard: its owner's Premium, its users, its rights."


def _message_and_reason(response: requests.Response) -> tuple[str, str]:
    """The message and the reason in an answer; without a message, the words of its status."""
    sent = response.request.headers.get("Authorization", "") if response.request else ""
    words = (quotable(redacted(each, sent)) for each in _words(response) if isinstance(each, str))
    return next(filter(None, words), str(response.status_code)), _reason(response)


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
