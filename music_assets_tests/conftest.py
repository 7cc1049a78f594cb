"""A clean environment, and the outside things faked at the seam, for all folders of tests.

Nothing here leaves the machine: storage is a folder or Azurite, the database a SQLite file, Spotify
a sandbox.
"""

# ruff: noqa: E402

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

# Before music_assets is imported, which reads the environment once: a developer's own account,
# storage, first week and history have no part in a test.
OURS = ("MUSIC_", "MUSICBRAINZ_", "SPOTI", "DAGSTER_", "SPARK_", "DATABRICKS_")
for name in [name for name in os.environ if name.startswith(OURS)]:
    if not name.startswith("MUSIC_TEST_"):
        del os.environ[name]

# A JVM of a test lives for seconds, too short for its optimising compiler and its parallel
# collector to pay.
os.environ["SPARK_SUBMIT_OPTS"] = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
os.environ["SPARK_LAUNCHER_OPTS"] = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto"

import dagster as dg
import hypothesis
import pytest

from music_assets.config import settings as settings_module
from music_assets.config.dagster_home import SETTINGS
from music_assets.database.resource import DatabaseResource
from music_assets.sandbox.server import SandboxOptions, SandboxServer
from music_assets.sandbox.world import World
from music_assets.storage.folder import FolderStorage
from music_assets_tests.outside import azurite as emulator

if TYPE_CHECKING:
    from music_assets.engines.spark import SparkEngine
    from music_assets.storage.azure import AzureStorage

# Derandomised: a test run says something about the change at hand, and the same thing twice.
hypothesis.settings.register_profile(
    "house", deadline=None, max_examples=40, derandomize=True, database=None
)
hypothesis.settings.load_profile("house")

ROOT = Path(__file__).parent.parent
Sandbox = Callable[..., SandboxServer]


def pytest_xdist_auto_num_workers() -> int:
    """Two per core: half of the time a test waits, for a process, a service or a clock."""
    return 2 * len(os.sched_getaffinity(0))


@pytest.fixture(autouse=True)
def settings_of_this_test() -> Iterator[None]:
    """Read anew in each test: a process keeps its settings, and one test's are not another's."""
    settings_module.settings.cache_clear()
    yield
    settings_module.settings.cache_clear()


@pytest.fixture
def storage(tmp_path: Path) -> FolderStorage:
    """Storage in a folder of its own."""
    return FolderStorage(root=str(tmp_path / "storage"))


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of an account in an Azurite that this process shares with no other."""
    if not emulator.PROGRAM.exists():
        pytest.skip("Azurite is not installed; `make .venv/.azurite` does it where there is npm")
    with emulator.running(tmp_path_factory.mktemp("azurite")) as url:
        yield url


@pytest.fixture
def blob_storage(azurite: str) -> Iterator["AzureStorage"]:
    """Storage in an empty account of Azurite."""
    # Takes seconds to import, which only the tests that are about it should pay.
    from azure.storage.blob import BlobServiceClient  # noqa: PLC0415

    from music_assets.storage.azure import AzureStorage  # noqa: PLC0415

    with BlobServiceClient(azurite, credential=emulator.KEY) as account:
        for container in account.list_containers():
            account.delete_container(container)
    storage = AzureStorage(url=azurite, key=emulator.KEY)
    yield storage
    storage.teardown_after_execution(dg.build_init_resource_context())


def needs_spark() -> None:
    """Skip a test where Spark cannot run."""
    pytest.importorskip("dagster_pyspark", reason="music-assets[spark] is not installed")
    from music_assets.engines.spark import has_java  # noqa: PLC0415

    if not has_java():
        pytest.skip("there is no Java on this machine, which Spark runs on")


@pytest.fixture(scope="session")
def spark() -> Iterator["SparkEngine"]:
    """An engine with a Spark session of this process, which all tests share."""
    needs_spark()
    # PySpark takes seconds to import, which only the tests that are about it should pay.
    from music_assets.engines.spark import spark_engine  # noqa: PLC0415

    config = {"spark.master": "local[2]", "spark.sql.shuffle.partitions": "2"}
    with spark_engine(config).process_config_and_initialize_cm() as engine:
        yield engine
        engine.session().stop()


def opened(url: str) -> DatabaseResource:
    """A database, its schema up to date; whoever opens it tears it down."""
    database = DatabaseResource(url=url)
    database.setup_for_execution(dg.build_init_resource_context())
    return database


@pytest.fixture
def url(tmp_path: Path) -> str:
    """The URL of an empty database, a SQLite file."""
    return f"sqlite:///{tmp_path}/music.db"


@pytest.fixture
def database(url: str) -> Iterator[DatabaseResource]:
    """An empty database with the eight tables."""
    database = opened(url)
    yield database
    database.teardown_after_execution(dg.build_init_resource_context())


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The environment of a process that works in `tmp_path`, with the project's commands on it."""
    home = tmp_path / "dagster"
    home.mkdir()
    shutil.copy(SETTINGS, home)
    return os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "DAGSTER_HOME": str(home),
        "MUSIC_STORAGE_URL": str(tmp_path / "storage"),
        "MUSIC_DATABASE_URL": f"sqlite:///{tmp_path}/music.db",
    }


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Starts a sandbox Spotify of a catalogue; `SandboxOptions` as keywords. Stopped at the end."""
    with ExitStack() as servers:

        def start(world: World | None = None, **options: object) -> SandboxServer:
            world = world or World.fictional(8, 40, 200)
            server = SandboxServer(world, SandboxOptions(**options))  # type: ignore[arg-type]
            return servers.enter_context(server)

        yield start
