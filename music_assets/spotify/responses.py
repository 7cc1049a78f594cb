"""Spotify's responses that are no page: the error that each status means."""

import datetime as dt
from email.utils import parsedate_to_datetime

import requests

from music_assets.spotify.spotify_errors import (
    BadRequest,
    Forbidden,
    NotFound,
    RateLimited,
    SpotifyError,
    Temporary,
    Unauthorised,
)

#: Statuses below 500 after which the same call may succeed.
MAY_PASS = {requests.codes.request_timeout, requests.codes.too_early}
#: The pause where a used-up quota comes without a time at which it is free again.
QUOTA_PAUSE_SECONDS = 3_600.0


def raise_its_meaning(response: requests.Response, *_: object, **__: object) -> None:
    """Raise the error that a response's status means, before Spotipy looks at it.

    Spotipy takes any JSON for an error object of Spotify's. Gateways send JSON of their own, of
    which Spotipy keeps neither the status nor the headers.
    """
    status = response.status_code
    if status >= requests.codes.bad_request:
        raise _meaning(status, response)


def _meaning(status: int, response: requests.Response) -> SpotifyError:
    message, reason = _message_and_reason(response)
    if status == requests.codes.too_many_requests:
        quota = reason == "QUOTA_EXCEEDED"
        return RateLimited(_pause(response.headers.get("Retry-After", ""), quota), quota=quota)
    if status == requests.codes.unauthorized:
        return Unauthorised("Spotify refused the access token twice; run `music-assets follow`.")
    if status == requests.codes.not_found:
        return NotFound("Spotify knows no such artist or album, or no longer.")
    if status == requests.codes.forbidden:
        return Forbidden(
            "Spotify forbids this: the app's owner needs Premium, and a user of an app in "
            "development mode must be on its list; see the app's page in Spotify's dashboard."
        )
    if status >= requests.codes.server_error or status in MAY_PASS:
        return Temporary(f"Spotify answered {status}.")
    return BadRequest(f"Spotify refused the request ({status}): {message}.")


def _message_and_reason(response: requests.Response) -> tuple[str, str]:
    """The message and the reason in an error object of Spotify's; else the status' own words."""
    try:
        error = response.json()["error"]
        return str(error["message"]).strip(" ."), str(error.get("reason", ""))
    except (ValueError, TypeError, KeyError, AttributeError):
        return str(response.reason), ""


def _pause(retry_after: str, quota: bool) -> float:
    """The seconds to wait, from a Retry-After of seconds or of a date, or without one."""
    if retry_after.isdecimal():
        return float(retry_after)
    try:
        until = parsedate_to_datetime(retry_after)
    except ValueError:
        return QUOTA_PAUSE_SECONDS if quota else 1.0
    return max(1.0, (until - dt.datetime.now(until.tzinfo)).total_seconds())
