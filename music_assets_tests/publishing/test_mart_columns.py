"""Tests of the columns that are kept from run to run."""

from pathlib import Path

import pytest

from music_assets.publishing import mart_columns
from music_assets.publishing.mart_columns import kept_columns
from music_assets.schema.mart_sql import Column, Mart, Marts, columns, read_marts, sql_folder
from music_assets.storage.fingerprints import forget_all
from music_assets.storage.folder import FolderStorage

MARTS = read_marts(sql_folder() / "marts")


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the marts whose SQL is read."""
    names = list[str]()

    def reading(mart: Mart, marts: Marts) -> list[Column]:
        names.append(mart.name)
        return columns(mart, marts)

    monkeypatch.setattr(mart_columns, "columns", reading)
    return names


@pytest.mark.parametrize("mart", MARTS.values(), ids=MARTS.keys())
def test_columns_are_read_off_the_sql_once(mart: Mart, tmp_path: Path, read: list[str]) -> None:
    storage = FolderStorage(root=str(tmp_path))
    first = kept_columns(mart, MARTS, storage)
    assert first == kept_columns(mart, MARTS, storage) == columns(mart, MARTS)
    assert read == [mart.name]


def test_another_sql_is_read_anew_also_that_of_a_mart_behind(
    tmp_path: Path, read: list[str]
) -> None:
    storage = FolderStorage(root=str(tmp_path))
    behind = Mart("behind", "-- One row.\nSELECT GenreID FROM genres")
    above = Mart("above", "-- One row.\nSELECT * FROM behind")
    assert len(kept_columns(above, {"behind": behind}, storage)) == 1
    wider = Mart("behind", "-- One row.\nSELECT GenreID, Name FROM genres")
    assert len(kept_columns(above, {"behind": wider}, storage)) == 2
    assert read == ["above", "above"]


def test_a_refresh_reads_all_anew(tmp_path: Path, read: list[str]) -> None:
    storage = FolderStorage(root=str(tmp_path))
    for _ in range(2):
        kept_columns(MARTS["top_tracks"], MARTS, storage)
        forget_all(storage)
    assert read == ["top_tracks", "top_tracks"]
