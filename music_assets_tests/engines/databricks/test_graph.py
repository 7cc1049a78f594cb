"""The full graph with every transform a job in a workspace on loopback: the same as on Polars."""

from pathlib import Path

import pytest

from music_assets.engines.polars import PolarsEngine
from music_assets.schema.tables import metadata
from music_assets_tests.house import materialised
from music_assets_tests.outside.databricks import Databricks
from music_assets_tests.outside.databricks_run import MakeEngine, needs_java


@pytest.mark.slow
@needs_java
def test_databricks_materialises_the_same_graph(
    engine: MakeEngine, workspace: Databricks, tmp_path: Path
) -> None:
    jobs = engine(seen_storage=str(tmp_path / "jobs/storage"))
    there = materialised(tmp_path / "jobs", jobs)
    assert there == materialised(tmp_path / "polars", PolarsEngine())
    assert len(workspace.jobs) == len(metadata.tables)
