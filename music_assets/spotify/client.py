"""The Spotify Web API, one call at a time: a page, or an error that says what it means.

Spotipy makes the requests, on a session of our own that neither sleeps nor retries: whoever calls
decides when to call again (`music_assets.spotify.pacing`). One client serves all threads.
"""

import datetime as dt
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import dagster as dg
import requests
import spotipy
from pydantic import Field
from requests.adapters import HTTPAdapter
from spotipy.cache_handler import MemoryCacheHandler
from spotipy.oauth2 import SpotifyClientCredentials, SpotifyOAuth

from music_assets.config.settings import SPOTIFY_ACCOUNTS, SPOTIFY_API
from music_assets.spotify.spotify_errors import (
    BadRequest,
    Forbidden,
    NotFound,
    RateLimited,
    SpotifyError,
    Temporary,
    Unauthorised,
)
from music_assets.spotify.tokens import Tokens

# Spotipy logs tokens at DEBUG, and at ERROR each failed call, which its caller reports better.
logging.getLogger("spotipy").setLevel(logging.CRITICAL)

SCOPE = "user-follow-read"
SANDBOX = "sandbox"
TIMEOUT_SECONDS = 30
CONNECTIONS = 64
#: Statuses below 500 that say "not now".
MAY_PASS = {requests.codes.request_timeout, requests.codes.too_early}
#: Where a used-up quota does not say when it is free again.
QUOTA_PAUSE_SECONDS = 3_600.0

Page = dict[str, Any]


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
        server = urlsplit(self.api_url)
        return f"{self.client_id}@{server.hostname}" + (f":{server.port}" if server.port else "")

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
        with requests.Session() as login, requests.Session() as session:
            session.mount("http://", HTTPAdapter(pool_maxsize=CONNECTIONS))
            session.mount("https://", HTTPAdapter(pool_maxsize=CONNECTIONS))
            fetch = self._user_token if user else self._app_token
            tokens = Tokens(lambda: fetch(login, accounts))
            session.hooks["response"].append(_judge)
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
    from music_assets.sandbox.server import SandboxServer  # noqa: PLC0415
    from music_assets.sandbox.world import Catalogue  # noqa: PLC0415

    with SandboxServer(Catalogue.fictional()) as server:
        yield server.url


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
    except SpotifyError as error:
        # Without the request that it came up in, which holds the token.
        raise error from None
    except spotipy.SpotifyException as error:
        # Of Spotipy's own, before it asks anybody.
        raise BadRequest(f"This cannot be asked for: {str(error.msg).strip(' .')}.") from None
    except requests.RequestException as error:
        raise Temporary(f"The connection to Spotify failed: {type(error).__name__}.") from None
    if not isinstance(answer, dict):
        # Spotipy returns None for a 200 whose body is no JSON.
        raise Temporary("Spotify's answer was cut off.")
    return answer


def _judge(response: requests.Response, *_: object, **__: object) -> None:
    """Raise what a refusal means, before Spotipy takes any JSON for an error object of Spotify's.

    Gateways send their own, and of those Spotipy keeps neither the status nor the headers.
    """
    status = response.status_code
    if status >= requests.codes.bad_request:
        raise _meaning(status, response)


def _meaning(status: int, response: requests.Response) -> SpotifyError:
    message, reason = _told(response)
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


def _told(response: requests.Response) -> tuple[str, str]:
    """What an error says, and the reason that it gives, if it is one of Spotify's."""
    try:
        error = response.json()["error"]
        return str(error["message"]).strip(" ."), str(error.get("reason", ""))
    except (ValueError, TypeError, KeyError, AttributeError):
        return str(response.reason), ""


def _pause(retry_after: str, quota: bool) -> float:
    """Seconds that a refusal asks to wait, which it may say as a moment, or not at all."""
    if retry_after.isdecimal():
        return float(retry_after)
    try:
        until = parsedate_to_datetime(retry_after)
    except ValueError:
        return QUOTA_PAUSE_SECONDS if quota else 1.0
    return max(1.0, (until - dt.datetime.now(until.tzinfo)).total_seconds())
