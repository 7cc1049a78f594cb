"""Storage in a folder on this machine."""

import datetime as dt
import os
import re
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_ISDIR

from filelock import FileLock, Timeout
from typing_extensions import override

from music_assets.storage.blobs import Blob, Draft, StorageResource
from music_assets.storage.storage_errors import (
    OF_THE_DISK,
    ChangedWhileRead,
    StorageError,
    WrittenByAnother,
    system_number,
)

#: Hidden files that this module makes: locks, and drafts of a process that was killed.
OURS = re.compile(r"\..+\.lock|\.[0-9a-f]{32}-.+")


class FolderStorage(StorageResource):
    """A folder on this machine."""

    root: str

    def _file(self, path: str) -> Path:
        return Path(self.root) / path

    @override
    def find(self, path: str) -> Blob | None:
        with _sentences(path, "read"):
            try:
                status = self._file(path).stat()
            except FileNotFoundError:
                return None
        # A folder is no blob, as in Azure.
        return None if S_ISDIR(status.st_mode) else _blob(path, status)

    @override
    def list(self, prefix: str) -> Iterator[Blob]:
        folder, start = str(self._file(prefix)), f"{prefix.rstrip('/')}/".lstrip("/")
        with _sentences(prefix or self.root, "listed"):
            found = {
                start + file[len(folder) + 1 :].replace(os.sep, "/"): status
                for file, status in _files_below(folder)
            }
        # Sorted as text, as Azure does. Path objects compare by folder: `a/b` before `a-b`.
        for path in sorted(found):
            yield _blob(path, found[path])

    @override
    def read(self, path: str) -> tuple[Blob, bytes]:
        before = self.find(path)
        if before is None:
            # A folder in its place is no blob, and another sentence.
            with _sentences(path, "read"), suppress(FileNotFoundError):
                self._file(path).read_bytes()
            raise StorageError(f"{path} does not exist in {self.root}.")
        with _sentences(path, "read"):
            content = self._file(path).read_bytes()
        if self.find(path) != before or len(content) != before.size:
            raise ChangedWhileRead(f"{path} was written while it was being read.")
        return before, content

    @override
    @contextmanager
    def replacing(self, path: str, *, if_absent: bool = False) -> Iterator[Draft]:
        target = self._file(path)
        with _sentences(path, "written"):
            target.parent.mkdir(parents=True, exist_ok=True)
        draft = Draft(target.with_name(f".{uuid.uuid4().hex}-{target.name}"))
        try:
            with _sentences(path, "written", only=draft.path):
                yield draft
            with _sentences(path, "written"):
                if draft.wanted and if_absent:
                    _link(draft.path, target, path)
                elif draft.wanted:
                    draft.path.replace(target)
                else:
                    target.unlink(missing_ok=True)
        finally:
            # A folder that cannot be changed any more must not hide the first error.
            with suppress(OSError):
                draft.path.unlink(missing_ok=True)

    @override
    def delete(self, path: str) -> None:
        with _sentences(path, "deleted"):
            self._file(path).unlink(missing_ok=True)

    @override
    def tidy(self) -> None:
        for folder, _, files in os.walk(self.root, topdown=False):
            with _sentences(folder, "deleted"):
                for name in filter(OURS.fullmatch, files):
                    Path(folder, name).unlink(missing_ok=True)
            with suppress(OSError):  # it is not empty
                Path(folder).rmdir()

    @override
    @contextmanager
    def local_files(self, paths: Sequence[str]) -> Iterator[Sequence[Path]]:
        for path in paths:
            if self.find(path) is None:
                raise StorageError(f"{path} does not exist in {self.root}.")
        files = [self._file(path) for path in paths]
        try:
            yield files
        except OSError as error:
            # Whoever reads the files names the one that it cannot read. Polars shortens its path.
            named = [
                each for each, file in zip(paths, files, strict=True) if file.name in str(error)
            ]
            if not named:
                raise
            raise StorageError.of(error, named[-1], "read") from None

    @override
    @contextmanager
    def turn(self, path: str, wait: Callable[[], None]) -> Iterator[None]:
        file = self._file(path)
        # The kernel takes the lock away from a process that ends, however it ends.
        lock = FileLock(file.with_name(f".{file.name}.lock"), fallback_to_soft=False)
        with _sentences(path, "locked"):
            file.parent.mkdir(parents=True, exist_ok=True)
            _acquire(lock, wait)
        try:
            yield
        finally:
            lock.release()

    @override
    def address(self, path: str) -> str:
        # Resolved, as Hadoop does it: records are matched to their source by the address.
        return f"file://{self._file(path).resolve().as_posix()}"

    @override
    def where(self, path: str) -> str:
        return str(self._file(path))

    @override
    def link(self, path: str) -> str:
        return self._file(path).resolve().as_uri()


@contextmanager
def _sentences(path: str, done: str, *, only: Path | None = None) -> Iterator[None]:
    """A `with` block whose errors of the disk are sentences.

    Args:
        path: of the blob or folder.
        done: the attempted action: `read`, `written`, `listed`, `deleted` or `locked`.
        only: of other errors than those of the disk, the file that they must be about.
    """
    try:
        yield
    except OSError as error:
        if only and system_number(error) not in OF_THE_DISK and only.name not in str(error):
            raise
        raise StorageError.of(error, path, done) from None


def _blob(path: str, status: os.stat_result) -> Blob:
    etag = f"{status.st_mtime_ns:x}-{status.st_size:x}-{status.st_ino:x}"
    written = dt.datetime.fromtimestamp(status.st_mtime, dt.UTC)
    return Blob(path, etag, status.st_size, written)


def _files_below(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    """The files in a folder and those in it, except hidden ones; none where it does not exist.

    Names and not Path objects, which take ten times as long, and there are thousands.

    Raises:
        OSError: a folder cannot be listed, which `Path.rglob` would take for an empty one.
    """
    # Somebody may remove a file or a folder meanwhile.
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                if not entry.is_symlink():
                    yield from _files_below(entry.path)
            elif not entry.name.startswith("."):
                with suppress(FileNotFoundError):
                    yield entry.path, entry.stat()


def _acquire(lock: FileLock, wait: Callable[[], None]) -> None:
    try:
        lock.acquire(blocking=False)
    except Timeout:
        wait()
        lock.acquire()


def _link(draft: Path, target: Path, path: str) -> None:
    """Give the draft its name by a link, which fails if the name is taken; a rename would not."""
    try:
        target.hardlink_to(draft)
    except FileExistsError:
        raise WrittenByAnother(path) from None
