"""dlt into DuckDB: as its documentation shows a merge, and tuned with Arrow tables.

python -m benchmarks.peers.with_dlt default|arrow FOLDER DATABASE
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Otherwise dlt renames WeekID to week_id. It reads this when it is imported.
os.environ["SCHEMA__NAMING"] = "direct"

import dlt
import pyarrow as pa

from benchmarks.notes import note_beginning
from benchmarks.peers.week_files import FACTS, week_files

KEY = ("WeekID", "SongID")


def records(folder: Path, column: str, figure: str) -> Iterator[dict[str, Any]]:
    """One record for each song and week."""
    for week, monday, sunday, songs in week_files(folder):
        for song in songs:
            yield {
                "WeekID": week,
                "SongID": song["song_id"],
                "WeekStartDate": monday,
                "WeekEndDate": sunday,
                column: song["weekly_data"][figure],
            }


def tables(folder: Path, column: str, figure: str) -> Iterator[pa.Table]:
    """One Arrow table for each week."""
    for week, monday, sunday, songs in week_files(folder):
        columns = {
            "WeekID": pa.array([week] * len(songs), pa.int32()),
            "SongID": [song["song_id"] for song in songs],
            "WeekStartDate": pa.array([monday] * len(songs)).cast(pa.date32()),
            "WeekEndDate": pa.array([sunday] * len(songs)).cast(pa.date32()),
            column: [song["weekly_data"][figure] for song in songs],
        }
        yield pa.table(columns)


def main() -> None:
    """Merge the weeks of the files into both facts, in one load."""
    note_beginning()
    kind, folder, database = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    rows = {"default": records, "arrow": tables}[kind]
    pipeline = dlt.pipeline(
        "benchmark",
        pipelines_dir=str(database.parent / "pipelines"),
        destination=dlt.destinations.duckdb(str(database)),
        dataset_name="loaded",
    )
    pipeline.run(
        [
            dlt.resource(
                rows(folder, column, figure),
                name=table,
                write_disposition="merge",
                primary_key=KEY,
            )
            for table, (column, figure) in FACTS.items()
        ]
    )


if __name__ == "__main__":
    main()
