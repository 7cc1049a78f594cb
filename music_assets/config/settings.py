"""The environment, read and validated once.

Every variable that music_assets takes is a field of `Settings`; nothing else reads the environment.
Nothing here connects to anything.
"""

import datetime as dt
import re
from functools import cache
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from music_assets.config import databricks_settings as settings_databricks

SPOTIFY_API = "https://api.spotify.com"
SPOTIFY_ACCOUNTS = "https://accounts.spotify.com"

#: Azure's form, or the one in which Azurite serves on this machine: only in these does the SDK find
#: the account's name, without which a key signs nothing.
BLOB_SERVICE = re.compile(
    r"https?://([a-z0-9]+\.blob\.core\.[a-z0-9.-]+(:\d+)?|(localhost|127\.0\.0\.1)(:\d+)?/[a-z0-9]+)/?"
)

#: What each variable takes, in the words of its error message.
TAKES = {
    "MUSIC_STORAGE_URL": "a folder, or a Blob service such as https://ACCOUNT.blob.core.windows.net",
    "MUSIC_DATABASE_URL": "a SQLAlchemy URL such as sqlite:///data/music.db",
    "MUSIC_ENGINE": "polars, spark or databricks",
    "SPARK_REMOTE": "a Spark Connect server such as sc://127.0.0.1:15002",
    "MUSIC_FIRST_WEEK": "a Monday that has come, such as 2025-12-29",
    "SPOTIPY_REDIRECT_URI": "http://127.0.0.1:PORT/… or an https address",
    "SPOTIFY_API_URL": f"a web address such as {SPOTIFY_API}",
    "SPOTIFY_ACCOUNTS_URL": f"a web address such as {SPOTIFY_ACCOUNTS}",
    "SPOTIFY_REQUESTS_PER_SECOND": "a number above 0",
    **settings_databricks.TAKES,
}


class SettingsError(ValueError):
    """A variable is malformed; the message is one sentence: which, what it got, what it takes."""


def _folder_or_account(value: str) -> str:
    if "://" not in value:
        return value
    if not BLOB_SERVICE.fullmatch(value):
        raise ValueError("neither a folder nor a Blob service")
    return value.rstrip("/")


def _database_url(value: SecretStr) -> SecretStr:
    try:
        url = make_url(value.get_secret_value())
        url.get_dialect()
    except ArgumentError:
        raise ValueError("not a SQLAlchemy URL") from None
    if url.get_backend_name() == "sqlite" and not url.database:
        raise ValueError("a database in memory, which ends with its connection")
    return value


def _spark_connect(value: SecretStr) -> SecretStr:
    if not value.get_secret_value().startswith("sc://"):
        raise ValueError("not a Spark Connect server")
    return value


def _monday_that_has_come(value: dt.date) -> dt.date:
    if value.weekday() != 0 or value > dt.datetime.now(dt.UTC).date():
        raise ValueError("not a Monday that has come")
    return value


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise ValueError("not a web address")
    return value.rstrip("/")


WebAddress = Annotated[str, AfterValidator(_web_address)]


class Settings(settings_databricks.DatabricksSettings):
    """One field per variable; the field's alias is the variable's name."""

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True, case_sensitive=True)

    storage_url: Annotated[str, AfterValidator(_folder_or_account)] = Field(
        "data/storage", validation_alias="MUSIC_STORAGE_URL"
    )
    storage_key: SecretStr | None = Field(None, validation_alias="MUSIC_STORAGE_KEY")
    storage_sas: SecretStr | None = Field(None, validation_alias="MUSIC_STORAGE_SAS")
    database_url: Annotated[SecretStr, AfterValidator(_database_url)] = Field(
        SecretStr("sqlite:///data/music.db"), validation_alias="MUSIC_DATABASE_URL"
    )
    engine: Literal["polars", "spark", "databricks"] = Field(
        "polars", validation_alias="MUSIC_ENGINE"
    )
    #: PySpark reads it by itself, and a token may be part of it.
    spark_remote: Annotated[SecretStr, AfterValidator(_spark_connect)] | None = Field(
        None, validation_alias="SPARK_REMOTE"
    )
    first_week: Annotated[dt.date, AfterValidator(_monday_that_has_come)] = Field(
        dt.date(2025, 12, 29), validation_alias="MUSIC_FIRST_WEEK"
    )
    client_id: str | None = Field(None, validation_alias="SPOTIPY_CLIENT_ID")
    client_secret: SecretStr | None = Field(None, validation_alias="SPOTIPY_CLIENT_SECRET")
    redirect_uri: WebAddress = Field(
        "http://127.0.0.1:8888/callback", validation_alias="SPOTIPY_REDIRECT_URI"
    )
    refresh_token: SecretStr | None = Field(None, validation_alias="SPOTIFY_REFRESH_TOKEN")
    api_url: WebAddress = Field(SPOTIFY_API, validation_alias="SPOTIFY_API_URL")
    accounts_url: WebAddress = Field(SPOTIFY_ACCOUNTS, validation_alias="SPOTIFY_ACCOUNTS_URL")
    requests_per_second: float | None = Field(
        None, gt=0, allow_inf_nan=False, validation_alias="SPOTIFY_REQUESTS_PER_SECOND"
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

    @model_validator(mode="after")
    def _one_way_into_storage(self) -> Self:
        ways = {"MUSIC_STORAGE_KEY": self.storage_key, "MUSIC_STORAGE_SAS": self.storage_sas}
        given = [name for name, value in ways.items() if value is not None]
        if len(given) > 1:
            raise ValueError(
                "MUSIC_STORAGE_KEY and MUSIC_STORAGE_SAS are both set and storage takes one; set "
                "one of them, or neither to log in with Azure's default credential."
            )
        if given and not self.storage_in_azure:
            raise ValueError(
                f"{given[0]} is set and MUSIC_STORAGE_URL is a folder, which takes none; set "
                "MUSIC_STORAGE_URL to a Blob service, or leave both out."
            )
        if self.storage_url.startswith("http://") and not given:
            raise ValueError(
                "MUSIC_STORAGE_URL begins with http:// and Azure's default credential is only sent "
                "over https://; set MUSIC_STORAGE_KEY or MUSIC_STORAGE_SAS."
            )
        return self

    @model_validator(mode="after")
    def _databricks_is_within_reach(self) -> Self:
        if self.engine == "databricks":
            self.require_workspace(self.storage_url)
        return self

    @property
    def storage_in_azure(self) -> bool:
        """Whether storage is an account of Azure Blob Storage, and not a folder."""
        return "://" in self.storage_url

    @property
    def bundled_sandbox(self) -> bool:
        """Whether the sandbox is to be started in this process: no account, no other server."""
        return self.client_id is None and self.api_url == SPOTIFY_API


def read_settings() -> Settings:
    """The environment as `Settings`.

    Raises:
        SettingsError: a variable is malformed.
    """
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError(_sentence(error)) from None


def _sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    if not first["loc"]:
        return str(first["ctx"]["error"])
    name = str(first["loc"][0])
    # A URL may hold a password or a signature, wherever it was put by mistake.
    url = name == "MUSIC_DATABASE_URL" or "//" in str(first["input"])
    got = "a value that is not shown" if url else repr(first["input"])
    return f"{name} is {got}; it takes {TAKES[name]}."


@cache
def settings() -> Settings:
    """The settings of this process, read at the first call.

    Raises:
        SystemExit: a variable is malformed. A start that is refused this way prints its one
            sentence, under the `dagster` and `dg` commands too.
    """
    try:
        return read_settings()
    except SettingsError as error:
        raise SystemExit(str(error)) from None
