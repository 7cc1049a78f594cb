"""The client of the Spotify Web API: each call gives a page or raises an error with a sentence.

Spotipy makes the requests, on a session that neither sleeps nor retries, since
`music_assets.calls.pacing` decides when to call again. One client serves all threads.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dagster as dg
import requests
import spotipy
from pydantic import Field
from requests.adapters import HTTPAdapter
from spotipy.cache_handler import MemoryCacheHandler
from spotipy.oauth2 import SpotifyClientCredentials, SpotifyOAuth

from music_assets.calls.call_errors import (
    BadRequest,
    CallError,
    LoginError,
    Temporary,
    Unauthorised,
)
from music_assets.config.redaction import guard_credentials
from music_assets.config.spotify_settings import SPOTIFY_ACCOUNTS, SPOTIFY_API
from music_assets.sandbox.bundled import bundled_sandbox
from music_assets.spotify.browser_login import log_in
from music_assets.spotify.login_file import LoginFile
from music_assets.spotify.responses import raise_its_meaning
from music_assets.spotify.tokens import Tokens
from music_assets.transforms.rows import Page

# Spotipy logs tokens at DEBUG, and each failed call at ERROR, which are reported here anyway.
logging.getLogger("spotipy").setLevel(logging.CRITICAL)

SCOPE = "user-follow-read"
SANDBOX = "sandbox"
TIMEOUT_SECONDS = 30
CONNECTIONS = 64


class SpotifyResource(dg.ConfigurableResource):
    """Access to the Web API or, without credentials, to the bundled sandbox."""

    client_id: str = SANDBOX
    account: str = ""
    client_secret: str = Field(default=SANDBOX, repr=False)
    refresh_token: str = Field(default="", repr=False)
    redirect_uri: str = "http://127.0.0.1:8888/callback"
    api_url: str = SPOTIFY_API
    accounts_url: str = SPOTIFY_ACCOUNTS
    requests_per_second: float | None = None
    bundled_sandbox: bool = False
    login_file: str = "data/spotify-login.json"

    @property
    def app(self) -> str:
        """The name under which calls are counted: the app, or its account, at the server."""
        server, name = urlsplit(self.api_url), self.account or self.client_id
        return f"{name}@{server.hostname}" + (f":{server.port}" if server.port else "")

    @contextmanager
    def client(self, *, user: bool = False) -> Iterator["SpotifyClient"]:
        """A client for as long as the `with` block lasts. It logs in at its first call.

        Args:
            user: log in as the user, whose follow list is to be read.
        """
        if self.bundled_sandbox:
            with bundled_sandbox() as url, self._client(url, url, user=user) as client:
                yield client
        else:
            with self._client(self.api_url, self.accounts_url, user=user) as client:
                yield client

    @contextmanager
    def _client(self, api: str, accounts: str, *, user: bool) -> Iterator["SpotifyClient"]:
        guard_credentials()
        with requests.Session() as login, requests.Session() as session:
            session.mount("http://", HTTPAdapter(pool_maxsize=CONNECTIONS))
            session.mount("https://", HTTPAdapter(pool_maxsize=CONNECTIONS))
            fetch = self._user_token if user else self._app_token
            tokens = Tokens(lambda: fetch(login, accounts))
            session.hooks["response"].append(raise_its_meaning)
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
        manager = self._authorisation(session, accounts)
        if not self.refresh_token and self.client_id != SANDBOX:
            return str(_granted(manager, log_in(manager))["access_token"])
        kept = LoginFile(Path(self.login_file), self.refresh_token or SANDBOX)
        granted = manager.refresh_access_token(kept.current())
        if self.client_id != SANDBOX:
            kept.note(granted.get("refresh_token"))
        return str(granted["access_token"])

    def _authorisation(self, session: requests.Session, accounts: str) -> SpotifyOAuth:
        manager = SpotifyOAuth(
            self.client_id,
            self.client_secret,
            self.redirect_uri,
            scope=SCOPE,
            requests_session=session,
            requests_timeout=TIMEOUT_SECONDS,
            cache_handler=MemoryCacheHandler(),
            open_browser=False,
        )
        manager.OAUTH_TOKEN_URL = f"{accounts}/api/token"
        manager.OAUTH_AUTHORIZE_URL = f"{accounts}/authorize"
        return manager

    def log_in(self, **how: Any) -> str:  # noqa: ANN401
        """The refresh token of a login through a browser; see `browser_login.log_in`.

        Raises:
            LoginError: nobody logged in, or Spotify did not accept it.
        """
        guard_credentials()
        if self.client_id == SANDBOX:
            raise LoginError(
                "The bundled sandbox needs no login. For Spotify, set SPOTIPY_CLIENT_ID and "
                "SPOTIPY_CLIENT_SECRET; .env.example says where they come from."
            )
        with requests.Session() as session:
            manager = self._authorisation(session, self.accounts_url)
            code = log_in(manager, **how)
            return Tokens(lambda: str(_granted(manager, code)["refresh_token"])).get_access_token()


def _granted(manager: SpotifyOAuth, code: str) -> Page:
    """The answer of the token endpoint to a code."""
    manager.get_access_token(code, as_dict=False, check_cache=False)
    return dict(manager.cache_handler.get_cached_token())


class SpotifyClient:
    """The calls that this project makes. Safe to use from many threads.

    Every method raises `CallError` or one of its kinds, and nothing else.
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

    def album(self, album_id: str) -> Page:
        """An album with the first page of its tracks."""
        return self._call(self._spotify.album, album_id)

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
            return _asked(method, *args, **kwargs)
        except Unauthorised:
            self._tokens.renew(stale=token)
        return _asked(method, *args, **kwargs)


def _asked(method: Callable[..., Any], *args: Any, **kwargs: Any) -> Page:  # noqa: ANN401
    try:
        answer = method(*args, **kwargs)
    except CallError as error:
        # Without its context, which holds the request and its token.
        raise error from None
    except spotipy.SpotifyException as error:
        # Spotipy's own check of the arguments, before any request.
        raise BadRequest(f"This cannot be asked for: {str(error.msg).strip(' .')}.") from None
    except RecursionError:
        raise Temporary("Spotify's answer is nested too deeply to be read.") from None
    except requests.RequestException as error:
        raise Temporary(f"The connection to Spotify failed: {type(error).__name__}.") from None
    if not isinstance(answer, dict):
        # Spotipy returns None for a 200 whose body is no JSON.
        raise Temporary("Spotify's answer was cut off.")
    return answer
