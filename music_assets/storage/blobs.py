"""Storage of blobs, as the other rooms use it, whether in a folder or in Azure.

A path is `<container>/<blob>`, with slashes. A blob appears whole or not at all, and its etag
changes whenever it is written.
"""

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg


@dataclass(frozen=True)
class Blob:
    """A blob as listed: its path, its version, its size in bytes, and when it was written.

    The moment says nothing that the version does not, so blobs are compared without it.
    """

    path: str
    etag: str
    size: int
    written: dt.datetime | None = field(default=None, compare=False)


class Draft:
    """A local file that becomes a blob when its `with` block ends, unless it is discarded."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.wanted = True

    def discard(self) -> None:
        """Make no blob at the end, and remove an old one."""
        self.wanted = False


class StorageResource(dg.ConfigurableResource, ABC):
    """Storage of blobs."""

    @abstractmethod
    def find(self, path: str) -> Blob | None:
        """The blob at a path; None where there is none."""

    @abstractmethod
    def list(self, prefix: str) -> Iterator[Blob]:
        """Every blob whose path starts with `prefix`, a folder ending in `/`, sorted by path."""

    @abstractmethod
    def read(self, path: str) -> tuple[Blob, bytes]:
        """A blob's content and the version that it is of.

        Raises:
            ChangedWhileRead: the blob was written meanwhile.
            StorageError: there is no such blob, or it cannot be read.
        """

    @abstractmethod
    def replacing(self, path: str, *, if_absent: bool = False) -> AbstractContextManager[Draft]:
        """A `with` block whose draft replaces the blob at `path` in one step when it ends well.

        Args:
            path: of the blob.
            if_absent: only make a new blob.

        Raises:
            WrittenByAnother: with `if_absent`, the blob exists; or another writer was faster.
            StorageError: the blob cannot be written.
        """

    @abstractmethod
    def local_files(self, paths: Sequence[str]) -> AbstractContextManager[Sequence[Path]]:
        """A `with` block in which the blobs are local files, to be read only.

        Raises:
            ChangedWhileRead: a blob was written meanwhile.
            StorageError: a blob does not exist, or cannot be read.
        """

    @abstractmethod
    def address(self, path: str) -> str:
        """The address of a blob or a folder for an engine outside this process, in Hadoop's form.

        It has a scheme, `file:` or `abfss:`, and no escapes.
        """

    @abstractmethod
    def delete(self, path: str) -> None:
        """Remove a blob, if it exists."""

    @abstractmethod
    def turn(self, path: str, wait: Callable[[], None]) -> AbstractContextManager[None]:
        """A `with` block that one process at a time is in, of all that use this storage.

        A process that dies gives its turn back: at once in a folder, within a minute in Azure.

        Args:
            path: names the turn; nothing else is stored there.
            wait: called once before waiting, if another process has the turn.

        Raises:
            StorageError: the turn cannot be taken.
        """

    def clear(self, folder: str) -> None:
        """Remove every blob in a folder, if it exists."""
        for blob in list(self.list(f"{folder.removesuffix('/')}/")):
            self.delete(blob.path)

    def tidy(self) -> None:
        """Remove what is no blob, while nobody writes: locks, drafts, folders that are empty.

        Their names tell of people too. Only a folder of this machine has any.
        """

    def write(self, path: str, content: bytes, *, if_absent: bool = False) -> None:
        """Replace a blob in one step; see `replacing`."""
        with self.replacing(path, if_absent=if_absent) as draft:
            draft.path.write_bytes(content)

    def parts(self, path: str) -> Sequence[str]:
        """The blobs that an engine wrote to a path: one, or those in a folder of this name.

        Names that begin with a dot or an underscore are left out, since Spark leaves notes there.
        """
        found = [blob.path for blob in self.list(f"{path}/") if blob.size]
        return [each for each in found if each.rpartition("/")[2][0] not in "._"] or [path]

    @abstractmethod
    def where(self, path: str) -> str:
        """The address of a blob, for people."""

    def link(self, path: str) -> str:
        """The address of a blob or a folder as a browser takes it, without any credential."""
        return self.where(path)
