"""The engine: landing files in; typed, sorted Parquet and quarantine out; no record lost."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from music_assets.engines.engine import EngineError, Outcome, Work
from music_assets.engines.polars import PolarsEngine
from music_assets.landing.pages import to_line
from music_assets.storage.blobs import StorageResource
from music_assets.storage.folder import FolderStorage
from music_assets.transforms import catalogue
from music_assets.transforms.album_details import album_details
from music_assets.transforms.rows import Transform

ROWS, QUARANTINE = "processed/entity/rows.parquet", "quarantine/entity/run.ndjson"


def land(storage: StorageResource, *files: Iterable[dict[str, Any]]) -> list[str]:
    """Landing files of the given pages; their paths."""
    paths = [f"landing/kind/part-{number:05}.ndjson" for number in range(1, len(files) + 1)]
    for path, pages in zip(paths, files, strict=True):
        storage.write(path, b"".join(to_line(page) for page in pages))
    return paths


def run(transform: Transform, storage: StorageResource, sources: list[str]) -> Outcome:
    return PolarsEngine().run(Work(transform, sources, ROWS, QUARANTINE), storage)


def rows(storage: StorageResource) -> pl.DataFrame:
    return pl.read_parquet(storage.where(ROWS))


def quarantined(storage: StorageResource) -> list[dict[str, Any]]:
    if storage.find(QUARANTINE) is None:
        return []
    return [json.loads(line) for line in storage.read(QUARANTINE)[1].splitlines()]


def artist(identity: object, name: str | None = None) -> dict[str, Any]:
    return {"id": identity, "name": name}


def test_rows_are_typed_and_sorted_by_key(storage: StorageResource) -> None:
    album = {"name": "n", "album_type": "album", "release_date": "2001-07", "total_tracks": 9}
    page = {"items": [{"id": each, **album} for each in ("b", "a0", "B", "a")]}
    outcome = run(catalogue.albums, storage, land(storage, [page]))
    assert outcome == Outcome(ROWS, accepted=4, rejected=0)
    assert rows(storage).schema == {
        "AlbumID": pl.String,
        "AlbumName": pl.String,
        "AlbumType": pl.String,
        "ReleaseDate": pl.Date,
        "ReleaseDatePrecision": pl.String,
        "TotalTracks": pl.Int64,
    }
    assert rows(storage)["AlbumID"].to_list() == ["B", "a", "a0", "b"]


def test_durations_are_doubles(storage: StorageResource) -> None:
    run(catalogue.tracks, storage, [])
    assert rows(storage).schema["DurationInSeconds"] == pl.Float64


@pytest.mark.parametrize("transform", [catalogue.artists, catalogue.albums, catalogue.tracks])
@pytest.mark.parametrize("pages", [None, [], [{"items": []}, {"items": []}]])
def test_empty_sources_give_an_empty_table(
    storage: StorageResource, transform: Transform, pages: list[dict[str, Any]] | None
) -> None:
    sources = [] if pages is None else land(storage, pages)
    assert run(transform, storage, sources) == Outcome(ROWS, 0, 0)
    assert rows(storage).columns == list(transform.columns)
    assert rows(storage).height == 0
    assert storage.find(QUARANTINE) is None


def test_the_first_of_several_wins_within_a_file_and_over_files(storage: StorageResource) -> None:
    sources = land(
        storage,
        [{"items": [artist("a", "a 1.1.1"), artist("b", None)]}],
        [{"items": [artist("b", "b 2.1.1"), artist("c", "c 2.1.2"), artist("c", "c 2.1.3")]}],
        [{"items": [artist("d", "d 3.1.1")]}, {"items": [artist("d", "d 3.2.1"), artist("a")]}],
    )
    for order in (sources, sources[::-1]):
        assert run(catalogue.artists, storage, order).accepted == 4
        assert rows(storage)["Name"].to_list() == ["a 1.1.1", None, "c 2.1.2", "d 3.1.1"]


def test_a_rejected_record_does_not_stand_in_the_way_of_a_sound_one(
    storage: StorageResource,
) -> None:
    page = {"items": [{"id": "a b", "name": "bad"}, artist("a", "sound")]}
    outcome = run(catalogue.artists, storage, land(storage, [page]))
    assert (outcome.accepted, outcome.rejected) == (1, 1)
    assert rows(storage)["Name"].to_list() == ["sound"]


def test_an_object_beside_the_items_gives_one_record_for_each_page_that_has_it(
    storage: StorageResource,
) -> None:
    def images(name: str, *heights: int) -> list[dict[str, Any] | None]:
        return [{"url": f"{name}/{height}", "height": height} for height in heights] + [None]

    album = {
        "external_ids": {"upc": "012345678905"},
        "images": images("a", 640, 300, 64),
        "copyrights": [{"text": "a recording", "type": "P"}, {"text": "a work", "type": "C"}],
        "label": "A Label",
        "artists": [{}],
    }
    sources = land(
        storage,
        [
            {"requested": "a", "items": [{"id": "1"}, {"id": "2"}], "album": album},
            {"requested": "a", "items": [{"id": "3"}]},
            {"requested": "b", "items": [], "album": {"images": images("b", 64, 640)}},
            {"requested": "c", "items": [], "album": None},
            {"requested": "d", "items": [], "album": {"images": None}},
            {"requested": "#", "items": [], "album": {"images": images("#", 300)}},
        ],
    )
    assert run(album_details, storage, sources) == Outcome(ROWS, accepted=3, rejected=1)
    assert rows(storage).rows() == [
        ("a", "012345678905", "A Label", "a/300", "a work"),
        ("b", None, None, "b/640", None),
        ("d", None, None, None, None),
    ]
    [reject] = quarantined(storage)
    assert (reject["Line"], reject["Position"]) == (6, 1)
    # Readers of the tracks pass over it.
    assert run(catalogue.tracks, storage, sources).accepted == 3


def test_pages_of_before_albums_came_along_give_no_record(storage: StorageResource) -> None:
    for sources in ([], land(storage, []), land(storage, [{"requested": "a", "items": []}] * 2)):
        assert run(album_details, storage, sources) == Outcome(ROWS, 0, 0)


def test_quarantine_says_why_and_where_from(storage: StorageResource) -> None:
    sources = land(
        storage,
        [{"items": [artist("a")]}, {"items": [artist("b"), artist(None, "no\nid"), artist("c")]}],
    )
    assert run(catalogue.artists, storage, sources).rejected == 1
    assert quarantined(storage) == [
        {
            "Reason": "id is absent, not the id of an artist",
            "Usable": False,
            "requested": None,
            "Source": "landing/kind/part-00001.ndjson",
            "Line": 2,
            "Position": 2,
            "ArtistID": None,
            "Name": "no\nid",
            "Followers": None,
        }
    ]


def test_there_is_no_quarantine_file_where_nothing_is_rejected(storage: StorageResource) -> None:
    bad, good = {"items": [artist(None)]}, {"items": [artist("a")]}
    run(catalogue.artists, storage, land(storage, [bad]))
    assert storage.find(QUARANTINE)
    assert run(catalogue.artists, storage, land(storage, [good])) == Outcome(ROWS, 1, 0)
    assert storage.find(QUARANTINE) is None


def test_a_run_that_fails_leaves_the_rows_of_the_one_before(storage: StorageResource) -> None:
    sources = land(storage, [{"items": [artist("a")]}])
    run(catalogue.artists, storage, sources)
    storage.write(sources[0], b'{"items": 7}\n')
    with pytest.raises(EngineError, match="cannot make the rows of artists from their pages"):
        run(catalogue.artists, storage, sources)
    assert rows(storage)["ArtistID"].to_list() == ["a"]
    assert [blob.path for blob in storage.list("processed/")] == [ROWS]


records = st.builds(
    artist,
    st.none() | st.sampled_from(["a", "b", "c", "A", "not base 62", ""]),
    st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=3),
)
files = st.lists(st.lists(st.lists(st.none() | records, max_size=4), max_size=3), max_size=3)


@given(files)
def test_no_record_is_lost(tmp_path_factory: pytest.TempPathFactory, content: list[Any]) -> None:
    storage = FolderStorage(root=str(lasting(tmp_path_factory)))
    sources = land(storage, *([{"items": items} for items in pages] for pages in content))
    outcome = run(catalogue.artists, storage, sources)
    sent = [item for pages in content for items in pages for item in items]
    sound = [item for item in sent if item and item["id"] in {"a", "b", "c", "A"}]
    first = {item["id"]: item["name"] for item in reversed(sound)}
    assert dict(rows(storage).select("ArtistID", "Name").iter_rows()) == first
    assert (outcome.accepted, outcome.rejected) == (len(first), len(sent) - len(sound))
    assert len(quarantined(storage)) == outcome.rejected


def lasting(factory: pytest.TempPathFactory) -> Path:
    """One folder for all examples; each overwrites what the one before left."""
    folder = factory.getbasetemp() / "engine"
    folder.mkdir(exist_ok=True)
    return folder
