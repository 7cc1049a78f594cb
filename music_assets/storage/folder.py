"""Storage in a folder on this machine."""

import errno
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout
from typing_extensions import override

from music_assets.storage.blobs import Blob, Draft, StorageResource
from music_assets.storage.storage_errors import (
    OF_THE_DISK,
    ChangedWhileRead,
    StorageError,
    WrittenByAnother,
)

ADVICE = {
    errno.ENOSPC: "free some space",
    errno.EDQUOT: "free some space",
    errno.EFBIG: "allow larger files",
    errno.EROFS: "make it writable",
    errno.EACCES: "give this user the right to it",
    errno.EPERM: "give this user the right to it",
}


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
        etag = f"{status.st_mtime_ns:x}-{status.st_size:x}-{status.st_ino:x}"
        return Blob(path, etag, status.st_size)

    @override
    def list(self, prefix: str) -> Iterator[Blob]:
        with _sentences(prefix or self.root, "listed"):
            found = self._file(prefix).rglob("*")
            # Sorted as text, as Azure does. Path objects compare by folder: `a/b` before `a-b`.
            files = sorted((f for f in found if not f.name.startswith(".")), key=Path.as_posix)
        for file in files:
            blob = self.find(file.relative_to(self.root).as_posix()) if file.is_file() else None
            if blob is not None:
                yield blob

    @override
    def read(self, path: str) -> tuple[Blob, bytes]:
        before = self.find(path)
        if before is None:
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
        if only and error.errno not in OF_THE_DISK and error.filename not in (only, str(only)):
            raise
        advice = ADVICE.get(error.errno or 0)
        then = f"; {advice} and run again. What was stored before stands" if advice else ""
        raise StorageError(f"{path} cannot be {done}: {error.strerror or error}{then}.") from None


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
