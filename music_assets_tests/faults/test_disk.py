"""A disk that is full, read-only, or loses a blob, and a clock that was set back."""

import datetime as dt
import os
import resource
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir

import dagster as dg
import pytest
from typing_extensions import override

from music_assets.cli import running
from music_assets.cli.outcome import outcome_of
from music_assets.config.dagster_home import SETTINGS
from music_assets.landing.pages import to_line
from music_assets.sandbox.server import SandboxServer
from music_assets.sandbox.world import World
from music_assets.storage import dated_folders
from music_assets.storage.azure import AzureStorage
from music_assets.storage.blobs import Blob
from music_assets.storage.folder import FolderStorage
from music_assets.storage.paths import FOLLOW_LIST
from music_assets.storage.storage_errors import StorageError
from music_assets_tests.house import House, Rows, failures

SOME = ["2025-12-29", "2026-01-05"]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with SandboxServer(World.fictional(8, 40, 200)) as server:
        yield House(tmp_path, server)


@contextmanager
def full(at: int) -> Iterator[None]:
    """A disk that takes no file of more bytes than this."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (at, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def sentences(result: dg.ExecuteInProcessResult) -> list[str]:
    """The failures of a run, as `music-assets run` shows them: without a stack trace."""
    told = outcome_of(result.all_events, success=result.success).failures
    assert told
    assert [each for each in told if "Traceback" in each or "Stack Trace" in each] == []
    return told


@pytest.mark.parametrize(
    "size",
    [0, 20_000, *(pytest.param(size, marks=pytest.mark.faults) for size in (1_000, 5_000, 60_000))],
)
def test_a_full_disk_is_a_sentence_keeps_what_there_was_and_a_later_run_heals(
    house: House, size: int
) -> None:
    house.follow()
    assert failures(house.run("*", SOME[:1])) == {}
    before = house.tables()
    with full(size):
        told = house.run("*", SOME)
    assert [each for each in sentences(told) if "and run again. What was" not in each] == []
    assert earlier_rows(house) == before
    assert failures(house.run("*", SOME)) == {}
    assert len(house.rows("weekly_streams")) == 2 * len(house.rows("tracks"))


def earlier_rows(house: House) -> dict[str, Rows]:
    """The rows, without those of the second week."""
    tables = house.tables()
    return {
        name: [row for row in rows if not (name.startswith("weekly") and row[0] == 202602)]
        for name, rows in tables.items()
    }


def everything(storage: FolderStorage) -> dict[str, Callable[[], object]]:
    return {
        "written": lambda: storage.write("room/new", b"content"),
        "deleted": lambda: storage.delete("room/old"),
        "locked": lambda: storage.turn("room/turn", lambda: None).__enter__(),
    }


@contextmanager
def as_nobody(folder: Path, rights: int = 0o555) -> Iterator[None]:
    """Be a user who has some rights to a folder's room, of reading unless told, and no others."""
    for each in (folder, *folder.parents):
        if each.is_relative_to(gettempdir()) and each != Path(gettempdir()):
            each.chmod(0o755)
    (folder / "room").chmod(rights)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(user)
        (folder / "room").chmod(0o755)


def test_a_read_only_storage_is_a_sentence_and_can_be_read(tmp_path: Path) -> None:
    storage = FolderStorage(root=str(tmp_path))
    storage.write("room/old", b"stands")
    with as_nobody(tmp_path):
        for done, attempt in everything(storage).items():
            with pytest.raises(StorageError) as told:
                attempt()
            said = f"cannot be {done}: Permission denied; give this user the right to it"
            assert said in str(told.value)
        assert storage.read("room/old")[1] == b"stands"


@pytest.mark.parametrize("rights", [0o000, 0o444, 0o111])
def test_a_folder_that_may_not_be_looked_into_is_not_taken_for_an_empty_one(
    tmp_path: Path, rights: int
) -> None:
    storage = FolderStorage(root=str(tmp_path))
    storage.write("room/old", b"stands")
    with as_nobody(tmp_path, rights):
        for prefix in ("room/", ""):
            with pytest.raises(StorageError, match=r"Permission denied; give this user the right"):
                list(storage.list(prefix))
    assert [blob.path for blob in storage.list("")] == ["room/old"]


