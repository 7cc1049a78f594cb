"""Storage: what every implementation promises, and what only a folder has to deal with.

The first part is a contract suite: another implementation joins by joining `IMPLEMENTATIONS`.
"""

import os
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from typing_extensions import override

from music_assets.resources.storage import (
    Blob,
    ChangedWhileRead,
    FolderStorage,
    StorageError,
    StorageResource,
)

BLOB = "landing/albums/part-1.ndjson"

IMPLEMENTATIONS: dict[str, Callable[[Path], StorageResource]] = {
    "folder": lambda tmp_path: FolderStorage(root=str(tmp_path / "storage")),
}


@pytest.fixture(params=IMPLEMENTATIONS)
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> StorageResource:
    return IMPLEMENTATIONS[request.param](tmp_path)


def paths(storage: StorageResource, prefix: str) -> list[str]:
    return [blob.path for blob in storage.list(prefix)]


def fail_half_way(storage: StorageResource) -> None:
    with storage.replacing(BLOB) as draft:
        draft.path.write_bytes(b"half of the new")
        raise InterruptedError


def test_what_was_written_is_read_back_with_the_version_it_is_of(storage: StorageResource) -> None:
    content = bytes(range(256)) * 40
    storage.write(BLOB, content)
    blob, read = storage.read(BLOB)
    assert read == content
    assert blob == storage.find(BLOB)
    assert (blob.path, blob.size) == (BLOB, len(content))


def test_there_is_no_blob_before_it_is_written(storage: StorageResource) -> None:
    assert storage.find(BLOB) is None
    assert paths(storage, "landing/") == []
    with pytest.raises(StorageError, match=rf"{BLOB} does not exist in .*\.$"):
        storage.read(BLOB)


def test_an_empty_blob_is_a_blob(storage: StorageResource) -> None:
    storage.write(BLOB, b"")
    blob, content = storage.read(BLOB)
    assert (blob.size, content) == (0, b"")


def test_each_write_changes_the_etag_even_when_it_writes_the_same(storage: StorageResource) -> None:
    etags = []
    for _ in range(20):
        storage.write(BLOB, b"the same")
        etags.append(storage.read(BLOB)[0].etag)
    assert all(before != after for before, after in pairwise(etags))


def test_a_blob_that_nobody_wrote_keeps_its_etag(storage: StorageResource) -> None:
    storage.write(BLOB, b"kept")
    before = storage.find(BLOB)
    storage.write("landing/albums/part-2.ndjson", b"another")
    assert storage.find(BLOB) == before


def test_a_write_that_fails_leaves_the_old_blob(storage: StorageResource) -> None:
    storage.write(BLOB, b"old")
    before = storage.find(BLOB)
    with pytest.raises(InterruptedError):
        fail_half_way(storage)
    assert storage.read(BLOB) == (before, b"old")


def test_a_write_that_fails_makes_no_blob(storage: StorageResource) -> None:
    with pytest.raises(InterruptedError):
        fail_half_way(storage)
    assert storage.find(BLOB) is None
    assert paths(storage, "") == []


def test_a_draft_is_seen_by_nobody_until_it_is_finished(storage: StorageResource) -> None:
    storage.write(BLOB, b"old")
    with storage.replacing(BLOB) as draft:
        draft.path.write_bytes(b"new")
        assert paths(storage, "landing/") == [BLOB]
        assert storage.read(BLOB)[1] == b"old"
    assert paths(storage, "landing/") == [BLOB]
    assert storage.read(BLOB)[1] == b"new"


def test_two_drafts_of_one_blob_do_not_touch_each_other(storage: StorageResource) -> None:
    with storage.replacing(BLOB) as first:
        with storage.replacing(BLOB) as second:
            second.path.write_bytes(b"second")
            first.path.write_bytes(b"first")
        assert storage.read(BLOB)[1] == b"second"
    assert storage.read(BLOB)[1] == b"first"


def test_a_discarded_draft_removes_the_blob_that_stood_there(storage: StorageResource) -> None:
    storage.write(BLOB, b"old")
    with storage.replacing(BLOB) as draft:
        draft.path.write_bytes(b"not wanted")
        draft.discard()
    assert storage.find(BLOB) is None
    assert paths(storage, "") == []


def test_a_discarded_draft_of_no_blob_leaves_none(storage: StorageResource) -> None:
    with storage.replacing(BLOB) as draft:
        draft.discard()
    assert storage.find(BLOB) is None


def test_a_deleted_blob_is_gone_and_deleting_it_again_is_no_error(storage: StorageResource) -> None:
    storage.write(BLOB, b"old")
    storage.delete(BLOB)
    storage.delete(BLOB)
    assert storage.find(BLOB) is None


