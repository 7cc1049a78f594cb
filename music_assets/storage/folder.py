"""Storage in a folder on this machine."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from typing_extensions import override

from music_assets.storage.blobs import Blob, Draft, StorageResource
from music_assets.storage.storage_errors import ChangedWhileRead, StorageError, WrittenByAnother


class FolderStorage(StorageResource):
    """A folder on this machine."""

    root: str

    def _file(self, path: str) -> Path:
        return Path(self.root) / path

    @override
    def find(self, path: str) -> Blob | None:
        try:
            status = self._file(path).stat()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StorageError(f"{path} cannot be read: {error.strerror}.") from error
        etag = f"{status.st_mtime_ns:x}-{status.st_size:x}-{status.st_ino:x}"
        return Blob(path, etag, status.st_size)

    @override
    def list(self, prefix: str) -> Iterator[Blob]:
        files = (file for file in self._file(prefix).rglob("*") if not file.name.startswith("."))
        # Sorted as text, as Azure does. Path objects compare by folder and put `a/b` before `a-b`.
        for file in sorted(files, key=Path.as_posix):
            blob = self.find(file.relative_to(self.root).as_posix()) if file.is_file() else None
            if blob is not None:
                yield blob

    @override
    def read(self, path: str) -> tuple[Blob, bytes]:
        before = self.find(path)
        if before is None:
            raise StorageError(f"{path} does not exist in {self.root}.")
        try:
            content = self._file(path).read_bytes()
        except OSError as error:
            raise StorageError(f"{path} cannot be read: {error.strerror}.") from error
        if self.find(path) != before or len(content) != before.size:
            raise ChangedWhileRead(f"{path} was written while it was being read.")
        return before, content

    @override
    @contextmanager
    def replacing(self, path: str, *, if_absent: bool = False) -> Iterator[Draft]:
        target = self._file(path)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"{path} cannot be written: {error.strerror}.") from error
        draft = Draft(target.with_name(f".{uuid.uuid4().hex}-{target.name}"))
        try:
            yield draft
            if draft.wanted and if_absent:
                _link(draft.path, target, path)
            elif draft.wanted:
                draft.path.replace(target)
            else:
                target.unlink(missing_ok=True)
        finally:
            draft.path.unlink(missing_ok=True)

    @override
    def delete(self, path: str) -> None:
        self._file(path).unlink(missing_ok=True)

    @override
    @contextmanager
    def local_files(self, paths: Sequence[str]) -> Iterator[Sequence[Path]]:
        for path in paths:
            if self.find(path) is None:
                raise StorageError(f"{path} does not exist in {self.root}.")
        yield [self._file(path) for path in paths]

    @override
    @contextmanager
    def turn(self, path: str, wait: Callable[[], None]) -> Iterator[None]:
        file = self._file(path)
        # The kernel takes the lock away from a process that ends, however it ends.
        lock = FileLock(file.with_name(f".{file.name}.lock"), fallback_to_soft=False)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            _acquire(lock, wait)
        except OSError as error:
            raise StorageError(f"{path} cannot be locked: {error.strerror}.") from error
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