@pytest.mark.parametrize("history", [0, 100_000])
def test_a_full_disk_below_dagster_home_is_a_sentence_and_the_next_run_heals(
    house: House, monkeypatch: pytest.MonkeyPatch, history: int
) -> None:
    home = house.folder / "dagster"
    home.mkdir()
    shutil.copy(SETTINGS, home)
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    house.follow()
    with running.history():
        assert (home / "history").is_dir()
    said = (
        rf"^Dagster's history in DAGSTER_HOME={home} cannot be written: .*; .* and run again\. What"
    )
    with full(history), pytest.raises(StorageError, match=said):
        running.materialise("full_graph", {})
    with running.history() as instance:
        assert instance.get_runs(running.UNFINISHED) == []


def test_a_full_folder_for_temporary_files_is_a_sentence() -> None:
    storage = AzureStorage(url="http://127.0.0.1:1/nobody", key="a2V5")
    with full(0), pytest.raises(StorageError) as told:
        storage.write("room/new", b"content")
    assert str(told.value).startswith(f"The temporary folder {gettempdir()} cannot be written: ")


class Lost(FolderStorage):
    """A folder in which somebody deletes the files of a prefix that were lent for reading."""

    prefix: str

    @override
    @contextmanager
    def local_files(self, paths: Sequence[str]) -> Iterator[Sequence[Path]]:
        with super().local_files(paths) as files:
            for path in paths:
                if path.startswith(self.prefix):
                    self.delete(path)
            yield files


@pytest.mark.parametrize("prefix", ["landing/artists/", "processed/artists/", "processed/weekly"])
def test_a_file_that_vanishes_while_it_is_read_is_a_sentence_and_the_next_run_heals(
    house: House, prefix: str
) -> None:
    house.follow()
    house.storage_elsewhere = Lost(root=str(house.folder / "storage"), prefix=prefix)
    said = sentences(house.run("*", SOME))
    assert any(f"{prefix}" in each and "No such file" in each for each in said)
    house.storage_elsewhere = None
    assert failures(house.run("*", SOME)) == {}
    assert house.rows("weekly_streams")


class Vanishing(FolderStorage):
    """A folder in which somebody deletes each blob of a prefix between list and read."""

    prefix: str

    @override
    def read(self, path: str) -> tuple[Blob, bytes]:
        if path.startswith(self.prefix):
            self.delete(path)
        return super().read(path)


@pytest.mark.parametrize(
    "prefix", ["followed-artist-data/", "landing/artists/", "landing/albums/", "landing/tracks/"]
)
def test_a_blob_that_vanishes_before_it_is_read_is_a_sentence_and_the_next_run_heals(
    house: House, prefix: str
) -> None:
    house.follow()
    house.storage_elsewhere = Vanishing(root=str(house.folder / "storage"), prefix=prefix)
    said = sentences(house.run("*", SOME))
    assert any("does not exist" in each or "have landed" in each for each in said)
    house.storage_elsewhere = None
    if house.storage.find(FOLLOW_LIST) is None:
        house.follow()
    assert failures(house.run("*", SOME)) == {}
    assert house.rows("weekly_streams")


def test_a_clock_that_was_set_back_a_day_hides_nothing_new(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    artists = list(house.server.world.followed)
    house.put_inbox(to_line({"items": artists[:4]}))
    assert failures(house.run("*", SOME)) == {}
    yesterday = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    monkeypatch.setattr(dated_folders, "now", lambda: yesterday)
    house.put_inbox(to_line({"items": artists}))
    assert failures(house.run("*", SOME)) == {}
    assert len(house.rows("artists")) == len(artists)
    assert len(house.rows("tracks")) == 200
