"""The schema: the names that others rely on."""

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.schema import CreateTable

from music_assets.tables import metadata

CONTRACT = {
    "artists": (["ArtistID"], ["Name", "Followers"]),
    "genres": (["GenreID"], ["Name"]),
    "artist_genres": (["ArtistID", "GenreID"], []),
    "albums": (
        ["AlbumID"],
        ["AlbumName", "AlbumType", "ReleaseDate", "ReleaseDatePrecision", "TotalTracks"],
    ),
    "artist_albums": (["ArtistID", "AlbumID"], []),
    "tracks": (["SongID"], ["TrackNumber", "Title", "DurationInSeconds", "AlbumID"]),
    "weekly_streams": (["WeekID", "SongID"], ["WeekStartDate", "WeekEndDate", "WeeklyStreams"]),
    "weekly_downloads": (
        ["WeekID", "SongID"],
        ["WeekStartDate", "WeekEndDate", "TotalWeeklyDownloads"],
    ),
}


def test_there_are_the_eight_tables_and_no_other() -> None:
    assert set(metadata.tables) == set(CONTRACT)


@pytest.mark.parametrize("name", CONTRACT)
def test_keys_and_columns_are_named_as_the_design_names_them(name: str) -> None:
    key, others = CONTRACT[name]
    table = metadata.tables[name]
    assert [column.name for column in table.primary_key] == key
    assert [column.name for column in table.columns] == key + others


@pytest.mark.parametrize("name", CONTRACT)
def test_every_id_but_a_tables_own_refers_to_its_table(name: str) -> None:
    table = metadata.tables[name]
    owners = {"ArtistID": "artists", "GenreID": "genres", "AlbumID": "albums", "SongID": "tracks"}
    for column in table.columns:
        if column.name in owners and owners[column.name] != name:
            [reference] = column.foreign_keys
            assert reference.column.table.name == owners[column.name]


def test_on_sql_server_ids_and_names_tell_upper_from_lower_case() -> None:
    for table in metadata.sorted_tables:
        ddl = str(CreateTable(table).compile(dialect=make_url("mssql+pyodbc://").get_dialect()()))
        for column in table.columns:
            if isinstance(column.type, sa.String) and not column.name.endswith(
                ("Type", "Precision")
            ):
                line = next(line for line in ddl.splitlines() if f" {column.name} " in f" {line} "
                            or f"[{column.name}]" in line)  # fmt: skip
                assert "COLLATE Latin1_General_100_BIN2" in line
        assert "IDENTITY" not in ddl
        assert "max" not in ddl
