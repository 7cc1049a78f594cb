"""Errors of Spark as one sentence: a silent server, a missing package, an ended Java."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("dagster_pyspark", reason="music-assets[spark] is not installed")

from py4j.protocol import Py4JError

from music_assets.engines.engine import EngineError
from music_assets.engines.spark import SparkEngine
from music_assets.engines.spark_errors import spark_cause
from music_assets.storage.folder import FolderStorage
from music_assets.transforms import catalogue
from music_assets_tests.conftest import needs_spark
from music_assets_tests.engines.test_engine import artist, land
from music_assets_tests.parity import given

pytestmark = pytest.mark.xdist_group("spark")

JAVA = """An error occurred while calling o31.parquet.
: org.apache.spark.SparkException: [FAILED_READ_FILE] Encountered error while reading file a.
\tat org.apache.spark.sql.errors.QueryExecutionErrors$.cannotReadFilesError(Q.scala:920)
Caused by: java.lang.RuntimeException: java.io.IOException: Input/output error
\tat java.base/java.lang.Thread.run(Thread.java:840)
Caused by: java.lang.OutOfMemoryError: Java heap space
\t... 12 more
"""


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            JAVA,
            "[FAILED_READ_FILE] Encountered error while reading file a: "
            "java.lang.OutOfMemoryError: Java heap space",
        ),
        (
            "An error occurred while calling o1.x.\n: java.io.IOException: No space.\n\tat a",
            "No space",
        ),
        ("[PATH_NOT_FOUND] Path does not exist: a. SQLSTATE: 42K03\n\nJVM stacktrace:\nx", None),
        ("", "Exception"),
    ],
)
def test_an_error_is_told_without_its_stack_trace(text: str, sentence: str | None) -> None:
    assert spark_cause(Exception(text)) == (sentence or text.splitlines()[0])


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(111, "Connection refused"),
        ConnectionResetError(104, "Connection reset by peer"),
        Py4JError("An error occurred while calling o31.parquet"),
    ],
)
def test_a_java_that_has_ended_is_said_to_have_however_that_shows(error: Exception) -> None:
    assert spark_cause(error).startswith("its Java process has ended; ")


def test_a_server_that_does_not_answer_is_named_without_its_token(storage: FolderStorage) -> None:
    from music_assets.engines.spark import spark_engine  # noqa: PLC0415

    server = "sc://127.0.0.1:9/;token=hunter2"
    here = SparkEngine(spark=spark_engine().spark, server=server, patience_seconds=1)
    with pytest.raises(EngineError) as caught:
        given(here, catalogue.artists, storage, land(storage, [{"items": []}]))
    assert str(caught.value) == (
        "The Spark Connect server at 127.0.0.1:9 does not answer; see whether it runs, and whether "
        "SPARK_REMOTE is its address."
    )
    assert "hunter2" not in repr(here)


class InAzure(FolderStorage):
    """A folder that says it is an account of Azure, which this Spark cannot read."""

    def address(self, path: str) -> str:
        return f"abfss://container@account.dfs.core.windows.net/{path}"


def test_without_hadoop_azure_it_says_where_to_read_how_to_add_it(
    spark: SparkEngine, tmp_path: Path
) -> None:
    storage = InAzure(root=str(tmp_path))
    with pytest.raises(EngineError) as caught:
        given(spark, catalogue.artists, storage, land(storage, [{"items": [artist("a")]}]))
    said = str(caught.value)
    assert "SecureAzureBlobFileSystem not found; it reads Azure with hadoop-azure, which" in said
    assert len(said.splitlines()) == 1


#: Shows how Spark gets into an account of Azure, and works on after its Java was killed.
IN_AZURE = """
import sys
from music_assets.defs.resources import engine
from music_assets.engines.engine import EngineError, Work
from music_assets.storage.folder import FolderStorage
from music_assets.config.settings import settings
from music_assets.transforms import catalogue

with engine(settings()).process_config_and_initialize_cm() as spark:
    name = "fs.azure.account.key.account.dfs.core.windows.net"
    session = spark.session()
    print(session._jsc.hadoopConfiguration().get(name))
    print(session.conf.get(f"spark.hadoop.{name}"))
    session.sparkContext._gateway.proc.kill()
    try:
        spark.run(Work(catalogue.artists, [], "r", "q"), FolderStorage(root=sys.argv[1]))
    except EngineError as error:
        sys.exit(str(error))
"""


@pytest.mark.slow
def test_a_session_of_its_own_has_the_accounts_key_and_says_when_its_java_ends(
    tmp_path: Path,
) -> None:
    needs_spark()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", IN_AZURE, str(tmp_path)],
        env=os.environ | {
            "MUSIC_ENGINE": "spark", "MUSIC_STORAGE_KEY": "aHVudGVyMg==",
            "MUSIC_STORAGE_URL": "https://account.blob.core.windows.net",
        },
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.stdout.splitlines() == ["aHVudGVyMg==", "${env.MUSIC_STORAGE_KEY}"], done.stderr
    assert done.stderr.splitlines()[-1] == (
        "Spark could not transform the pages of artists: its Java process has ended; where memory "
        "was short, raise spark.driver.memory."
    )
    assert done.returncode == 1
    assert "aHVudGVyMg==" not in done.stderr
