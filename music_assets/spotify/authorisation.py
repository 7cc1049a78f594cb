"""Authorisation: the tokens of an app or a user, and a client that has them."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from spotipy.cache_handler import MemoryCacheHandler
from spotipy.oauth2 import SpotifyClientCredentials, SpotifyOAuth

from music_assets.config.redaction import guard_credentials
from music_assets.spotify.access import SANDBOX, SpotifyResource
from music_assets.spotify.browser_login import log_in
from music_assets.spotify.client import TIMEOUT_SECONDS, SpotifyClient
from music_assets.spotify.login_file import FOLLOWING, LISTENING, LoginFile
from music_assets.spotify.responses import raise_its_meaning
from music_assets.spotify.tokens import Tokens
from music_assets.transforms.rows import Page

# Spotipy logs tokens at DEBUG, and each failed call at ERROR, which are reported here anyway.
logging.getLogger("spotipy").setLevel(logging.CRITICAL)

CONNECTIONS = 64


@contextmanager
def authorised(
    spotify: SpotifyResource, api: str, accounts: str, *, user: bool
) -> Iterator[SpotifyClient]:
    """A client at a server, which logs in at its first call.

    Args:
        spotify: the app and the user.
        api: address of the Web API.
        accounts: address of the token endpoint.
        user: log in as the user.
    """
    guard_credentials()
    with requests.Session() as login, requests.Session() as session:
        session.mount("http://", HTTPAdapter(pool_maxsize=CONNECTIONS))
        session.mount("https://", HTTPAdapter(pool_maxsize=CONNECTIONS))
        fetch = _user_token if user else _app_token
        tokens = Tokens(lambda: fetch(spotify, login, accounts))
        session.hooks["response"].append(raise_its_meaning)
        yield SpotifyClient(session, api, tokens)


def refresh_token_of_login(
    spotify: SpotifyResource,
    *,
    listening: bool,
    **how: Any,  # noqa: ANN401
) -> str:
    """The refresh token of a login through a browser, whose rights are noted.

    A login that takes the place of one with more rights asks for these too.

    Args:
        spotify: the app.
        listening: ask for the right to read what the user plays.
        how: see `browser_login.log_in`.

    Raises:
        LoginError: nobody logged in, or Spotify did not accept it.
    """
    guard_credentials()
    with requests.Session() as session:
        listening = listening or spotify.kept_login.has(LISTENING)
        scope = f"{FOLLOWING} {LISTENING}" if listening else FOLLOWING
        manager, rights = (
            _authorisation(spotify, session, spotify.accounts_url, scope),
            _told(session),
        )
        code = log_in(manager, **how)
        granted = Tokens(lambda: str(_granted(manager, code)["refresh_token"]))
        token = granted.get_access_token()
        LoginFile(Path(spotify.login_file), token).begin(rights.get("scope"))
        return token


def _app_token(spotify: SpotifyResource, session: requests.Session, accounts: str) -> str:
    manager = SpotifyClientCredentials(
        spotify.client_id,
        spotify.client_secret,
        requests_session=session,
        requests_timeout=TIMEOUT_SECONDS,
        cache_handler=MemoryCacheHandler(),
    )
    manager.OAUTH_TOKEN_URL = f"{accounts}/api/token"
    return str(manager.get_access_token(as_dict=False, check_cache=False))


def _user_token(spotify: SpotifyResource, session: requests.Session, accounts: str) -> str:
    manager, rights = _authorisation(spotify, session, accounts), _told(session)
    if not spotify.refresh_token and spotify.client_id != SANDBOX:
        return str(_granted(manager, log_in(manager))["access_token"])
    kept = spotify.kept_login
    granted = manager.refresh_access_token(kept.current())
    if spotify.client_id != SANDBOX:
        kept.note(granted.get("refresh_token"), rights.get("scope"))
    return str(granted["access_token"])


def _authorisation(
    spotify: SpotifyResource, session: requests.Session, accounts: str, scope: str = FOLLOWING
) -> SpotifyOAuth:
    manager = SpotifyOAuth(
        spotify.client_id,
        spotify.client_secret,
        spotify.redirect_uri,
        scope=scope,
        requests_session=session,
        requests_timeout=TIMEOUT_SECONDS,
        cache_handler=MemoryCacheHandler(),
        open_browser=False,
    )
    manager.OAUTH_TOKEN_URL = f"{accounts}/api/token"
    manager.OAUTH_AUTHORIZE_URL = f"{accounts}/authorize"
    return manager


def _told(session: requests.Session) -> dict[str, str]:
    """The `scope` in the answers of the token endpoint, once one has come.

    Spotipy puts the scope that was asked for in its place.
    """
    told: dict[str, str] = {}

    def note(response: requests.Response, *_: object, **__: object) -> None:
        with suppress(ValueError, RecursionError):
            answer = response.json()
            if isinstance(answer, dict) and isinstance(answer.get("scope"), str):
                told["scope"] = answer["scope"]

    session.hooks["response"].append(note)
    return told


def _granted(manager: SpotifyOAuth, code: str) -> Page:
    """The answer of the token endpoint to a code."""
    manager.get_access_token(code, as_dict=False, check_cache=False)
    return dict(manager.cache_handler.get_cached_token())
