"""The Spotify Web API, one call at a time: a page, or an error that says what it means.

Spotipy makes the requests, on a session of our own that neither sleeps nor retries: whoever calls
decides when to call again (`music_assets.ingest.pacing`). One client serves all threads.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import dagster as dg
import requests
import spotipy
from pydantic import Field
from requests.adapters import HTTPAdapter
from spotipy.cache_handler import MemoryCacheHandler
from spotipy.oauth2 import SpotifyClientCredentials, SpotifyOAuth, SpotifyOauthError

from music_assets.settings import SPOTIFY_ACCOUNTS, SPOTIFY_API

# Spotipy logs tokens at DEBUG, and at ERROR each failed call, which its caller reports better.
logging.getLogger("spotipy").setLevel(logging.CRITICAL)

SCOPE = "user-follow-read"
SANDBOX = "sandbox"
TIMEOUT_SECONDS = 30
CONNECTIONS = 64

Page = dict[str, Any]


class SpotifyError(Exception):
    """Spotify did not answer with what was asked for; the message says what to do."""


class Temporary(SpotifyError):
    """The same call may well succeed: a server error, a lost connection, a cut answer."""


class NotFound(SpotifyError):
    """There is no such artist or album, or no longer."""


class RateLimited(SpotifyError):
    """Too many calls. `retry_after` is in seconds; `quota` says that a day's worth is used up."""

    def __init__(self, retry_after: float, *, quota: bool) -> None:
        what = "the day's quota is used up" if quota else "there were too many calls"
        super().__init__(f"Spotify says that {what} and asks to wait {retry_after:.0f} s.")
        self.retry_after = retry_after
        self.quota = quota


class LoginError(SpotifyError):
    """Spotify does not accept who asks, so that no other call would fare better."""


class Unauthorised(LoginError):
    """The access token has expired or was revoked."""


class Forbidden(SpotifyError):
    """This app may not ask for this."""


class BadRequest(SpotifyError):
    """Spotify does not take the request as it was made."""


class SpotifyResource(dg.ConfigurableResource):
    """Access to the Web API; with no credentials, to the bundled sandbox."""

    client_id: str = SANDBOX
    client_secret: str = Field(default=SANDBOX, repr=False)
    refresh_token: str = Field(default="", repr=False)
    redirect_uri: str = "http://127.0.0.1:8888/callback"
    api_url: str = SPOTIFY_API
    accounts_url: str = SPOTIFY_ACCOUNTS
    requests_per_second: float | None = None
    bundled_sandbox: bool = False

    @property
    def app(self) -> str:
        """Whose calls Spotify counts: the app, and the server that counts them."""
        return f"{self.client_id}@{urlsplit(self.api_url).netloc}"

    @contextmanager
    def client(self, *, user: bool = False) -> Iterator["SpotifyClient"]:
        """A client for as long as the `with` block lasts; nothing is asked before its first call.

        Args:
            user: act for the user whose follow list is to be read, logging in if need be.
        """
        if self.bundled_sandbox:
            with _bundled_sandbox() as url, self._client(url, url, user=user) as client:
                yield client
        else:
            with self._client(self.api_url, self.accounts_url, user=user) as client:
                yield client

    @contextmanager
    def _client(self, api: str, accounts: str, *, user: bool) -> Iterator["SpotifyClient"]:
        with requests.Session() as session:
            session.mount("http://", HTTPAdapter(pool_maxsize=CONNECTIONS))
            session.mount("https://", HTTPAdapter(pool_maxsize=CONNECTIONS))
            fetch = self._user_token if user else self._app_token
            tokens = Tokens(lambda: fetch(session, accounts))
            yield SpotifyClient(session, api, tokens)

    def _app_token(self, session: requests.Session, accounts: str) -> str:
        manager = SpotifyClientCredentials(
            self.client_id,
            self.client_secret,
            requests_session=session,
            requests_timeout=TIMEOUT_SECONDS,
            cache_handler=MemoryCacheHandler(),
        )
        manager.OAUTH_TOKEN_URL = f"{accounts}/api/token"
        return str(manager.get_access_token(as_dict=False, check_cache=False))

    def _user_token(self, session: requests.Session, accounts: str) -> str:
        manager = SpotifyOAuth(
            self.client_id,
            self.client_secret,
            self.redirect_uri,
            scope=SCOPE,
            requests_session=session,
            requests_timeout=TIMEOUT_SECONDS,
            cache_handler=MemoryCacheHandler(),
        )
        manager.OAUTH_TOKEN_URL = f"{accounts}/api/token"
        manager.OAUTH_AUTHORIZE_URL = f"{accounts}/authorize"
        headless = self.refresh_token or (SANDBOX if self.client_id == SANDBOX else "")
        if headless:
            return str(manager.refresh_access_token(headless)["access_token"])
        return str(manager.get_access_token(as_dict=False))


