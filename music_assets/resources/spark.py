"""Spark: the transforms past one machine, in a JVM here or through Spark Connect.

Importing this imports PySpark, so only a configuration that asks for it does.
"""

import os
import shutil
import warnings
from collections.abc import Mapping, Sequence

import dagster as dg
import polars as pl
from dagster_pyspark import LazyPySparkResource
from typing_extensions import override

from music_assets.resources.engine import Engine, Outcome
from music_assets.resources.spark_apply import apply
from music_assets.resources.storage import StorageResource
from music_assets.transforms.rows import Transform

#: Of a session in this process. Whatever else spark-defaults.conf says holds.
LOCAL = {
    # The terminal is for people; what goes wrong comes as an exception too.
    "spark.log.level": "FATAL",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    # Without a hidden file of checksums beside each part, which nothing would ever delete.
    "spark.hadoop.fs.file.impl": "org.apache.hadoop.fs.RawLocalFileSystem",
}


def has_java() -> bool:
    """Whether Spark finds a Java on this machine."""
    home = os.environ.get("JAVA_HOME")
    return bool(shutil.which("java", path=f"{home}/bin" if home else None))


def spark_engine(config: Mapping[str, str] | None = None, *, remote: bool = False) -> "SparkEngine":
    """An engine whose session is local or, where SPARK_REMOTE is set, that server's.

    Args:
        config: of a local session, beside `LOCAL`.
        remote: whether SPARK_REMOTE is set. A server's sessions have its own configuration.
    """
    # It has no part in this: tables come and go as Arrow.
    warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
    own = {} if remote else {**LOCAL, **(config or {})}
    return SparkEngine(spark=LazyPySparkResource(spark_config=own))


class SparkEngine(Engine):
    """A Spark session: a JVM of this process, or the server that SPARK_REMOTE names.

    The session starts when it is first used, and lasts as long as the process.
    """

    spark: dg.ResourceDependency[LazyPySparkResource]

    @override
    def run(
        self,
        transform: Transform,
        storage: StorageResource,
        sources: Sequence[str],
        *,
        rows: str,
        quarantine: str,
        lookups: Mapping[str, pl.DataFrame] | None = None,
    ) -> Outcome:
        for leftover in storage.list(f"{quarantine}/"):
            storage.delete(leftover.path)
        taken, refused = apply(
            self.spark.spark_session,
            transform,
            {source: storage.address(source) for source in sources},
            rows=storage.address(rows),
            quarantine=storage.address(quarantine),
            lookups=lookups,
        )
        return Outcome(rows, taken, refused)
