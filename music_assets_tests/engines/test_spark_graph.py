"""The full graph on Spark, in this process and through Spark Connect: the same as on Polars."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("dagster_pyspark", reason="music-assets[spark] is not installed")

from pyspark.sql import SparkSession

from music_assets.engines.polars import PolarsEngine
from music_assets.engines.spark import SparkEngine, spark_engine
from music_assets_tests.house import materialised

pytestmark = pytest.mark.xdist_group("spark")

PATIENCE_SECONDS = 120


def test_spark_materialises_the_same_graph(spark: SparkEngine, tmp_path: Path) -> None:
    here = materialised(tmp_path / "polars", PolarsEngine())
    assert materialised(tmp_path / "spark", spark) == here


@pytest.mark.slow
def test_spark_connect_materialises_the_same_graph(spark_connect: str, tmp_path: Path) -> None:
    # A process of its own: PySpark keeps one kind of session, and the other tests have a local one.
    subprocess.run(
        [sys.executable, "-W", "ignore", "-m", __name__, str(tmp_path / "connect"), spark_connect],
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
