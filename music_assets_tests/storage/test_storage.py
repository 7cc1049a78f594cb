"""Storage: what every implementation promises, and what only a folder has to deal with.

The first part is a contract suite: another implementation joins by joining `IMPLEMENTATIONS`. What
only Blob Storage has to deal with is in test_blob.py.
"""

import datetime as dt
import os
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from threading import Event

import pytest
from typing_extensions import override

from music_assets.storage.blobs import Blob, StorageResource
from music_assets.storage.folder import FolderStorage
from music_assets.storage.storage_errors import ChangedWhileRead, StorageError, WrittenByAnother

BLOB = "landing/albums/part-1.ndjson"

#: The fixtures that make them.
IMPLEMENTATIONS = {"folder": "folder_storage", "blob": "blob_storage"}


@pytest.fixture
def folder_storage(tmp_path: Path) -> StorageResource:
    return FolderStorage(root=str(tmp_path / "storage"))


@pytest.fixture(params=IMPLEMENTATIONS)
def storage(request: pytest.FixtureRequest) -> StorageResource:
    implementation: StorageResource = request.getfixturevalue(IMPLEMENTATIONS[request.param])
    return implementation


def paths(storage: StorageResource, prefix: str) -> list[str]:
    return [blob.path for blob in storage.list(prefix)]


def fail_half_way(storage: StorageResource) -> None:
    with storage.replacing(BLOB) as draft:
        draft.path.write_bytes(b"half of the new")
        raise InterruptedError


def write_too_late(storage: StorageResource) -> None:
    with storage.replacing(BLOB, if_absent=True) as draft:
        draft.path.write_bytes(b"slower")
        storage.write(BLOB, b"faster", if_absent=True)


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


def test_a_blob_tells_when_it_was_written(storage: StorageResource) -> None:
    # Azure's clock, and a file system's, count whole seconds or ticks.
    before = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=2)
    storage.write(BLOB, b"one")
    found = storage.find(BLOB)
    assert found is not None
    [listed], (read, _) = list(storage.list("landing/")), storage.read(BLOB)
    for blob in (found, listed, read):
        assert blob.written is not None
        assert before <= blob.written <= dt.datetime.now(dt.UTC) + dt.timedelta(seconds=2)


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
    names = ["x/1", "x-1", "b/c/d", "part-00010", "part-00009", "Z", "é", "50 %", "a?b#c"]
    written = [f"landing/{name}" for name in names]
    for path in written:
        storage.write(path, b"")
    assert paths(storage, "landing/") == sorted(written)


def test_a_list_holds_the_versions_that_find_gives(storage: StorageResource) -> None:
    written = ["landing/1", "landing/b/2", "processed/1"]
    for path in written:
        storage.write(path, path.encode())
    assert list(storage.list("landing/")) == [storage.find(path) for path in written[:2]]
    assert list(storage.list("")) == [storage.find(path) for path in written]


def test_a_list_holds_only_what_starts_with_the_prefix(storage: StorageResource) -> None:
    for path in ("landing/albums/1", "landing/albums-old/1", "landing/tracks/1", "albums/1"):
        storage.write(path, b"")
    assert paths(storage, "landing/albums/") == ["landing/albums/1"]
    assert paths(storage, "landing/nothing/") == []


def test_the_parts_of_a_folder_are_those_that_hold_rows(storage: StorageResource) -> None:
    for name in ("_SUCCESS", "_committed_409", "_started_409", ".hidden", "part-1", "part-0"):
        storage.write(f"processed/rows.parquet/{name}", b"" if name[1:] == "SUCCESS" else b"x")
    storage.write("processed/file.parquet", b"x")
    assert storage.parts("processed/rows.parquet") == [
        "processed/rows.parquet/part-0",
        "processed/rows.parquet/part-1",
    ]
    assert storage.parts("processed/file.parquet") == ["processed/file.parquet"]


def test_a_folder_is_cleared_and_its_neighbours_stay(storage: StorageResource) -> None:
    for path in ("processed/b/c", "processed/b/d/e", "processed/bc"):
        storage.write(path, b"x")
    storage.clear("processed/b")
    storage.clear("processed/none")
    assert [blob.path for blob in storage.list("processed/")] == ["processed/bc"]


