"""The task that is submitted to Databricks: it runs this project's wheel on a cluster."""

import zipfile
import zlib
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import Any

from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import NotFound
from databricks.sdk.service.compute import ClusterSpec, Environment, Library
from databricks.sdk.service.jobs import JobEnvironment, PythonWheelTask, SubmitTask

from music_assets.config.cluster_file import described_cluster
from music_assets.config.databricks_settings import SERVERLESS
from music_assets.engines.databricks.code_digest import digest_of_package, digest_of_wheel
from music_assets.engines.engine import EngineError

DISTRIBUTION, ENTRY_POINT = "music-assets", "music-assets-transform"
#: Version 4 of serverless compute has Python 3.12, as Databricks' release notes say.
ENVIRONMENT_VERSION = "4"
ENVIRONMENT = "music_assets"


def task(entity: str, cluster: str, wheel: str) -> SubmitTask:
    """The task that transforms an entity.

    Args:
        entity: names the transform.
        cluster: `serverless`, the id of a cluster, or a JSON file that describes a job cluster.
        wheel: path of the wheel in a volume.
    """
    work = PythonWheelTask(DISTRIBUTION, ENTRY_POINT, parameters=[entity, digest_of_package()])
    if cluster == SERVERLESS:
        return SubmitTask(task_key=entity, python_wheel_task=work, environment_key=ENVIRONMENT)
    whose: dict[str, Any] = {"existing_cluster_id": cluster}
    if cluster.endswith(".json"):
        whose = {"new_cluster": job_cluster(cluster)}
    return SubmitTask(
        task_key=entity, python_wheel_task=work, libraries=[Library(whl=wheel)], **whose
    )


def job_cluster(file: str) -> ClusterSpec:
    """The job cluster that a file describes.

    Raises:
        EngineError: the file describes none.
    """
    try:
        described = described_cluster(file)
    except ValueError as error:
        raise EngineError(str(error)) from None
    try:
        cluster = ClusterSpec.from_dict(described)
    except (AttributeError, TypeError, ValueError) as error:
        raise EngineError(
            f"MUSIC_DATABRICKS_CLUSTER is {file}, which is no cluster of Databricks' API ({error})."
        ) from None
    # The SDK drops members that it does not know.
    lost = [name for name, value in described.items() if value and name not in cluster.as_dict()]
    if lost:
        raise EngineError(
            f"MUSIC_DATABRICKS_CLUSTER is {file}, whose {lost[0]} is not one of Databricks' API; "
            "check its name and its value."
        )
    return cluster


def environments(cluster: str, wheel: str) -> list[JobEnvironment] | None:
    """The environment of serverless compute, with the wheel; None for a cluster."""
    if cluster != SERVERLESS:
        return None
    installed = Environment(environment_version=ENVIRONMENT_VERSION, dependencies=[wheel])
    return [JobEnvironment(ENVIRONMENT, installed)]


def wheel_in_volume(client: WorkspaceClient, volume: str, wheel: str) -> str:
    """The path of the wheel of the code that runs here, in the volume; uploaded if missing.

    The path holds a digest of the code, so a cluster never runs other transforms than these.

    Args:
        client: of the workspace.
        volume: a folder of a volume.
        wheel: the wheel's file on this machine, to upload.

    Raises:
        EngineError: the wheel is missing in the volume, and here it is missing too, unreadable, or
            of other code.
    """
    code = digest_of_package()
    path = f"{volume}/wheels/{code}/music_assets-{version(DISTRIBUTION)}-py3-none-any.whl"
    try:
        client.files.get_metadata(path)
    except NotFound:
        if not wheel:
            raise EngineError(
                f"{path} does not exist; build this version's wheel with `make wheel`, and set "
                "MUSIC_DATABRICKS_WHEEL to its file, from which it is uploaded."
            ) from None
        client.files.upload(path, BytesIO(_wheel_of(code, wheel)), overwrite=True)
    return path


def _wheel_of(code: str, wheel: str) -> bytes:
    """The content of a wheel's file, which must hold the code that runs here."""
    try:
        content = Path(wheel).read_bytes()
        held = digest_of_wheel(BytesIO(content))
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise EngineError(
            f"MUSIC_DATABRICKS_WHEEL is {wheel}, which cannot be read as a wheel "
            f"({type(error).__name__}); build it anew with `make wheel`."
        ) from None
    if held != code:
        raise EngineError(
            f"MUSIC_DATABRICKS_WHEEL is {wheel}, which holds other code than runs here; build it "
            "anew with `make wheel`."
        )
    return content