def test_a_list_is_sorted_by_path_as_text(storage: StorageResource) -> None:
    # A dash sorts before a slash: a sort by folder and then by name would swap these two.
    written = ["a/x/1", "a/x-1", "a/b/c/d", "a/part-00010", "a/part-00009", "a/Z", "a/é"]
    for path in written:
        storage.write(path, b"")
    assert paths(storage, "a/") == sorted(written)


def test_a_list_holds_the_versions_that_find_gives(storage: StorageResource) -> None:
    storage.write("a/1", b"one")
    storage.write("a/b/2", b"three")
    assert list(storage.list("a/")) == [storage.find("a/1"), storage.find("a/b/2")]


def test_a_list_holds_only_what_starts_with_the_prefix(storage: StorageResource) -> None:
    for path in ("landing/albums/1", "landing/albums-old/1", "landing/tracks/1", "albums/1"):
        storage.write(path, b"")
    assert paths(storage, "landing/albums/") == ["landing/albums/1"]
    assert paths(storage, "landing/nothing/") == []


def test_a_blob_can_be_scanned_and_looked_up_at_its_address(storage: StorageResource) -> None:
    storage.write(BLOB, b"content")
    assert Path(storage.scannable(BLOB)).read_bytes() == b"content"
    assert storage.where(BLOB).endswith(BLOB)


class WrittenWhileRead(FolderStorage):
    """A folder in which somebody else writes right after a reader has looked at a blob."""

    content: str
    in_place: bool

    @override
    def find(self, path: str) -> Blob | None:
        blob = super().find(path)
        file = Path(self.root) / path
        if self.in_place:
            file.write_text(self.content)
        else:
            FolderStorage(root=self.root).write(path, self.content.encode())
        return blob


@pytest.mark.parametrize("in_place", [False, True])
@pytest.mark.parametrize("content", ["longer than before", "sam"])
def test_a_read_of_what_is_written_meanwhile_is_refused(
    tmp_path: Path, content: str, in_place: bool
) -> None:
    FolderStorage(root=str(tmp_path)).write(BLOB, b"old")
    # Long ago, since a file system's clock may tick too slowly to tell two writes apart.
    os.utime(tmp_path / BLOB, (1_000, 1_000))
    storage = WrittenWhileRead(root=str(tmp_path), content=content, in_place=in_place)
    with pytest.raises(ChangedWhileRead, match=r"was written while it was being read\.$"):
        storage.read(BLOB)


def test_a_folder_in_a_blobs_place_is_an_error_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / BLOB).mkdir(parents=True)
    storage = FolderStorage(root=str(tmp_path))
    with pytest.raises(StorageError, match=rf"^{BLOB} cannot be read: Is a directory\.$"):
        storage.read(BLOB)


def test_a_file_in_a_folders_place_is_an_error_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "landing").write_bytes(b"")
    storage = FolderStorage(root=str(tmp_path))
    for look in (storage.find, storage.read):
        with pytest.raises(StorageError, match=rf"^{BLOB} cannot be read: Not a directory\.$"):
            look(BLOB)


def test_what_a_person_puts_into_the_folder_is_a_blob(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "list.json").write_bytes(b"{}")
    storage = FolderStorage(root=str(tmp_path))
    assert paths(storage, "inbox/") == ["inbox/list.json"]
    assert storage.read("inbox/list.json")[1] == b"{}"


def test_a_reader_goes_on_with_the_version_that_it_opened(tmp_path: Path) -> None:
    storage = FolderStorage(root=str(tmp_path))
    storage.write(BLOB, b"old")
    with (tmp_path / BLOB).open("rb") as reader:
        storage.write(BLOB, b"new and longer")
        assert reader.read() == b"old"


def test_versions_of_one_size_and_one_tick_of_the_clock_are_told_apart(tmp_path: Path) -> None:
    storage, etags = FolderStorage(root=str(tmp_path)), set()
    for content in (b"old", b"new"):
        storage.write(BLOB, content)
        os.utime(tmp_path / BLOB, (1_000, 1_000))
        etags.add(storage.read(BLOB)[0].etag)
    assert len(etags) == 2


def test_appending_to_a_file_changes_its_etag(tmp_path: Path) -> None:
    storage = FolderStorage(root=str(tmp_path))
    storage.write("list.json", b"{}\n")
    before = storage.read("list.json")[0]
    with (tmp_path / "list.json").open("ab") as file:
        file.write(b"{}\n")
    assert storage.read("list.json")[0].etag != before.etag
