"""An engine that the package does not know runs its transforms unchanged."""

import pytest

from music_assets.landing.pages import to_line
from music_assets.storage.blobs import StorageResource
from music_assets.transforms.catalogue import tracks
from music_assets_tests.engines.duckdb_engine import DuckDBEngine
from music_assets_tests.parity import assert_parity, pages_of, spread


@pytest.mark.parametrize("files", [1, 3])
def test_duckdb_runs_the_tracks_transform_and_gives_what_polars_gives(
    storage: StorageResource, files: int
) -> None:
    sources = []
    for number, pages in enumerate(spread(pages_of(tracks, 60), files)):
        sources.append(f"landing/tracks/{number}.ndjson")
        storage.write(sources[-1], b"".join(to_line(page) for page in pages))
    given = assert_parity(DuckDBEngine(), tracks, storage, sources)
    assert given.rows.height
    assert given.rejected
