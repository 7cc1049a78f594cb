"""The files in `listening/` land once each, whatever happens in between."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import PrivateAttr

from music_assets.landing import play_pages
from music_assets.loading.landed_plays import landed_plays
from music_assets.loading.play_landings import listening_is_loaded, listening_problems
from music_assets.storage.blobs import Blob, Draft, StorageResource
from music_assets.storage.fingerprints import forget_all
from music_assets.storage.folder import FolderStorage
from music_assets.storage.paths import LISTENING_FILES
from music_assets_tests.landed_plays import land, landed, load, manifests, plays, put, quarantined
from music_assets_tests.outside.histories import (
    extended,
    lastfm,
    streamed,
    text,
    zipped,
)

MANY = [streamed(number * 300) for number in range(200)]


class Watched(FolderStorage):
    """A folder that counts what is asked of it."""

    _listed: list[str] = PrivateAttr(default_factory=list)
    _opened: list[str] = PrivateAttr(default_factory=list)
    _written: list[str] = PrivateAttr(default_factory=list)

    def list(self, prefix: str) -> Iterator[Blob]:
        self._listed.append(prefix)
        return super().list(prefix)

    @contextmanager
    def local_files(self, paths: Sequence[str]) -> Iterator[Sequence[Path]]:
        self._opened.extend(paths)
        with super().local_files(paths) as files:
            yield files

    @contextmanager
    def replacing(self, path: str, **how: Any) -> Iterator[Draft]:
        self._written.append(path)
        with super().replacing(path, **how) as draft:
            yield draft


class Killed(BaseException):
    """The end of a process."""


class Dying(FolderStorage):
    """A folder whose process is killed at one of its writes or deletions."""

    _left: int = PrivateAttr()

    @contextmanager
    def replacing(self, path: str, **how: Any) -> Iterator[Draft]:
        self._die()
        with super().replacing(path, **how) as draft:
            yield draft

    def delete(self, path: str) -> None:
        self._die()
        super().delete(path)

    def _die(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise Killed


def dying(storage: FolderStorage, writes: int) -> FolderStorage:
    found = Dying(root=storage.root)
    found._left = writes
    return found


def inbox(storage: FolderStorage) -> list[Blob]:
    return list(storage.list(LISTENING_FILES))


def contents(storage: StorageResource) -> dict[str, Any]:
    """All that has landed, without the versions of the files in the inbox."""
    found: dict[str, Any] = dict(landed(storage))
    for path in [path for path in found if path.endswith("_SUCCESS")]:
        found[path] = json.loads(found[path]) | {"etag": ""}
    return found


def test_an_empty_inbox_lands_nothing(storage: FolderStorage) -> None:
    done = land(storage)
    assert (done.told, done.problems, done.waiting, done.landed) == ({}, {}, {}, [])
    assert landed(storage) == {}


def test_an_unchanged_inbox_costs_one_listing(storage: FolderStorage) -> None:
    put(storage, extended(MANY))
    put(storage, b"notes", "notes.txt")
    first = land(storage)
    before = landed(storage)
    watched = Watched(root=storage.root)
    again = land(watched, "later")
    assert (again.told, again.problems, again.landed) == (first.told, first.problems, [])
    assert watched._listed == [LISTENING_FILES]
    assert watched._opened == watched._written == []
    assert landed(storage) == before


def test_the_same_content_under_two_names_is_one_landing(storage: FolderStorage) -> None:
    put(storage, text(MANY), "a.json")
    put(storage, text(MANY), "b.json")
    done = land(storage)
    assert (done.landed, done.total("plays")) == (["listening/a.json"], 200)
    assert len(manifests(storage)) == 1
    put(storage, text(MANY), "c.json")
    done = land(storage)
    assert (done.landed, done.total("plays")) == ([], 200)


def test_an_older_export_beside_a_newer_one_is_a_landing_of_its_own(
    storage: FolderStorage,
) -> None:
    put(storage, text(MANY), "new.json")
    land(storage)
    before = landed(storage)
    put(storage, text(MANY[:50]), "old.json")
    done = land(storage)
    assert done.landed == ["listening/old.json"]
    assert before.items() <= landed(storage).items()
    assert sorted(each["plays"] for each in manifests(storage)) == [50, 200]


def test_a_file_that_leaves_the_inbox_keeps_its_landing(storage: FolderStorage) -> None:
    put(storage, text(MANY), "a.json")
    land(storage)
    before = landed(storage)
    storage.delete("listening/a.json")
    assert land(storage).told == {}
    put(storage, lastfm([1]), "a.json")
    land(storage)
    assert before.items() <= landed(storage).items()


def test_the_same_file_lands_the_same_again(storage: FolderStorage) -> None:
    put(storage, extended(MANY))
    land(storage)
    before = landed(storage)
    forget_all(storage)
    assert land(storage).landed == ["listening/my.zip"]
    after = landed(storage)
    manifest = next(path for path in before if path.endswith("_SUCCESS"))
    assert after == before
    assert json.loads(after[manifest])["name"] == "my.zip"


def test_a_landing_that_somebody_removed_is_made_again(storage: FolderStorage) -> None:
    put(storage, text(MANY), "a.json")
    land(storage)
    before = landed(storage)
    storage.clear("landing/plays/")
    assert land(storage).landed == ["listening/a.json"]
    assert landed(storage) == before


def test_a_process_may_be_killed_at_any_write(
    storage: FolderStorage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(play_pages, "MOST_HELD", 60)
    undisturbed = FolderStorage(root=str(tmp_path / "undisturbed"))
    for each in (storage, undisturbed):
        put(each, extended(MANY, [streamed(7, ms_played="x")]))
        put(each, text(MANY[:9]), "other.json")
    land(undisturbed)
    for writes in range(200):
        try:
            land(dying(storage, writes))
        except Killed:
            continue
        break
    assert writes > 10
    assert contents(storage) == contents(undisturbed)
    assert quarantined(storage) == quarantined(undisturbed)


def test_what_a_killed_process_left_is_done_whole(storage: FolderStorage) -> None:
    put(storage, text(MANY), "a.json")
    land(storage)
    before = landed(storage)
    [month, *_] = landed_plays(storage).months.values()
    folder = month[0].path.rpartition("/")[0]
    storage.delete(f"{folder}/_SUCCESS")
    storage.write(f"{folder}/2024-03-009.ndjson", b'{"requested": "2024-03", "plays": []}\n')
    storage.write(month[0].path, b"{")
    land(storage)
    assert landed(storage) == before


def test_a_bad_file_holds_up_no_other_and_is_read_once(storage: FolderStorage) -> None:
    put(storage, text(MANY), "good.json")
    put(storage, extended(MANY)[:-50], "bad.zip")
    done = land(storage)
    assert len(plays(storage)) == 200
    assert list(done.problems) == ["listening/bad.zip"]
    watched = Watched(root=storage.root)
    assert land(watched).problems == done.problems == listening_problems(storage)
    assert watched._opened == []
    put(storage, extended(MANY), "bad.zip")
    assert land(storage).problems == listening_problems(storage) == {}
    put(storage, b"notes", "bad.zip")
    land(storage)
    storage.delete("listening/bad.zip")
    assert listening_problems(storage) == {}


def test_a_file_that_is_empty_or_being_written_waits(storage: FolderStorage) -> None:
    put(storage, b"", "a.zip")
    put(storage, extended(MANY), "b.zip.crdownload")
    done = land(storage)
    assert list(done.waiting) == ["listening/a.zip", "listening/b.zip.crdownload"]
    assert (done.told, done.problems) == ({}, {})


def test_hidden_files_are_no_part_of_the_inbox(storage: FolderStorage) -> None:
    put(storage, b"x", ".DS_Store")
    done = land(storage)
    assert (done.problems, done.waiting) == ({}, {})


class WrittenMeanwhile(FolderStorage):
    """A folder into which somebody writes while a file is being read."""

    def find(self, path: str) -> Blob | None:
        found = super().find(path)
        if path.startswith(LISTENING_FILES):
            with (Path(self.root) / path).open("ab") as file:
                file.write(b" ")
        return found


@pytest.mark.parametrize("content", [text(MANY), text(MANY)[:100], extended(MANY)[:-40]])
def test_a_file_that_is_written_while_it_is_read_waits(
    storage: FolderStorage, content: bytes
) -> None:
    put(storage, content, "a.json")
    done = land(WrittenMeanwhile(root=storage.root))
    assert done.problems == {}
    [waiting] = done.waiting.values()
    assert "was written while it was being read" in waiting
    assert landed(storage) == {}


def test_a_file_is_loaded_once_its_landing_is_in_the_tables(storage: FolderStorage) -> None:
    put(storage, text(MANY), "a.json")
    [blob] = inbox(storage)
    assert not listening_is_loaded(storage, blob)
    land(storage)
    assert not listening_is_loaded(storage, blob)
    load(storage)
    assert listening_is_loaded(storage, blob)
    put(storage, text(MANY[:3]), "a.json")
    [blob] = inbox(storage)
    assert not listening_is_loaded(storage, blob)


def test_rejects_say_in_which_file_of_a_zip_they_were(storage: FolderStorage) -> None:
    bad = streamed(1, ms_played="x")
    files = {"endsong_0.json": text([streamed(0), bad]), "endsong_1.json": text([bad, bad])}
    put(storage, zipped(files))
    done = land(storage)
    assert done.total("quarantined") == 3
    assert [blob.path for blob in storage.list("quarantine/")] == sorted(done.files)
    assert [(each["Source"], each["Line"]) for each in quarantined(storage)] == [
        ("listening/my.zip/endsong_0.json", 2),
        ("listening/my.zip/endsong_1.json", 1),
        ("listening/my.zip/endsong_1.json", 2),
    ]


def test_it_is_the_same_in_azure(blob_storage: StorageResource, storage: FolderStorage) -> None:
    for each in (blob_storage, storage):
        put(each, extended(MANY))
        put(each, extended(MANY)[:-50], "bad.zip")
        assert land(each).landed == ["listening/my.zip"]
        assert land(each).landed == []
    assert contents(blob_storage) == contents(storage)


MEASURED = """
import resource, sys
from music_assets.storage.folder import FolderStorage
from music_assets.loading.play_landings import land_listening
done = land_listening(FolderStorage(root=sys.argv[1]), "run")
print(done.total("plays"), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1_000)
"""


@pytest.mark.slow
def test_memory_does_not_grow_with_a_history(tmp_path: Path) -> None:
    """Twelve files of 40 MB take hardly more than one of 4 MB."""
    part = [streamed(number) for number in range(5_500)]
    small = text(part)
    large = b"[" + b",".join([small[1:-1]] * 10) + b"]"
    peaks = []
    for name, files in (("one", [small]), ("twelve", [large] * 12)):
        storage = FolderStorage(root=str(tmp_path / name))
        members = {f"endsong_{number}.json": each for number, each in enumerate(files)}
        put(storage, zipped(members))
        ran = subprocess.run(
            [sys.executable, "-c", MEASURED, storage.root],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        plays, peak = map(int, ran.stdout.split())
        assert plays == sum(each.count(b'"ts"') for each in files)
        peaks.append(peak)
    assert peaks[1] < peaks[0] + 100
