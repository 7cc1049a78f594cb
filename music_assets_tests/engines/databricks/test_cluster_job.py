"""The job itself: what it imports on a cluster, and which code it agrees to be."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

from music_assets.engines.databricks.code_digest import digest_of_package, digest_of_wheel
from music_assets.storage.folder import FolderStorage
from music_assets_tests.outside.databricks import CLUSTER, Databricks
from music_assets_tests.outside.databricks_run import MakeEngine, run, why


def test_a_job_imports_neither_dagster_nor_polars_nor_the_settings_of_where_it_runs() -> None:
    others = ("dagster", "polars", "music_assets.config.settings")
    script = (
        "import sys, music_assets.engines.databricks.cluster_job;"
        f"print([each for each in {others} if each in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        env=os.environ | {"SPARK_REMOTE": "unix:///x", "DATABRICKS_HOST": "no-scheme"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert ran.stdout.strip() == "[]"


def test_a_wheel_and_the_package_that_it_was_built_from_have_one_digest(wheel: Path) -> None:
    assert digest_of_wheel(wheel) == digest_of_package()


def test_a_cluster_that_has_kept_other_code_is_to_be_restarted(
    engine: MakeEngine, workspace: Databricks, storage: FolderStorage, wheel: Path
) -> None:
    kept = workspace.folder / CLUSTER / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(kept)
    (kept / "music_assets/schema.py").write_text("# as it was in the version before\n")
    assert why(run(engine(), storage)) == (
        "The job on Databricks failed: artists could not be transformed: the cluster has installed "
        "other code of music_assets than Dagster runs; restart it. "
        f"See {workspace.url}/?o=1#job/7/run/1."
    )
