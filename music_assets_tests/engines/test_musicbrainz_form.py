"""The pages of MusicBrainz: every engine reads what lands, with the form's schema."""

from collections.abc import Sequence
from pathlib import Path

import narwhals as nw
import polars as pl
import pytest

from music_assets.engines.engine import Engine, Work
from music_assets.engines.polars import PolarsEngine
from music_assets.landing.ingests import newest_ingest
from music_assets.landing.musicbrainz_ingest import land_artists
from music_assets.musicbrainz.web_service import MusicBrainzResource
from music_assets.sandbox.encyclopedia import GENRES_OF_MANY
from music_assets.sandbox.world import World
from music_assets.schema import tables
from music_assets.storage.folder import FolderStorage
from music_assets.transforms.musicbrainz_form import MUSICBRAINZ_ARTISTS
from music_assets.transforms.rows import Transform, field


def _judge(records: nw.LazyFrame) -> nw.LazyFrame:
    """The artists that were found: their names, and the numbers of their genres."""
    return records.filter(~nw.col("item").is_null()).with_columns(
        ArtistID=nw.col("requested"),
        Name=nw.concat_str(
            field("name"), field("life-span", "begin"), field("country"), separator="|",
            ignore_nulls=True,
        ),
        Followers=field("genres").list.len().cast(nw.Int64()),
        Reason=nw.lit(None, dtype=nw.String()),
        Usable=nw.lit(value=True),
    )  # fmt: skip


NUMBERS_OF_GENRES = Transform.into(
    tables.artists, MUSICBRAINZ_ARTISTS.items, MUSICBRAINZ_ARTISTS.item, _judge
)


def rows(engine: Engine, storage: FolderStorage, sources: Sequence[str]) -> pl.DataFrame:
    work = Work(NUMBERS_OF_GENRES, sources, rows="processed/x/r.parquet", quarantine="quarantine/x")
    outcome = engine.run(work, storage)
    parts = [Path(storage.where(part)) for part in storage.parts(outcome.path)]
    return pl.read_parquet(parts).select("ArtistID", "Name", "Followers").sort("ArtistID")


@pytest.fixture
def sources(storage: FolderStorage) -> Sequence[str]:
    names = {each["id"]: each["name"] for each in World.fictional().followed}
    stand_in = MusicBrainzResource(bundled_sandbox=True)
    land_artists(storage, stand_in, names, run_id="0123456789", tell=lambda _: None)
    return newest_ingest(storage, "musicbrainz").parts


def test_polars_reads_what_landed(storage: FolderStorage, sources: Sequence[str]) -> None:
    found = rows(PolarsEngine(), storage, sources)
    assert found.height == 35
    assert found["Followers"].max() == GENRES_OF_MANY


def test_spark_reads_the_same(
    storage: FolderStorage, sources: Sequence[str], spark: Engine
) -> None:
    expected = rows(PolarsEngine(), storage, sources)
    storage.clear("processed/")
    assert rows(spark, storage, sources).equals(expected)
