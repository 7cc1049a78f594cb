"""A transform on Spark: pages in, Parquet and NDJSON out, in any session.

This is all that a job on a cluster needs, where there is Spark and no Dagster integration.
"""

import re
from collections.abc import Mapping
from contextlib import suppress

import narwhals as nw
from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F  # noqa: N812 (as everybody who writes Spark calls it)

from music_assets.transforms.rows import Transform, accepted, rejected

SCHEME = r"^[a-z]+:/+"
OF_DATES = ("spark.sql.parquet.datetimeRebaseModeInWrite", "spark.sql.legacy.timeParserPolicy")
UNKNOWN = "Spark read a file by another address than it was given: "


def apply(
    session: SparkSession,
    transform: Transform,
    sources: Mapping[str, str],
    *,
    rows: str,
    quarantine: str,
    lookups: Mapping[str, DataFrame],
) -> tuple[int, int]:
    """Read pages, write the accepted and the rejected rows; returns how many of each.

    The pages are read once, whatever is rejected: the verdicts lie in a folder beside the rows
    until whoever called deletes it. Nothing but the two counts comes back to the driver.

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
    _keep_dates_as_they_are(session)
    tables = {name: nw.from_native(table) for name, table in lookups.items()}
    records = nw.from_native(_records(session, transform, sources))
    judged = nw.to_native(transform.judge(records, **tables))
    kept = _written(session, judged, judged_beside(rows))
    bad = nw.to_native(rejected(transform, nw.from_native(kept)))
    refused = bad.count()
    if refused:
        bad.write.mode("overwrite").json(quarantine, ignoreNullFields=False)
    good = nw.to_native(accepted(transform, nw.from_native(kept)))
    return _written(session, good, rows).count(), refused


def judged_beside(rows: str) -> str:
    """The folder of Parquet files in which `apply` keeps its verdicts, given that of its rows."""
    return f"{rows.removesuffix('.parquet')}-judged.parquet"


def _written(session: SparkSession, frame: DataFrame, folder: str) -> DataFrame:
    """A frame that is read from where it was written; Parquet says its number of rows by itself."""
    frame.write.mode("overwrite").parquet(folder)
    return session.read.schema(frame.schema).parquet(_literally(folder))


def _keep_dates_as_they_are(session: SparkSession) -> None:
    """Read and write dates before 1582 as they are, and not as a Julian calendar has them."""
    for setting in OF_DATES:
        # Serverless compute takes no such setting, and needs none.
        with suppress(PySparkException):
            session.conf.set(setting, "CORRECTED")


def _records(session: SparkSession, transform: Transform, sources: Mapping[str, str]) -> DataFrame:
    """One row per item of each page, in the order in which they arrived."""
    schema = ", ".join(f"`{name}` {_type(dtype)}" for name, dtype in transform.page.items())
    if not sources:
        origin = "Source string, Line long, Position long"
        item = _type(nw.Struct(dict(transform.item)))
        return session.createDataFrame([], f"{origin}, requested string, href string, item {item}")
    files = [_literally(address) for address in sources.values()]
    pages = _numbered(session.read.json(files, schema=schema, mode="FAILFAST", lineSep="\n"))
    names = [(_place(address), path) for path, address in sources.items()]
    named = pages.join(
        F.broadcast(session.createDataFrame(names, "file string, Source string")), "file", "left"
    )
    # As Polars has it: a list without items is no record, a page without a list is an absent one.
    items = F.col(transform.items)
    return (
        named.where(items.isNull() | (F.size(items) > 0))
        .select(
            # A record that did not know where it comes from would stand in another order.
            F.coalesce("Source", F.raise_error(F.concat(F.lit(UNKNOWN), "file"))).alias("Source"),
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


def _literally(address: str) -> str:
    """An address in which Hadoop takes no character for a pattern."""
    return re.sub(r"([\[\]{}*?\\])", r"\\\1", address)


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
