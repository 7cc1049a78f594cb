"""Spark: the transforms past one machine, in a JVM here or through Spark Connect.

Importing this imports PySpark, so only a configuration that asks for it does.
"""

import os
import shutil
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

import dagster as dg
from dagster_pyspark import LazyPySparkResource
from py4j.protocol import Py4JError
from pydantic import Field
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession
from typing_extensions import override

from music_assets.engines.engine import Engine, EngineError, Outcome, Work
from music_assets.engines.spark_apply import apply, judged_beside
from music_assets.engines.spark_errors import told
from music_assets.storage.blobs import StorageResource

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


def account_key(storage_url: str) -> dict[str, str]:
    """How a local session gets into an account of Azure: by the variable's name, not its value."""
    host = str(urlsplit(storage_url).hostname).replace(".blob.", ".dfs.", 1)
    return {f"spark.hadoop.fs.azure.account.key.{host}": "${env.MUSIC_STORAGE_KEY}"}


def spark_engine(config: Mapping[str, str] | None = None, *, remote: bool = False) -> "SparkEngine":
    """An engine whose session is local or, where SPARK_REMOTE is set, that server's.

    Args:
        config: of a local session, beside `LOCAL`.
        remote: whether SPARK_REMOTE is set. A server's sessions have its own configuration.
    """
    # It has no part in this: tables come and go as Arrow.
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
        server: what SPARK_REMOTE says, a token included; empty for a local session.
        patience_seconds: for a server that does not answer.
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
                lookups={n: session.createDataFrame(table) for n, table in work.lookups.items()},
            )
        storage.clear(judged_beside(work.rows))
        return Outcome(work.rows, accepted, rejected)

    def session(self) -> SparkSession:
        """The session, which starts when it is first asked for.

        Raises:
            EngineError: it cannot start, or the server does not answer.
        """
        if self.server:
            self._knock()
        with self._sentences("start"):
            session: SparkSession = self.spark.spark_session
        return session

    def _knock(self) -> None:
        """Wait for the server, since PySpark would do so for ten minutes and then show a trace."""
        # Only there where PySpark came with what Spark Connect takes.
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
        """A `with` block in which Spark does something.

        Raises:
            EngineError: it could not; the message says what, and why.
        """
        try:
            yield
        except (PySparkException, Py4JError, ConnectionError) as error:
            raise EngineError(f"Spark could not {what}: {told(error)}.") from None
