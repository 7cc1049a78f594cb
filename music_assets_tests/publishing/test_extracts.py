"""The types of values in an extract."""

import datetime as dt
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from music_assets.database.resource import DatabaseResource
from music_assets.publishing.extracts import of_mart, of_table, write_csv, write_parquet
from music_assets.schema import tables
from music_assets.schema.mart_sql import columns, read_marts, sql_folder
from music_assets.storage.folder import FolderStorage
from music_assets_tests.play_rows import at, plays

MARTS = read_marts(sql_folder() / "marts")
NOON = at("2026-11-16 12:00:05")
RELATIONS = {
    "plays": of_table(tables.plays),
    "counted_plays": of_mart(MARTS["counted_plays"], MARTS, columns(MARTS["counted_plays"], MARTS)),
}


@pytest.fixture
def heard(database: DatabaseResource) -> DatabaseResource:
    """One play of a source that tells nothing of its length, and one of each truth value."""
    for mart in MARTS.values():
        database.define_view(mart.name, mart.sql)
    rows = plays([(NOON, "s", None), (NOON, "t", 30.0), (NOON, "u", 215.507)])
    skipped = pl.Series("Skipped", [None, True, False])
    database.sync(tables.listened_songs, rows.select("SongID").lazy())
    database.sync(tables.plays, rows.with_columns(skipped).lazy())
    return database


@pytest.mark.parametrize("name", RELATIONS)
def test_moments_and_truth_values_are_written_as_such(
    name: str, heard: DatabaseResource, storage: FolderStorage
) -> None:
    relation = RELATIONS[name]
    heard.reading(lambda connection: write_parquet(relation, "x/y.parquet", storage, connection))
    found = pq.read_table(storage.where("x/y.parquet"))
    assert found.schema == relation.schema
    assert pa.types.is_timestamp(found.schema.field("EndedAt").type)
    assert found["EndedAt"].to_pylist() == [NOON] * 3
    assert found["Skipped"].to_pylist() == [None, True, False]
    assert found["SecondsPlayed"].to_pylist() == [None, 30.0, 215.507]
    assert found["MonthStartDate"].to_pylist() == [dt.date(2026, 11, 1)] * 3


def test_a_csv_has_them_as_text_and_nothing_for_what_is_not_known(
    heard: DatabaseResource, storage: FolderStorage
) -> None:
    heard.reading(lambda connection: write_csv(RELATIONS["plays"], "x/y.csv", storage, connection))
    head, *lines = Path(storage.where("x/y.csv")).read_text("utf-8-sig").splitlines()
    assert head.startswith("EndedAt,SongID,SecondsPlayed,Skipped,Source,LocalDate,")
    assert [line.split(",")[:6] for line in lines] == [
        ["2026-11-16 12:00:05", "s", "", "", "lastfm", "2026-11-16"],
        ["2026-11-16 12:00:05", "t", "30.0", "True", "spotify", "2026-11-16"],
        ["2026-11-16 12:00:05", "u", "215.507", "False", "spotify", "2026-11-16"],
    ]