def test_a_blob_is_looked_up_at_its_address(storage: StorageResource) -> None:
    assert storage.where(BLOB).endswith(BLOB)


def test_blobs_can_be_read_as_files_in_the_order_in_which_they_are_asked_for(
    storage: StorageResource,
) -> None:
    written = [f"landing/albums/part-{number}.ndjson" for number in range(12, 0, -1)]
    for path in written:
        storage.write(path, path.encode())
    with storage.local_files(written) as files:
        assert [file.read_bytes().decode() for file in files] == written
    with storage.local_files([]) as files:
        assert list(files) == []


def test_files_that_were_lent_are_not_left_behind_and_the_blobs_stay(
    storage: StorageResource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lent = tmp_path / "lent"
    lent.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(lent))
    storage.write(BLOB, b"content")
    with storage.local_files([BLOB]):
        pass
    assert list(lent.iterdir()) == []
    assert storage.read(BLOB)[1] == b"content"


def test_a_blob_that_is_not_there_cannot_be_read_as_a_file(storage: StorageResource) -> None:
    storage.write("landing/albums/part-2.ndjson", b"")
    with (
        pytest.raises(StorageError, match=rf"^{BLOB} does not exist in .*\.$"),
        storage.local_files(["landing/albums/part-2.ndjson", BLOB]),
    ):
        pass


def test_of_two_who_make_one_blob_one_wins_and_the_other_is_told(storage: StorageResource) -> None:
    sentence = rf"^{BLOB} was written by somebody else meanwhile; what they wrote stands\.$"
    with pytest.raises(WrittenByAnother, match=sentence):
        write_too_late(storage)
    assert storage.read(BLOB)[1] == b"faster"
    assert paths(storage, "") == [BLOB]


def test_of_many_who_make_one_blob_at_once_just_one_wins(storage: StorageResource) -> None:
    def make(writer: int) -> int | None:
        try:
            storage.write(BLOB, f"{writer}".encode(), if_absent=True)
        except WrittenByAnother:
            return None
        return writer

    with ThreadPoolExecutor(8) as pool:
        winners = [each for each in pool.map(make, range(32)) if each is not None]
    assert [storage.read(BLOB)[1]] == [f"{winner}".encode() for winner in winners]


def test_many_who_replace_one_blob_at_once_leave_the_whole_of_one(storage: StorageResource) -> None:
    contents = [bytes([writer]) * 300_000 for writer in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(partial(storage.write, BLOB), contents))
    assert storage.read(BLOB)[1] in contents


def test_one_at_a_time_has_a_turn_and_the_others_are_told(storage: StorageResource) -> None:
    order, told = list[str](), Event()

    def second() -> None:
        with storage.turn("landing/turn", told.set):
            order.append("second")

    with ThreadPoolExecutor(1) as pool:
        with storage.turn("landing/turn", lambda: order.append("waited")):
            waiting = pool.submit(second)
            assert told.wait(30)
            order.append("first")
        waiting.result(60)
    assert order == ["first", "second"]


def test_a_turn_is_free_after_an_error(storage: StorageResource) -> None:
    with pytest.raises(KeyError), storage.turn("landing/turn", pytest.fail):
        raise KeyError
    with storage.turn("landing/turn", pytest.fail):
        pass


def test_different_turns_do_not_wait_for_each_other(storage: StorageResource) -> None:
    with storage.turn("landing/one", pytest.fail), storage.turn("landing/two", pytest.fail):
        pass


def hold_a_turn(root: str) -> None:
    with FolderStorage(root=root).turn("landing/turn", pytest.fail):
        Path(root, "taken").touch()
        time.sleep(600)


def test_a_process_that_is_killed_gives_its_turn_back(tmp_path: Path) -> None:
    process = get_context("spawn").Process(target=hold_a_turn, args=(str(tmp_path),))
    process.start()
    while not (tmp_path / "taken").exists():
        time.sleep(0.01)
    process.kill()
    process.join()
    with FolderStorage(root=str(tmp_path)).turn("landing/turn", pytest.fail):
        pass


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


def test_a_link_into_a_folder_is_one_that_a_browser_takes(tmp_path: Path) -> None:
    storage = FolderStorage(root=str(tmp_path / "my music"))
    link = storage.link("reports/index.html")
    assert link == f"file://{tmp_path.resolve().as_posix()}/my%20music/reports/index.html"
