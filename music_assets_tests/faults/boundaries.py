"""The write boundaries of a process: found by instrumenting the storage and the database.

A boundary is the moment before and after a blob appears or goes, and before a transaction commits.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from music_assets.storage.blobs import Draft
from music_assets.storage.folder import FolderStorage


class Boundaries:
    """Counts the boundaries that a process passes, and ends the process at one of them.

    Attributes:
        passed: the number of boundaries until now.
    """

    def __init__(self, kill_at: int | None) -> None:
        self.passed = 0
        self._kill_at = kill_at
        self._lock = threading.Lock()

    def reach(self) -> None:
        """Pass one more boundary, or end there as a power cut would."""
        with self._lock:
            self.passed += 1
            if self.passed == self._kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, database: str) -> None:
        """Watch every write to a folder storage and to the database in the file named."""
        replacing, delete, reach = FolderStorage.replacing, FolderStorage.delete, self.reach

        @contextmanager
        def watched(self: FolderStorage, path: str, **how: Any) -> Iterator[Draft]:
            with replacing(self, path, **how) as draft:
                yield draft
                reach()
            reach()

        def deleting(self: FolderStorage, path: str) -> None:
            reach()
            delete(self, path)

        def committing(connection: sa.Connection) -> None:
            if connection.engine.url.database == database:
                reach()

        _put(FolderStorage, "replacing", watched)
        _put(FolderStorage, "delete", deleting)
        sa.event.listen(sa.Engine, "commit", committing)


def _put(kind: type, name: str, method: Callable[..., Any]) -> None:
    setattr(kind, name, method)
