"""The settings: the environment, read and validated once.

Every variable that music_assets takes is a field of `Settings`. Nothing else reads the environment,
and nothing here connects to anything.
"""

import datetime as dt
import difflib
import os
import re
from functools import cache
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from music_assets.config.databricks_settings import DatabricksSettings
from music_assets.config.musicbrainz_settings import MusicBrainzSettings
from music_assets.config.spotify_settings import SpotifySettings

#: Variables that begin with one of these are ours, and a wrong name among them is an error.
OUR_PREFIXES = ("MUSIC_", "MUSICBRAINZ_", "SPOTIFY_", "SPOTIPY_")
#: Read by the test suite only.
FOR_TESTS = "MUSIC_TEST_"

#: Azure's form, or the one of Azurite on this machine. Only in these the SDK finds the name of the
#: account, which a signature needs.
BLOB_SERVICE = re.compile(
    r"https?://([a-z0-9]+\.blob\.core\.[a-z0-9.-]+(:\d+)?|(localhost|127\.0\.0\.1)(:\d+)?/[a-z0-9]+)/?"
)


class SettingsError(ValueError):
    """A variable is malformed; the message names it, its value, and the values that it takes."""


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
        # What follows an @ in a password would be taken for the server, and shown.
        if "@" in str(url.host or ""):
            raise ValueError("an @ in its password, which is written %40 there")
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


def _time_zone(value: str) -> str:
    try:
        return ZoneInfo(value).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("no time zone") from None


class Settings(SpotifySettings, DatabricksSettings, MusicBrainzSettings):
    """One field per variable: its alias is the variable's name, its description what that takes."""

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True, case_sensitive=True)

    storage_url: Annotated[str, AfterValidator(_folder_or_account)] = Field(
        "data/storage",
        validation_alias="MUSIC_STORAGE_URL",
        description="a folder, or a Blob service such as https://ACCOUNT.blob.core.windows.net",
    )
    storage_key: SecretStr | None = Field(
        None, validation_alias="MUSIC_STORAGE_KEY", description="a key of the storage account"
    )
    storage_sas: SecretStr | None = Field(
        None,
        validation_alias="MUSIC_STORAGE_SAS",
        description="a shared access signature for the storage account",
    )
    database_url: Annotated[SecretStr, AfterValidator(_database_url)] = Field(
        SecretStr("sqlite:///data/music.db"),
        validation_alias="MUSIC_DATABASE_URL",
        description="a SQLAlchemy URL such as sqlite:///data/music.db",
    )
    engine: Literal["polars", "spark", "databricks"] = Field(
        "polars", validation_alias="MUSIC_ENGINE", description="polars, spark or databricks"
    )
    #: PySpark reads this variable itself. It may hold a token.
    spark_remote: Annotated[SecretStr, AfterValidator(_spark_connect)] | None = Field(
        None,
        validation_alias="SPARK_REMOTE",
        description="a Spark Connect server such as sc://127.0.0.1:15002",
    )
    first_week: Annotated[dt.date, AfterValidator(_monday_that_has_come)] = Field(
        dt.date(2025, 12, 29),
        validation_alias="MUSIC_FIRST_WEEK",
        description="a Monday that has come, such as 2025-12-29",
    )

    time_zone: Annotated[str, AfterValidator(_time_zone)] = Field(
        "UTC",
        validation_alias="MUSIC_TIME_ZONE",
        description="a time zone such as Europe/Berlin",
    )

    retention_days: int | None = Field(
        None,
        ge=1,
        validation_alias="MUSIC_RETENTION_DAYS",
        description="a number of days, at least 1",
    )

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
        """True if storage is an account of Azure Blob Storage, and not a folder."""
        return "://" in self.storage_url


def read_settings() -> Settings:
    """The environment as `Settings`.

    Raises:
        SettingsError: a variable is malformed.
    """
    _require_known()
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError(_sentence(error)) from None


def _sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    if not first["loc"]:
        return str(first["ctx"]["error"])
    name = str(first["loc"][0])
    # A URL may hold a password or a signature, also one that was given to a wrong variable.
    url = name == "MUSIC_DATABASE_URL" or "//" in str(first["input"])
    got = "a value that is not shown" if url else repr(first["input"])
    return f"{name} is {got}; it takes {Settings.takes(name)}."


def _require_known() -> None:
    """Make sure that each variable with one of our prefixes is one that something reads.

    Raises:
        SettingsError: it is not; the message has the nearest name.
    """
    known = {str(field.validation_alias) for field in Settings.model_fields.values()}
    for name in sorted(os.environ):
        if not name.startswith(OUR_PREFIXES) or name in known or name.startswith(FOR_TESTS):
            continue
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.0)
        raise SettingsError(
            f"Nothing reads {name}; did you mean {near[0]}? Correct it or unset it. .env.example "
            "lists every variable."
        )


@cache
def settings() -> Settings:
    """The settings of this process, read at the first call.

    Raises:
        SystemExit: a variable is malformed. Also the `dagster` and `dg` commands then end with
            only the sentence.
    """
    try:
        return read_settings()
    except SettingsError as error:
        raise SystemExit(str(error)) from None
