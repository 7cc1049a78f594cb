"""Spark: the transforms past one machine, in a JVM here or through Spark Connect.

Importing this imports PySpark, so only a configuration that asks for it does.
"""

import os
import re
import shutil
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg
import narwhals as nw
import polars as pl
from dagster_pyspark import LazyPySparkResource
from py4j.protocol import Py4JJavaError
from pyspark.sql import Column, DataFrame, Observation, SparkSession, Window
from pyspark.sql import functions as F  # noqa: N812 (as everybody who writes Spark calls it)
from typing_extensions import override

from music_assets.resources.engine import Engine, Outcome
from music_assets.resources.storage import StorageResource
from music_assets.transforms.rows import Transform, accepted, rejected

SCHEME = r"^[a-z]+:/+"
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


def apply(
    session: SparkSession,
    transform: Transform,
    sources: Mapping[str, str],
    *,
    rows: str,
    quarantine: str,
    lookups: Mapping[str, pl.DataFrame] | None = None,
) -> tuple[int, int]:
    """Read pages, write the accepted and the rejected rows; returns how many of each.

    The pages are read once, and once more if something was rejected. Nothing but the two counts
    comes back to the driver.

    Args:
        session: where it runs.
        transform: what to apply.
        sources: landing files, NDJSON pages: the path that `Source` says -> the address that Spark
            reads.
        rows: address of the folder of Parquet files to write, sorted by key from file to file.
        quarantine: address of the folder of NDJSON files to write; not written if nothing is
            rejected.
        lookups: small tables that the transform's `judge` takes by name.
    """
    judged = _judged(session, transform, sources, lookups or {})
    taken, refused = Observation(), Observation()
    unsound = F.count_if(F.col("Reason").isNotNull()).alias("rows")
    counted = nw.from_native(nw.to_native(judged).observe(refused, unsound))
    good = nw.to_native(accepted(transform, counted))
    good.observe(taken, F.count(F.lit(1)).alias("rows")).write.mode("overwrite").parquet(rows)
    if _rows(refused):
        bad = nw.to_native(rejected(transform, judged))
        bad.write.mode("overwrite").json(quarantine, ignoreNullFields=False)
    return _rows(taken), _rows(refused)


def _rows(counted: Observation) -> int:
    """A count that came with a write. What Spark finds to be empty it leaves out, count and all."""
    try:
        return int(counted.get["rows"])
    except (KeyError, Py4JJavaError):
        return 0


def _judged(
    session: SparkSession,
    transform: Transform,
    sources: Mapping[str, str],
    lookups: Mapping[str, pl.DataFrame],
) -> nw.LazyFrame[Any]:
    tables = {name: nw.from_native(_table(session, table)) for name, table in lookups.items()}
    return transform.judge(nw.from_native(_records(session, transform, sources)), **tables)


def _table(session: SparkSession, table: pl.DataFrame) -> DataFrame:
    return session.createDataFrame(table.to_arrow(compat_level=pl.CompatLevel.oldest()))


def _records(session: SparkSession, transform: Transform, sources: Mapping[str, str]) -> DataFrame:
    """One row per item of each page, in the order in which they arrived."""
    schema = ", ".join(f"`{name}` {_type(dtype)}" for name, dtype in transform.page.items())
    if not sources:
        origin = "Source string, Line long, Position long"
        item = _type(nw.Struct(dict(transform.item)))
        return session.createDataFrame([], f"{origin}, requested string, href string, item {item}")
    pages = _numbered(
        session.read.json(list(sources.values()), schema=schema, mode="FAILFAST", lineSep="\n")
    )
    names = [(_place(address), path) for path, address in sources.items()]
    named = pages.join(
        F.broadcast(session.createDataFrame(names, "file string, Source string")), "file", "left"
    )
    # As Polars has it: a list without items is no record, a page without a list is an absent one.
    items = F.col(transform.items)
    return (
        named.where(items.isNull() | (F.size(items) > 0))
        .select(
            F.coalesce("Source", "file").alias("Source"),
            "Line",
            "requested",
            "href",
            F.posexplode_outer(items).alias("Position", "item"),
        )
        .withColumn("Position", F.col("Position") + 1)
    )


def _numbered(pages: DataFrame) -> DataFrame:
    """Pages with the `file` and the `Line` at which each stands.

    A large file is read by several tasks. Within one, ids rise from line to line; over them, the
    place in the file at which each began says their order.
    """
    placed = pages.select(
        "*",
        _decoded(F.col("_metadata.file_path")).alias("file"),
        F.col("_metadata.file_block_start").alias("start"),
        F.monotonically_increasing_id().alias("id"),
    )
    order = Window.partitionBy("file").orderBy("start", "id")
    return placed.withColumn("Line", F.row_number().over(order))


def _decoded(uri: Column) -> Column:
    """A file's address as `_place` writes it; `url_decode` would take a plus for a blank."""
    whole = F.url_decode(F.replace(uri, F.lit("+"), F.lit("%2B")))
    return F.regexp_replace(whole, SCHEME, "")


def _place(address: str) -> str:
    """An address without its scheme, whose slashes Spark counts differently when it says it."""
    return re.sub(SCHEME, "", address)


def _type(dtype: object) -> str:
    """A type of a landing page as Spark's DDL has it."""
    if isinstance(dtype, nw.Struct):
        fields = (f"`{field.name}`: {_type(field.dtype)}" for field in dtype.fields)
        return f"struct<{', '.join(fields)}>"
    if isinstance(dtype, nw.List):
        return f"array<{_type(dtype.inner)}>"
    return "string"
