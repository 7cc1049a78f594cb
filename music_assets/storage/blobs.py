"""Storage: the inbox, the landings, processed rows, quarantine, extracts and reports.

A path is `<container>/<blob>`, with slashes. A blob appears whole or not at all, and its etag
changes whenever it is written.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import dagster as dg


@dataclass(frozen=True)
class Blob:
    """A blob as listed: its path, its version, and its size in bytes."""

    path: str
    etag: str
    size: int


class Draft:
    """A local file that becomes a blob when its `with` block ends, unless it is discarded."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.wanted = True

    def discard(self) -> None:
        """Leave no blob behind; one that stood there before is removed."""
        self.wanted = False


class StorageResource(dg.ConfigurableResource, ABC):
    """Where blobs are kept."""

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
            ChangedWhileRead: it was written meanwhile.
            StorageError: there is none, or it cannot be read.
        """

    @abstractmethod
    def replacing(self, path: str, *, if_absent: bool = False) -> AbstractContextManager[Draft]:
        """A `with` block whose draft replaces the blob at `path` in one step when it ends well.

        Args:
            path: of the blob.
            if_absent: make the blob, and replace none.

        Raises:
            WrittenByAnother: there is one already, or it was written at the same moment.
            StorageError: it cannot be written.
        """

    @abstractmethod
    def local_files(self, paths: Sequence[str]) -> AbstractContextManager[Sequence[Path]]:
        """A `with` block in which the blobs are files of this machine, to be read and not written.

        Raises:
            ChangedWhileRead: one of them was written meanwhile.
            StorageError: one of them is not there, or cannot be read.
        """

    @abstractmethod
    def address(self, path: str) -> str:
        """The blob's or the folder's address for an engine outside this process: Hadoop's form.

        With a scheme, `file:` or `abfss:`, and without escapes.
        """

    @abstractmethod
    def delete(self, path: str) -> None:
        """Remove a blob; one that is not there is no error."""

    def clear(self, folder: str) -> None:
        """Remove every blob in a folder; one that is not there is no error."""
        for blob in list(self.list(f"{folder.removesuffix('/')}/")):
            self.delete(blob.path)

    def write(self, path: str, content: bytes, *, if_absent: bool = False) -> None:
        """Replace a blob in one step; see `replacing`."""
        with self.replacing(path, if_absent=if_absent) as draft:
            draft.path.write_bytes(content)

    def parts(self, path: str) -> Sequence[str]:
        """What an engine wrote to a path: the blob there, or those in the folder of that name.

        Beside its parts Spark leaves notes of its own there, whose names begin as hidden ones do.
        """
        found = [blob.path for blob in self.list(f"{path}/") if blob.size]
        return [each for each in found if each.rpartition("/")[2][0] not in "._"] or [path]

    @abstractmethod
    def where(self, path: str) -> str:
        """The blob's address as a person would look it up."""
