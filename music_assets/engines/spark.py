"""The Spark engine: a JVM of this process, or a Spark Connect server.

Importing this imports PySpark, so it is imported only for MUSIC_ENGINE=spark.
"""

import os
import shutil
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

import dagster as dg
import narwhals as nw
from dagster_pyspark import LazyPySparkResource
from py4j.protocol import Py4JError
from pydantic import Field
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from typing_extensions import override

from music_assets.engines.engine import Engine, EngineError, Lookup, Outcome, Work
from music_assets.engines.spark_apply import apply, judged_beside
from music_assets.engines.spark_errors import spark_cause
from music_assets.storage.blobs import StorageResource

#: Configuration of a session in this process, on top of spark-defaults.conf.
LOCAL = {
    # Errors are raised as exceptions too, so the log need not fill the terminal.
    "spark.log.level": "FATAL",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    # The default file system writes a hidden checksum file beside each part, and leaves it there.
    "spark.hadoop.fs.file.impl": "org.apache.hadoop.fs.RawLocalFileSystem",
}


#: The types of lookups, in the words of Spark's DDL.
DDL = {nw.Int64: "bigint", nw.String: "string", nw.Boolean: "boolean", nw.Date: "date"}


def _frame(session: SparkSession, table: Lookup) -> DataFrame:
    """A lookup in a session; a server cannot tell the types of one without rows."""
    if len(table):
        return session.createDataFrame(table.to_arrow())
    columns = ", ".join(f"{name} {DDL[type(kind)]}" for name, kind in table.schema.items())
    return session.createDataFrame([], columns)


def has_java() -> bool:
    """True where Spark finds a Java on this machine."""
    home = os.environ.get("JAVA_HOME")
    return bool(shutil.which("java", path=f"{home}/bin" if home else None))


def account_key(storage_url: str) -> dict[str, str]:
    """Configuration for a local session to enter an Azure account, without the key itself.

    Spark replaces the variable's name by its value, so no log or page shows the key.
    """
    host = str(urlsplit(storage_url).hostname).replace(".blob.", ".dfs.", 1)
    return {f"spark.hadoop.fs.azure.account.key.{host}": "${env.MUSIC_STORAGE_KEY}"}


def spark_engine(config: Mapping[str, str] | None = None, *, remote: bool = False) -> "SparkEngine":
    """An engine with a local session, or one on the server that SPARK_REMOTE names.

    Args:
        config: of a local session, beside `LOCAL`.
        remote: use the server, whose sessions have its own configuration.
    """
    # The warning does not apply: tables are passed as Arrow, not as pandas.
    warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
    if remote:
        return SparkEngine(
            spark=LazyPySparkResource(spark_config={}), server=dg.EnvVar("SPARK_REMOTE")
        )
    return SparkEngine(spark=LazyPySparkResource(spark_config={**LOCAL, **(config or {})}))


class SparkEngine(Engine):
    """A Spark session: a JVM of this process, or a Spark Connect server.

    The session starts when it is first used, and lasts as long as the process.

    Attributes:
        spark: the session.
        server: the value of SPARK_REMOTE, which may hold a token; empty for a local session.
        patience_seconds: how long to wait for a server that does not answer.
    """

    spark: dg.ResourceDependency[LazyPySparkResource]
    server: str = Field(default="", repr=False)
    patience_seconds: int = 30

    @override
    def run(self, work: Work, storage: StorageResource) -> Outcome:
        storage.clear(work.quarantine)
        with self._sentences(f"transform the pages of {work.transform.entity}"):
            session = self.session()
            accepted, rejected = apply(
                session,
                work.transform,
                {source: storage.address(source) for source in work.sources},
                rows=storage.address(work.rows),
                quarantine=storage.address(work.quarantine),
                lookups={name: _frame(session, table) for name, table in work.lookups.items()},
            )
        storage.clear(judged_beside(work.rows))
        return Outcome(work.rows, accepted, rejected)

    def session(self) -> SparkSession:
        """The session. The first call starts it.

        Raises:
            EngineError: Spark cannot start, or the server does not answer.
        """
        if self.server:
            self._await_server()
        with self._sentences("start"):
            session: SparkSession = self.spark.spark_session
        return session

    def _await_server(self) -> None:
        """Wait for the server; PySpark itself waits ten minutes and then shows a stack trace."""
        # Installed with pyspark[connect] only.
        import grpc  # noqa: PLC0415
        from pyspark.sql.connect.client import DefaultChannelBuilder  # noqa: PLC0415

        address = DefaultChannelBuilder(self.server)
        with address.toChannel() as channel:
            try:
                grpc.channel_ready_future(channel).result(timeout=self.patience_seconds)
            except grpc.FutureTimeoutError:
                raise EngineError(
                    f"The Spark Connect server at {address.endpoint} does not answer; see whether "
                    "it runs, and whether SPARK_REMOTE is its address."
                ) from None

    @contextmanager
    def _sentences(self, what: str) -> Iterator[None]:
        """A `with` block whose errors of Spark become sentences: "Spark could not …".

        Raises:
            EngineError: Spark failed.
        """
        try:
            yield
        except (PySparkException, Py4JError, ConnectionError) as error:
            raise EngineError(f"Spark could not {what}: {spark_cause(error)}.") from None
