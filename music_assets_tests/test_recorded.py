"""Real responses of the Spotify Web API, where they lie beside the checkout."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner

from music_assets.cli.main import main
from music_assets.engines.engine import Work
from music_assets.engines.polars import PolarsEngine
from music_assets.sandbox.server import SandboxServer
from music_assets.sandbox.world import World
from music_assets.storage.folder import FolderStorage
from music_assets.transforms.catalogue import artist_albums, tracks
from music_assets_tests.house import EXTENDED, OPTIONAL, WEEKS, House, failed_checks

RECORDED = Path(__file__).parents[2] / "shared" / "recorded"

pytestmark = pytest.mark.skipif(
    not RECORDED.is_dir(), reason="no recorded responses lie beside the checkout"
)


def recorded(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((RECORDED / f"{name}.json").read_text("utf-8"))
    return content


@pytest.fixture
def world() -> World:
    """The recorded artists; the first of them has the recorded albums, one of these the tracks."""
    followed = recorded("followed_artists")["artists"]["items"]
    albums, tracks = recorded("artist_albums")["items"], recorded("album_tracks")["items"]
    albums = [album | {"total_tracks": 0} for album in albums]
    albums[0]["total_tracks"] = len(tracks)
    return World.recorded(followed, {followed[0]["id"]: albums}, {albums[0]["id"]: tracks})


@pytest.fixture
def house(tmp_path: Path, world: World) -> Iterator[House]:
    with SandboxServer(world, EXTENDED) as server:
        yield House(tmp_path, server)


def test_a_real_list_goes_through_the_command_and_the_graph(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUSIC_STORAGE_URL", str(house.folder / "storage"))
    # The genres are to be those of the recording alone.
    house.musicbrainz_options["contact"] = None
    file = str(RECORDED / "followed_artists.json")
    said = CliRunner().invoke(main, ["follow", "--from-file", file], catch_exceptions=False)
    # The recorded page is the first of two, so the list is shorter than the total that it names.
    assert said.output.startswith("The follow list names 48 of 83 artists, so it deletes none.\n")
    assert "\n48 followed artists are in " in said.output
    result = house.run()
    assert result.success
    followed = recorded("followed_artists")["artists"]["items"]
    genres = [genre for artist in followed for genre in artist["genres"]]
    counts = {name: len(rows) for name, rows in house.tables().items() if name not in OPTIONAL}
    assert counts == {
        "artists": 48,
        "genres": len(set(genres)),
        "artist_genres": len(genres),
        "albums": 48,
        "artist_albums": 48,
        "tracks": 18,
        "weekly_streams": 18 * len(WEEKS),
        "weekly_downloads": 18 * len(WEEKS),
        "weekly_album_totals": len(WEEKS),
    }
    assert house.quarantined() == {}
    # It warns of the list that is short, and that nobody asked MusicBrainz.
    assert failed_checks(result) == {
        "raw_artists:nothing_quarantined",
        "raw_musicbrainz:came_whole",
    }


def test_the_recorded_pages_know_whose_they_are_by_their_href(tmp_path: Path) -> None:
    storage = FolderStorage(root=str(tmp_path))
    for name, transform, column, rows in (
        ("artist_albums", artist_albums, "ArtistID", 48),
        ("album_tracks", tracks, "AlbumID", 18),
    ):
        page = recorded(name)
        storage.write("landing/page.ndjson", json.dumps(page).encode() + b"\n")
        work = Work(
            transform,
            ["landing/page.ndjson"],
            rows="processed/rows.parquet",
            quarantine="quarantine/rows.ndjson",
        )
        outcome = PolarsEngine().run(work, storage)
        assert (outcome.accepted, outcome.rejected) == (rows, 0)
        owners = pl.read_parquet(storage.where("processed/rows.parquet"))[column].unique()
        assert [owner in page["href"] for owner in owners] == [True]


def test_a_real_list_that_the_sandbox_does_not_know_still_gives_its_artists(
    tmp_path: Path,
) -> None:
    with SandboxServer(World.fictional(2, 4, 8)) as server:
        house = House(tmp_path, server)
        house.put_inbox((RECORDED / "followed_artists.json").read_bytes())
        result = house.run("*")
        assert result.success
        assert len(house.rows("artists")) == 48
        assert house.rows("albums") == []
        assert "artist_albums:listings_complete" in failed_checks(result)
