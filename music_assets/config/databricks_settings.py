"""The settings of the Databricks engine, as a part of `Settings`."""

import re
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings

from music_assets.config.cluster_file import described_cluster

SERVERLESS = "serverless"
LOOPBACK = ("127.0.0.1", "localhost")


def _workspace(value: str) -> str:
    parts = urlsplit(value)
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    if not safe or not parts.hostname or parts.username or parts.path.strip("/"):
        raise ValueError("not a workspace")
    return value.rstrip("/")


def _cluster(value: str) -> str:
    is_file = value.endswith(".json") and Path(value).is_file()
    if not is_file and not re.fullmatch(r"[A-Za-z0-9-]+", value):
        raise ValueError("neither a cluster nor a file")
    return value


def _volume(value: str) -> str:
    if not re.fullmatch(r"/Volumes(/[^/]+){3,}/?", value):
        raise ValueError("no folder of a volume")
    return value.rstrip("/")


def _seen_storage(value: str) -> str:
    if not re.fullmatch(r"/[^/].*|abfss://[a-z0-9.-]+/?", value):
        raise ValueError("neither a folder nor an account")
    return value.rstrip("/")


def _wheel(value: str) -> str:
    if not (value.endswith(".whl") and Path(value).is_file()):
        raise ValueError("no wheel")
    return value


class DatabricksSettings(BaseSettings):
    """One field per variable: its alias is the variable's name, its description what that takes."""

    databricks_host: Annotated[str, AfterValidator(_workspace)] | None = Field(
        None,
        validation_alias="DATABRICKS_HOST",
        description="a workspace such as https://adb-1234567890123456.7.azuredatabricks.net",
    )
    databricks_token: SecretStr | None = Field(
        None, validation_alias="DATABRICKS_TOKEN", description="a personal access token"
    )
    databricks_cluster: Annotated[str, AfterValidator(_cluster)] = Field(
        SERVERLESS,
        validation_alias="MUSIC_DATABRICKS_CLUSTER",
        description=(
            "serverless, the id of a cluster, or a file NAME.json that describes a job cluster"
        ),
    )
    databricks_volume: Annotated[str, AfterValidator(_volume)] | None = Field(
        None,
        validation_alias="MUSIC_DATABRICKS_VOLUME",
        description="a folder of a volume such as /Volumes/main/music/jobs",
    )
    databricks_storage: Annotated[str, AfterValidator(_seen_storage)] | None = Field(
        None,
        validation_alias="MUSIC_DATABRICKS_STORAGE",
        description=(
            "where the cluster sees storage: a folder such as /Volumes/main/music, in which each "
            "container is a volume, or abfss://ACCOUNT.dfs.core.windows.net"
        ),
    )
    databricks_wheel: Annotated[str, AfterValidator(_wheel)] | None = Field(
        None,
        validation_alias="MUSIC_DATABRICKS_WHEEL",
        description="the file of this version's wheel, which `make wheel` builds",
    )
    databricks_timeout: int = Field(
        3_600,
        gt=0,
        validation_alias="MUSIC_DATABRICKS_TIMEOUT",
        description="a number of seconds above 0",
    )

    @classmethod
    def takes(cls, variable: str) -> str:
        """The values that a variable takes, as the end of a sentence: its field's description."""
        fields = cls.model_fields.values()
        return next(str(each.description) for each in fields if each.validation_alias == variable)

    def require_workspace(self, storage_url: str) -> None:
        """Check that everything is set that a job needs to be submitted and to find its input.

        Raises:
            ValueError: something is missing; the message is one sentence.
        """
        needed = {
            "DATABRICKS_HOST": self.databricks_host,
            "MUSIC_DATABRICKS_VOLUME": self.databricks_volume,
            "MUSIC_DATABRICKS_STORAGE": self.databricks_storage,
        }
        missing = next((name for name, value in needed.items() if value is None), None)
        if missing:
            raise ValueError(
                f"MUSIC_ENGINE is databricks and {missing} is not set; it takes "
                f"{self.takes(missing)}."
            )
        if self.databricks_cluster.endswith(".json"):
            described_cluster(self.databricks_cluster)
        self._require_storage(storage_url, self.databricks_storage or "")

    def _require_storage(self, storage_url: str, seen: str) -> None:
        in_volumes = seen.startswith("/Volumes/")
        if self.databricks_cluster == SERVERLESS and not in_volumes:
            raise ValueError(
                f"MUSIC_DATABRICKS_STORAGE is {seen}, which serverless compute does not reach; set "
                "it to a folder such as /Volumes/main/music, or MUSIC_DATABRICKS_CLUSTER to a "
                "cluster."
            )
        mounted = seen.startswith("/") and not in_volumes
        if "://" not in storage_url and not mounted:
            raise ValueError(
                f"MUSIC_STORAGE_URL is a folder of this machine, which no cluster sees as {seen}; "
                "set it to the Blob service, or MUSIC_DATABRICKS_STORAGE to a folder that this "
                "machine and the cluster both mount."
            )
