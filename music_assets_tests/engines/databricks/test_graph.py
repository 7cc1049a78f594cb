"""The full graph with every transform a job in a workspace on loopback: the same as on Polars."""

from pathlib import Path

import pytest

from music_assets.config.databricks_settings import SERVERLESS
from music_assets.engines.polars import PolarsEngine
from music_assets.transforms.registry import TRANSFORMS
from music_assets_tests.house import materialised
from music_assets_tests.outside.databricks import Databricks
from music_assets_tests.outside.databricks_run import MakeEngine, needs_java

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("spark"), needs_java]


def test_databricks_materialises_the_same_graph(
    engine: MakeEngine, workspace: Databricks, spark_connect: str, tmp_path: Path
) -> None:
    # Serverless compute is Spark Connect; so are these jobs, and none starts a Java of its own.
    workspace.connect = spark_connect
    jobs = engine(cluster=SERVERLESS, seen_storage=str(tmp_path / "jobs/storage"))
    there = materialised(tmp_path / "jobs", jobs)
    assert there == materialised(tmp_path / "polars", PolarsEngine())
    # Each transform is a job, and that of MusicBrainz's genres one for each of two tables; albums
    # are not asked for there.
    assert len(workspace.jobs) == len(TRANSFORMS.keys() - {"release_details"}) + 1
