"""Access to the Web API as a resource.

A run that asks Spotify nothing does not import Spotipy, which takes as long as a small step.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import dagster as dg
from pydantic import Field

from music_assets.calls.call_errors import LoginError
from music_assets.config.spotify_settings import SPOTIFY_ACCOUNTS, SPOTIFY_API
from music_assets.sandbox.bundled import bundled_sandbox
from music_assets.spotify.login_file import LISTENING, LOGIN_FILE, LoginFile

if TYPE_CHECKING:
    from music_assets.spotify.client import SpotifyClient

SANDBOX = "sandbox"
ASK = "run `music-assets follow --listening`, which asks for the right to read it."
NO_LISTENER = "Nobody was asked what you play: the bundled sandbox stands in for Spotify."
NO_LOGIN = f"Spotify was not asked what you play, since no login is kept; {ASK}"
LACKS_RIGHT = f"Spotify was not asked what you play, since the login may not ask for it; {ASK}"


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
    login_file: str = LOGIN_FILE

    @property
    def app(self) -> str:
        """The name under which calls are counted: the app, or its account, at the server."""
        server, name = urlsplit(self.api_url), self.account or self.client_id
        return f"{name}@{server.hostname}" + (f":{server.port}" if server.port else "")

    @property
    def kept_login(self) -> LoginFile:
        """The record of the user's login."""
        return LoginFile(Path(self.login_file), self.refresh_token or SANDBOX)

    @property
    def why_not_listening(self) -> str:
        """The sentence that says why Spotify is not asked for plays; "" where it may be.

        A login of which nobody knows the rights may be tried.
        """
        if self.bundled_sandbox:
            return NO_LISTENER
        if not self.refresh_token and self.client_id != SANDBOX:
            return NO_LOGIN
        return LACKS_RIGHT if self.kept_login.lacks(LISTENING) else ""

    def note_no_listening(self) -> None:
        """Note that Spotify did not let this login ask for plays: it is tried again in a day."""
        if self.client_id != SANDBOX:
            self.kept_login.refuse(LISTENING)

    @contextmanager
    def client(self, *, user: bool = False) -> Iterator["SpotifyClient"]:
        """A client for as long as the `with` block lasts. It logs in at its first call.

        Args:
            user: log in as the user, whose follow list is to be read.
        """
        from music_assets.spotify.authorisation import authorised  # noqa: PLC0415

        if self.bundled_sandbox:
            with bundled_sandbox() as url, authorised(self, url, url, user=user) as client:
                yield client
        else:
            with authorised(self, self.api_url, self.accounts_url, user=user) as client:
                yield client

    def log_in(self, *, listening: bool = False, **how: Any) -> str:  # noqa: ANN401
        """The refresh token of a login through a browser.

        Args:
            listening: ask for the right to read what the user plays, as the last login did or not.
            how: see `browser_login.log_in`.

        Raises:
            LoginError: nobody logged in, or Spotify did not accept it.
        """
        from music_assets.spotify.authorisation import refresh_token_of_login  # noqa: PLC0415

        if self.client_id == SANDBOX:
            raise LoginError(
                "The bundled sandbox needs no login. For Spotify, set SPOTIPY_CLIENT_ID and "
                "SPOTIPY_CLIENT_SECRET; .env.example says where they come from."
            )
        return refresh_token_of_login(self, listening=listening, **how)
