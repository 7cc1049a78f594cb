"""What a Databricks workspace takes: the fields of `Settings` that only this engine reads."""

import re
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings

from music_assets.config.cluster_file import described_cluster

SERVERLESS = "serverless"
LOOPBACK = ("127.0.0.1", "localhost")

#: What each variable takes, in the words of its error message.
TAKES = {
    "DATABRICKS_HOST": "a workspace such as https://adb-1234567890123456.7.azuredatabricks.net",
    "MUSIC_DATABRICKS_CLUSTER": (
        "serverless, the id of a cluster, or a file NAME.json that describes a job cluster"
    ),
    "MUSIC_DATABRICKS_VOLUME": "a folder of a volume such as /Volumes/main/music/jobs",
    "MUSIC_DATABRICKS_STORAGE": (
        "where the cluster sees storage: a folder such as /Volumes/main/music, in which each "
        "container is a volume, or abfss://ACCOUNT.dfs.core.windows.net"
    ),
    "MUSIC_DATABRICKS_WHEEL": "the file of this version's wheel, which `make wheel` builds",
    "MUSIC_DATABRICKS_TIMEOUT": "a number of seconds above 0",
}


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
    """One field per variable; the field's alias is the variable's name."""

    databricks_host: Annotated[str, AfterValidator(_workspace)] | None = Field(
        None, validation_alias="DATABRICKS_HOST"
    )
    databricks_token: SecretStr | None = Field(None, validation_alias="DATABRICKS_TOKEN")
    databricks_cluster: Annotated[str, AfterValidator(_cluster)] = Field(
        SERVERLESS, validation_alias="MUSIC_DATABRICKS_CLUSTER"
    )
    databricks_volume: Annotated[str, AfterValidator(_volume)] | None = Field(
        None, validation_alias="MUSIC_DATABRICKS_VOLUME"
    )
    databricks_storage: Annotated[str, AfterValidator(_seen_storage)] | None = Field(
        None, validation_alias="MUSIC_DATABRICKS_STORAGE"
    )
    databricks_wheel: Annotated[str, AfterValidator(_wheel)] | None = Field(
        None, validation_alias="MUSIC_DATABRICKS_WHEEL"
    )
    databricks_timeout: int = Field(3_600, gt=0, validation_alias="MUSIC_DATABRICKS_TIMEOUT")

    def require_workspace(self, storage_url: str) -> None:
        """Check that all is set without which no job can be submitted, or finds its input.

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
                f"MUSIC_ENGINE is databricks and {missing} is not set; it takes {TAKES[missing]}."
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
