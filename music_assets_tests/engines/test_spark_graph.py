"""The full graph on Spark, in this process and through Spark Connect: the same as on Polars."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

pytest.importorskip("dagster_pyspark", reason="music-assets[spark] is not installed")

import pyspark
from pyspark.sql import SparkSession

from music_assets.engines.polars import PolarsEngine
from music_assets.engines.spark import SparkEngine, spark_engine
from music_assets_tests.conftest import needs_spark
from music_assets_tests.house import materialised

pytestmark = pytest.mark.xdist_group("spark")

PATIENCE_SECONDS = 120


def test_spark_materialises_the_same_graph(spark: SparkEngine, tmp_path: Path) -> None:
    here = materialised(tmp_path / "polars", PolarsEngine())
    assert materialised(tmp_path / "spark", spark) == here


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """The address of a Spark Connect server on this machine."""
    needs_spark()
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    settings = {
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": port,
        "spark.sql.shuffle.partitions": 2,
        "spark.ui.enabled": "false",
    }
    submit = Path(pyspark.__file__).parent / "bin" / "spark-submit"
    command = [str(submit), "--master", "local[2]"]
    command += [part for name, value in settings.items() for part in ("--conf", f"{name}={value}")]
    command += ["--class", "org.apache.spark.sql.connect.service.SparkConnectServer"]
    with (
        (tmp_path / "server.log").open("wb") as log,
        subprocess.Popen(command, cwd=tmp_path, stdout=log, stderr=log) as process,
    ):
        wait_for(port, tmp_path / "server.log")
        yield f"sc://127.0.0.1:{port}"
        process.terminate()


def wait_for(port: int, log: Path) -> None:
    limit = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < limit:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    pytest.fail(f"The server does not answer: {log.read_text()[-2_000:]}")


@pytest.mark.slow
def test_spark_connect_materialises_the_same_graph(server: str, tmp_path: Path) -> None:
    # A process of its own: PySpark keeps one kind of session, and the other tests have a local one.
    subprocess.run(
        [sys.executable, "-W", "ignore", "-m", __name__, str(tmp_path / "connect"), server],
        check=True, timeout=PATIENCE_SECONDS * 3,
    )  # fmt: skip
    found = json.loads((tmp_path / "connect.json").read_text())
    assert found == materialised(tmp_path / "polars", PolarsEngine())


def main(folder: Path, server: str) -> None:
    """Materialise the graph through a server, in a process whose tests' settings are gone."""
    os.environ["SPARK_REMOTE"] = server
    found = materialised(folder, spark_engine(remote=True))
    session = SparkSession.getActiveSession()
    assert type(session).__module__.startswith("pyspark.sql.connect"), session
    folder.with_suffix(".json").write_text(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
