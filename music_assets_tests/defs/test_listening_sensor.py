"""A listening history that arrives asks for one run, and one that is loaded for none."""

import json
from pathlib import Path

import dagster as dg
import pytest

from music_assets.definitions import defs
from music_assets.defs.listening_sensor import listening_sensor
from music_assets.storage.blobs import StorageResource
from music_assets.storage.folder import FolderStorage
from music_assets_tests.landed_plays import land, load, put
from music_assets_tests.outside.histories import extended, streamed, text


@pytest.fixture
def folder_storage(tmp_path: Path) -> StorageResource:
    return FolderStorage(root=str(tmp_path))


@pytest.fixture(params=["folder_storage", "blob_storage"])
def storage(request: pytest.FixtureRequest) -> StorageResource:
    implementation: StorageResource = request.getfixturevalue(request.param)
    return implementation


def tick(
    storage: StorageResource, cursor: str | None = None
) -> tuple[list[dg.RunRequest], str | None, str]:
    """The requests, the cursor after them, and what is said where there are none."""
    with dg.build_sensor_context(cursor=cursor, resources={"storage": storage}) as context:
        found = listening_sensor(context)
    if isinstance(found, dg.SkipReason):
        return [], cursor, str(found.skip_message)
    assert isinstance(found, dg.SensorResult)
    requests = [each for each in found.run_requests or [] if isinstance(each, dg.RunRequest)]
    return requests, found.cursor, ""


def test_all_that_has_arrived_asks_for_one_run(storage: StorageResource) -> None:
    assert tick(storage)[0] == []
    put(storage, extended([streamed()]))
    put(storage, text([streamed(1)]), "a.json")
    [request], cursor, _ = tick(storage)
    assert (request.partition_key, dict(request.tags)) == (None, {})
    none, _, said = tick(storage, cursor)
    assert none == []
    assert said == "No file in listening/ is new or has changed."


def test_a_changed_file_asks_again(storage: StorageResource) -> None:
    put(storage, text([streamed()]), "a.json")
    [request], cursor, _ = tick(storage)
    put(storage, text([streamed(1)]), "a.json")
    [again], cursor, _ = tick(storage, cursor)
    assert again.run_key != request.run_key
    assert tick(storage, cursor)[0] == []


def test_what_a_run_has_loaded_asks_for_none(storage: StorageResource) -> None:
    put(storage, text([streamed()]), "a.json")
    land(storage)
    assert len(tick(storage)[0]) == 1
    load(storage)
    assert tick(storage)[0] == []
    put(storage, text([streamed(1)]), "a.json")
    assert len(tick(storage)[0]) == 1


def test_a_file_that_cannot_be_taken_is_told_and_asks_once(storage: StorageResource) -> None:
    put(storage, b"notes", "notes.txt")
    put(storage, b"", "empty.zip")
    requests, cursor, _ = tick(storage)
    assert len(requests) == 1
    land(storage)
    none, _, said = tick(storage, cursor)
    assert none == []
    assert "listening/notes.txt holds no listening history that is known" in said
    assert "listening/empty.zip is empty" in said


def test_the_cursor_is_as_long_as_the_inbox(storage: StorageResource) -> None:
    cursor = None
    for number in range(5):
        put(storage, text([streamed(number)]), f"{number}.json")
        _, cursor, _ = tick(storage, cursor)
        storage.delete(f"listening/{number}.json")
    assert len(json.loads(cursor or "")) == 1


def test_the_job_covers_what_people_have_heard_and_all_that_is_made_of_it() -> None:
    job = defs().resolve_job_def("listening_job")
    selected = {key.to_user_string() for key in job.asset_layer.executable_asset_keys}
    assert "raw_plays" in selected
    assert selected.isdisjoint({"raw_artists", "raw_weekly", "tracks"})
    assert job.partitions_def is None
