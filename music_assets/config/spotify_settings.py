"""The settings of Spotify, as a part of `Settings`."""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings

from music_assets.config.web_addresses import WebAddress

SPOTIFY_API = "https://api.spotify.com"
SPOTIFY_ACCOUNTS = "https://accounts.spotify.com"
#: Names a folder in storage too.
ACCOUNT = re.compile(r"[A-Za-z0-9._@+-]{1,64}")


def _account(value: str) -> str:
    if not ACCOUNT.fullmatch(value):
        raise ValueError("no name of an account")
    return value


class SpotifySettings(BaseSettings):
    """One field per variable: its alias is the variable's name, its description what that takes."""

    client_id: str | None = Field(
        None,
        validation_alias="SPOTIPY_CLIENT_ID",
        description="the client id of an app of Spotify's",
    )
    client_secret: SecretStr | None = Field(
        None, validation_alias="SPOTIPY_CLIENT_SECRET", description="the client secret of the app"
    )
    redirect_uri: WebAddress = Field(
        "http://127.0.0.1:8888/callback",
        validation_alias="SPOTIPY_REDIRECT_URI",
        description="http://127.0.0.1:PORT/… or an https address",
    )
    refresh_token: SecretStr | None = Field(
        None, validation_alias="SPOTIFY_REFRESH_TOKEN", description="a refresh token of the user"
    )
    api_url: WebAddress = Field(
        SPOTIFY_API,
        validation_alias="SPOTIFY_API_URL",
        description=f"a web address such as {SPOTIFY_API}",
    )
    accounts_url: WebAddress = Field(
        SPOTIFY_ACCOUNTS,
        validation_alias="SPOTIFY_ACCOUNTS_URL",
        description=f"a web address such as {SPOTIFY_ACCOUNTS}",
    )
    requests_per_second: float | None = Field(
        None,
        gt=0,
        allow_inf_nan=False,
        validation_alias="SPOTIFY_REQUESTS_PER_SECOND",
        description="a number above 0",
    )
    account: Annotated[str, AfterValidator(_account)] | None = Field(
        None,
        validation_alias="SPOTIFY_ACCOUNT",
        description="a name for the developer account, of 64 letters, digits and . _ @ + - at most",
    )

    @model_validator(mode="after")
    def _credentials_come_in_pairs(self) -> Self:
        if (self.client_id is None) != (self.client_secret is None):
            raise ValueError(
                "SPOTIPY_CLIENT_ID and SPOTIPY_CLIENT_SECRET come as a pair and only one is set; "
                "set both, or neither for the bundled sandbox."
            )
        if (self.api_url == SPOTIFY_API) != (self.accounts_url == SPOTIFY_ACCOUNTS):
            raise ValueError(
                "SPOTIFY_API_URL and SPOTIFY_ACCOUNTS_URL name one server and only one is set; "
                "set both, or neither for Spotify's own."
            )
        return self

    @property
    def bundled_sandbox(self) -> bool:
        """True if the bundled sandbox stands in for Spotify: no account or other server is set."""
        return self.client_id is None and self.api_url == SPOTIFY_API