@contextmanager
def _bundled_sandbox() -> Iterator[str]:
    # Imported only where it is used: an account needs no web server in this process.
    from music_assets.simulation.catalogue import Catalogue  # noqa: PLC0415
    from music_assets.simulation.sandbox import SandboxServer  # noqa: PLC0415

    with SandboxServer(Catalogue.fictional()) as server:
        yield server.url


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
        return fetch()
    except SpotifyOauthError as error:
        if _may_pass(error):
            raise Temporary("Spotify's login is busy or broken at the moment.") from None
        if error.error == "invalid_grant":
            raise LoginError(
                "Spotify no longer accepts the login (it lasts six months); run `music-assets "
                "follow` to log in again, and renew SPOTIFY_REFRESH_TOKEN if you use it."
            ) from None
        raise LoginError(
            f"Spotify refused the credentials ({error.error or 'no reason given'}); check "
            "SPOTIPY_CLIENT_ID and SPOTIPY_CLIENT_SECRET."
        ) from None
    except requests.RequestException as error:
        raise Temporary(f"Spotify's login cannot be reached: {type(error).__name__}.") from None
    except (KeyError, TypeError):
        # Spotipy reads the answer's members without a look at whether there are any.
        raise Temporary("The answer of Spotify's login was cut off.") from None


def _may_pass(error: SpotifyOauthError) -> bool:
    """Whether the login server is in trouble itself, instead of refusing what it was sent."""
    # The status is only in the error that Spotipy was handling when it raised its own.
    cause = error.__context__
    if not isinstance(cause, requests.HTTPError):
        return False
    status = int(cause.response.status_code)
    return status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR


class SpotifyClient:
    """The calls that this project makes. Safe to use from many threads.

    Every method raises `SpotifyError` or one of its kinds, and nothing else.
    """

    def __init__(self, session: requests.Session, api: str, tokens: Tokens) -> None:
        self._tokens = tokens
        self._spotify = spotipy.Spotify(
            auth_manager=tokens, requests_session=session, requests_timeout=TIMEOUT_SECONDS
        )
        self._spotify.prefix = f"{api}/v1/"

    def followed_artists(self, *, limit: int, after: str | None = None) -> Page:
        """A page of the artists that the user follows, those that come after an artist's id."""
        answer = self._call(self._spotify.current_user_followed_artists, limit=limit, after=after)
        if not isinstance(answer.get("artists"), dict):
            raise Temporary("Spotify's answer holds no page of artists.")
        return dict(answer["artists"])

    def artist_albums(self, artist_id: str, *, limit: int, offset: int) -> Page:
        """A page of an artist's own albums, singles and compilations."""
        return self._call(
            self._spotify.artist_albums,
            artist_id,
            include_groups="album,single,compilation",
            limit=limit,
            offset=offset,
        )

    def album_tracks(self, album_id: str, *, limit: int, offset: int) -> Page:
        """A page of an album's tracks."""
        return self._call(self._spotify.album_tracks, album_id, limit=limit, offset=offset)

    def albums(self, album_ids: Sequence[str]) -> list[Page | None]:
        """Up to 20 albums in the order of their ids, each with its first page of tracks.

        None stands for an album that Spotify does not know.
        """
        albums = self._call(self._spotify.albums, list(album_ids)).get("albums")
        if not isinstance(albums, list) or len(albums) != len(album_ids):
            raise Temporary("Spotify's answer does not hold the albums that were asked for.")
        return albums

    def _call(self, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Page:  # noqa: ANN401
        token = self._tokens.get_access_token()
        try:
            return _answer(method, *args, **kwargs)
        except Unauthorised:
            self._tokens.renew(stale=token)
        return _answer(method, *args, **kwargs)


def _answer(method: Callable[..., Any], *args: Any, **kwargs: Any) -> Page:  # noqa: ANN401
    try:
        answer = method(*args, **kwargs)
    except spotipy.SpotifyException as error:
        raise _meaning(error) from None
    except requests.RequestException as error:
        raise Temporary(f"The connection to Spotify failed: {type(error).__name__}.") from None
    except AttributeError:
        # Spotipy takes any JSON for an error object of Spotify's; gateways send their own.
        raise Temporary("Spotify answered with an error that cannot be read.") from None
    if not isinstance(answer, dict):
        # Spotipy returns None for a 200 whose body is no JSON.
        raise Temporary("Spotify's answer was cut off.")
    return answer


def _meaning(error: spotipy.SpotifyException) -> SpotifyError:
    status, reason = error.http_status, str(error.reason or "")
    if status == requests.codes.too_many_requests:
        wait = str((error.headers or {}).get("Retry-After", ""))
        seconds = float(wait) if wait.isdecimal() else 1.0
        return RateLimited(seconds, quota=reason == "QUOTA_EXCEEDED")
    if status == requests.codes.unauthorized:
        return Unauthorised("Spotify refused the access token twice; run `music-assets follow`.")
    if status == requests.codes.not_found:
        return NotFound("Spotify knows no such artist or album, or no longer.")
    if status == requests.codes.forbidden:
        return Forbidden(
            "Spotify forbids this: the app's owner needs Premium, and a user of an app in "
            "development mode must be on its list; see the app's page in Spotify's dashboard."
        )
    if status >= requests.codes.server_error:
        return Temporary(f"Spotify answered {status}.")
    return BadRequest(f"Spotify refused the request ({status}): {_short(error.msg)}.")


def _short(message: object) -> str:
    """The part of a Spotipy message that Spotify wrote."""
    return str(message).rsplit("\n", 1)[-1].strip(" .")
