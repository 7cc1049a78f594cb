"""What is submitted to Databricks: one task on a cluster, which runs this project's wheel."""

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
#: Of serverless compute: Python 3.12, as in Databricks' release notes.
ENVIRONMENT_VERSION = "4"
ENVIRONMENT = "music_assets"


def task(entity: str, cluster: str, wheel: str) -> SubmitTask:
    """The task that transforms an entity.

    Args:
        entity: what to transform.
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
        EngineError: it describes none.
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
    # The SDK leaves out what it does not know.
    lost = [name for name, value in described.items() if value and name not in cluster.as_dict()]
    if lost:
        raise EngineError(
            f"MUSIC_DATABRICKS_CLUSTER is {file}, whose {lost[0]} is not one of Databricks' API; "
            "check its name and its value."
        )
    return cluster


def environments(cluster: str, wheel: str) -> list[JobEnvironment] | None:
    """What is installed where there is no cluster to install it on."""
    if cluster != SERVERLESS:
        return None
    installed = Environment(environment_version=ENVIRONMENT_VERSION, dependencies=[wheel])
    return [JobEnvironment(ENVIRONMENT, installed)]


def wheel_in_volume(client: WorkspaceClient, volume: str, wheel: str) -> str:
    """The path at which the volume holds the wheel of the code that runs here.

    The path says what the code is, so that a cluster never runs other transforms than these, and
    one that has installed a wheel never takes another for it.

    Args:
        client: of the workspace.
        volume: a folder of a volume.
        wheel: a file of this machine, uploaded where the volume lacks it.

    Raises:
        EngineError: the volume lacks it, and `wheel` is not set, no wheel, or holds other code.
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
    """What is in the file of a wheel, which must be the one of this code."""
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
