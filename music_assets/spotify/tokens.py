"""The access token, and the errors of a login that fails."""

import threading
from collections.abc import Callable
from http import HTTPStatus

import requests
from spotipy.oauth2 import SpotifyOauthError

from music_assets.calls.call_errors import CallError, LoginError, Temporary
from music_assets.config.redaction import redacted, remember


class Tokens:
    """The access token that all threads share; Spotipy asks it for one before each call."""

    def __init__(self, fetch: Callable[[], str]) -> None:
        self._fetch = fetch
        self._lock = threading.Lock()
        self._token: str | None = None

    def get_access_token(self, *, as_dict: bool = False) -> str:  # noqa: ARG002
        """The current token, fetched when there is none."""
        with self._lock:
            if self._token is None:
                self._token = _fetched(self._fetch)
            return self._token

    def renew(self, stale: str) -> None:
        """Drop a token that Spotify refused, unless another thread has renewed it already."""
        with self._lock:
            if self._token == stale:
                self._token = None


def _fetched(fetch: Callable[[], str]) -> str:
    try:
        token = fetch()
    except SpotifyOauthError as error:
        raise _meaning(error) from None
    except requests.RequestException as error:
        raise Temporary(f"Spotify's login cannot be reached: {type(error).__name__}.") from None
    except (KeyError, TypeError, RecursionError):
        # Spotipy reads members of the answer without checking that they exist.
        raise Temporary("The answer of Spotify's login was cut off.") from None
    remember(token)
    return token


def _meaning(error: SpotifyOauthError) -> CallError:
    if _may_pass(error):
        return Temporary("Spotify's login is busy or broken at the moment.")
    words = (error.error_description, error.error, "no reason given")
    said = redacted(str(next(each for each in words if each))).strip(" .")
    if error.error == "invalid_grant":
        return LoginError(
            f'Spotify no longer accepts the login, which lasts six months ("{said}"); run '
            "`music-assets login`, which renews SPOTIFY_REFRESH_TOKEN, to log in again."
        )
    return LoginError(
        f'Spotify refused the credentials ("{said}"); check SPOTIPY_CLIENT_ID and '
        "SPOTIPY_CLIENT_SECRET."
    )


def _may_pass(error: SpotifyOauthError) -> bool:
    """True if the login server failed itself, and did not reject the credentials."""
    # Only the error that Spotipy was handling has the status.
    cause = error.__context__
    if not isinstance(cause, requests.HTTPError):
        return False
    status = int(cause.response.status_code)
    return status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR
