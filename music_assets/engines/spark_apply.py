"""One transform in a Spark session: pages in, Parquet and NDJSON out.

Jobs on a cluster import this, where there is Spark but no Dagster.
"""

import re
from collections.abc import Mapping
from contextlib import suppress

import narwhals as nw
from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F  # noqa: N812 (as everybody who writes Spark calls it)

from music_assets.transforms.choosing import accepted, rejected
from music_assets.transforms.rows import Transform

SCHEME = r"^[a-z]+:/+"
#: Settings that could move dates before 1582 by days, to or from the Julian calendar.
DATE_SETTINGS = ("spark.sql.parquet.datetimeRebaseModeInWrite", "spark.sql.legacy.timeParserPolicy")
UNKNOWN_FILE = "Spark read a file by another address than it was given: "


def apply(
    session: SparkSession,
    transform: Transform,
    sources: Mapping[str, str],
    *,
    rows: str,
    quarantine: str,
    lookups: Mapping[str, DataFrame],
) -> tuple[int, int]:
    """Read pages, write accepted rows and rejects; returns the number of each.

    The judged records are first written to a folder beside the rows, so that the pages are read
    only once. The caller deletes that folder. Only the two counts come back to the driver.

    Args:
        session: the Spark session to run in.
        transform: the transform to apply.
        sources: landing files: the path that goes into `Source` -> the address for Spark to read.
        rows: address of the folder of Parquet files to write, sorted by key from file to file.
        quarantine: address of the folder of NDJSON files to write, if there are rejects.
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
    """The folder in which `apply` keeps the judged records, given the folder of its rows."""
    return f"{rows.removesuffix('.parquet')}-judged.parquet"


def _written(session: SparkSession, frame: DataFrame, folder: str) -> DataFrame:
    """Write a frame and return it as read back: Parquet knows its number of rows."""
    frame.write.mode("overwrite").parquet(folder)
    return session.read.schema(frame.schema).parquet(_literally(folder))


def _keep_dates_as_they_are(session: SparkSession) -> None:
    """Keep dates before 1582 from being converted between calendars."""
    for setting in DATE_SETTINGS:
        # Serverless compute does not take these settings, and does not convert dates.
        with suppress(PySparkException):
            session.conf.set(setting, "CORRECTED")


def _records(session: SparkSession, transform: Transform, sources: Mapping[str, str]) -> DataFrame:
    """One row per item of each page, in the order of arrival."""
    schema = ", ".join(f"`{name}` {_type(dtype)}" for name, dtype in transform.page.items())
    if not sources:
        texts = "".join(f"`{name}` string, " for name in ("requested", "href", *transform.told))
        item = _type(nw.Struct(dict(transform.item)))
        origin = "Source string, Line long, Position long"
        return session.createDataFrame([], f"{origin}, {texts}item {item}")
    files = [_literally(address) for address in sources.values()]
    pages = _numbered(session.read.json(files, schema=schema, mode="FAILFAST", lineSep="\n"))
    names = [(_place(address), path) for path, address in sources.items()]
    named = pages.join(
        F.broadcast(session.createDataFrame(names, "file string, Source string")), "file", "left"
    )
    items = F.col(transform.items)
    if transform.single:
        named, items = named.where(items.isNotNull()), F.array(items)
    # As in Polars: an empty list gives no record, and a missing list gives one without an item.
    return (
        named.where(items.isNull() | (F.size(items) > 0))
        .select(
            # Without its source a record would sort differently, and another one might win.
            F.coalesce("Source", F.raise_error(F.concat(F.lit(UNKNOWN_FILE), "file"))).alias(
                "Source"
            ),
            "Line",
            "requested",
            "href",
            *transform.told,
            F.posexplode_outer(items).alias("Position", "item"),
        )
        .withColumn("Position", F.col("Position") + 1)
    )


def _numbered(pages: DataFrame) -> DataFrame:
    """Pages with their `file` and `Line`.

    Several tasks read a large file. Within a task, ids rise from line to line; between tasks, the
    offset at which each began gives the order.
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
    """A file's address in the form of `_place`; a bare `url_decode` turns a plus into a blank."""
    whole = F.url_decode(F.replace(uri, F.lit("+"), F.lit("%2B")))
    return F.regexp_replace(whole, SCHEME, "")


def _literally(address: str) -> str:
    """An address with the characters escaped that Hadoop would take for a pattern."""
    return re.sub(r"([\[\]{}*?\\])", r"\\\1", address)


def _place(address: str) -> str:
    """An address without its scheme: Spark reports it with another number of slashes."""
    return re.sub(SCHEME, "", address)


def _type(dtype: object) -> str:
    """A type of a landing page, in the words of Spark's DDL."""
    if isinstance(dtype, nw.Struct):
        fields = (f"`{field.name}`: {_type(field.dtype)}" for field in dtype.fields)
        return f"struct<{', '.join(fields)}>"
    if isinstance(dtype, nw.List):
        return f"array<{_type(dtype.inner)}>"
    return "string"
