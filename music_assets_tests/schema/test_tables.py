"""The schema: the names that others rely on."""

import datetime as dt

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.schema import CreateTable

from music_assets.schema.tables import metadata

CONTRACT = {
    "artists": (
        ["ArtistID"],
        ["Name", "Followers", "MusicBrainzID", "Country", "ArtistType", "BeganYear", "MatchedBy"],
    ),
    "genres": (["GenreID"], ["Name"]),
    "artist_genres": (["ArtistID", "GenreID"], ["Source", "Votes"]),
    "albums": (
        ["AlbumID"],
        [
            *("AlbumName", "AlbumType", "ReleaseDate", "ReleaseDatePrecision", "TotalTracks"),
            *("UPC", "Label", "CoverURL", "Copyright", "FirstReleaseYear", "FirstSeen"),
        ],
    ),
    "artist_albums": (["ArtistID", "AlbumID"], []),
    "tracks": (
        ["SongID"],
        [
            *("TrackNumber", "Title", "DurationInSeconds", "AlbumID"),
            *("DiscNumber", "ISRC", "FirstSeen"),
        ],
    ),
    "weekly_streams": (
        ["WeekID", "SongID"],
        ["WeekStartDate", "WeekEndDate", "WeeklyStreams", "Source"],
    ),
    "weekly_downloads": (
        ["WeekID", "SongID"],
        ["WeekStartDate", "WeekEndDate", "TotalWeeklyDownloads", "Source"],
    ),
    "weekly_album_totals": (
        ["WeekID", "AlbumID"],
        ["WeekStartDate", "Tracks", "Streams", "Downloads", "StreamFigures", "Figures"],
    ),
    "listened_songs": (["SongID"], ["Title", "ArtistName", "AlbumName"]),
    "plays": (
        ["EndedAt", "SongID"],
        [
            *("SecondsPlayed", "Skipped", "Source", "LocalDate", "LocalHour", "WeekID"),
            *("WeekStartDate", "MonthStartDate", "YearStartDate", "DayNumber"),
        ],
    ),
    "chart_entries": (
        ["Region", "Period", "ChartDate", "SongID"],
        [
            *("Rank", "PreviousRank", "PeakRank", "TimesOnChart", "Streams"),
            *("Title", "ArtistNames", "Label", "WeekID"),
        ],
    ),
    "monthly_sales": (
        ["ReportDate", "Month", "Store", "Country", "Item", "Kind"],
        ["Title", "ArtistName", "Quantity"],
    ),
}
#: Songs that nobody follows are in these tables too, so they refer to no track.
OF_ANY_SONG = {"listened_songs", "plays", "chart_entries"}


def test_the_tables_that_others_rely_on_are_there() -> None:
    assert set(CONTRACT) <= set(metadata.tables)


@pytest.mark.parametrize("name", CONTRACT)
def test_keys_and_columns_are_named_as_the_design_names_them(name: str) -> None:
    key, others = CONTRACT[name]
    table = metadata.tables[name]
    assert [column.name for column in table.primary_key] == key
    assert [column.name for column in table.columns] == key + others


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=str)
def test_every_table_and_column_is_described_and_each_null_has_a_meaning(table: sa.Table) -> None:
    assert (table.comment or "").startswith("One row is ")
    for column in table.columns:
        said = column.comment or ""
        assert said.endswith("."), column
        assert ("NULL: " in said) == column.nullable, column


@pytest.mark.parametrize("name", sorted(CONTRACT.keys() - OF_ANY_SONG))
def test_every_id_but_a_tables_own_refers_to_its_table(name: str) -> None:
    table = metadata.tables[name]
    owners = {"ArtistID": "artists", "GenreID": "genres", "AlbumID": "albums", "SongID": "tracks"}
    for column in table.columns:
        if column.name in owners and owners[column.name] != name:
            [reference] = column.foreign_keys
            assert reference.column.table.name == owners[column.name]


def test_what_was_heard_refers_to_the_songs_that_were_heard() -> None:
    [heard] = metadata.tables["plays"].foreign_keys
    assert str(heard.column) == "listened_songs.SongID"
    assert not metadata.tables["chart_entries"].foreign_keys


def test_on_sql_server_every_text_tells_upper_from_lower_case_and_days_are_dates() -> None:
    for table in metadata.sorted_tables:
        ddl = str(CreateTable(table).compile(dialect=make_url("mssql+pyodbc://").get_dialect()()))
        lines = {line.split("]")[0].strip(" \t["): line for line in ddl.splitlines()}
        for column in table.columns:
            if column.type.python_type is str:
                assert "COLLATE Latin1_General_100_BIN2" in lines[column.name]
            if "Date" in column.name and column.type.python_type is dt.date:
                assert " DATE " in lines[column.name]
        assert "IDENTITY" not in ddl
        assert "max" not in ddl


def test_on_sql_server_names_are_unicode_ids_are_not_and_durations_are_decimals() -> None:
    dialect = make_url("mssql+pyodbc://").get_dialect()()
    stored = {
        f"{table}.{column.name}": column.type.compile(dialect)
        for table in metadata.tables.values()
        for column in table.columns
    }
    collated = "COLLATE Latin1_General_100_BIN2"
    assert stored["artists.ArtistID"] == f"VARCHAR(64) {collated}"
    assert stored["albums.AlbumName"] == f"NVARCHAR(1000) {collated}"
    assert stored["albums.AlbumType"] == f"VARCHAR(32) {collated}"
    assert stored["albums.ReleaseDate"] == "DATE"
    assert stored["tracks.DurationInSeconds"] == "NUMERIC(12, 3)"
