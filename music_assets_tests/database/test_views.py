"""The extracts in every database: the same rows and types, whatever the server."""

from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

from music_assets.defs.assets.marts import marts, table_extracts
from music_assets.schema.mart_sql import read_marts, sql_folder
from music_assets.storage.folder import FolderStorage
from music_assets_tests.defs.assets.test_marts import publish, published, small_data

EVERYTHING = [*marts, table_extracts]


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> FolderStorage:
    """The extracts of the embedded database, whose figures other tests check."""
    return publish(tmp_path_factory.mktemp("embedded"), small_data(), EVERYTHING)


def test_every_database_publishes_the_same_marts_and_tables(
    url: str, tmp_path: Path, embedded: FolderStorage
) -> None:
    found = publish(tmp_path / "extracts", small_data(), EVERYTHING, url)
    for name in (*read_marts(sql_folder() / "marts"), *small_data()):
        assert_frame_equal(published(found, name), published(embedded, name))
        assert published(found, name).height > 0
