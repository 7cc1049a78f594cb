"""Errors of storage; each message says what to do."""

import errno
import os
import re

#: Errors that are about the disk, whoever wrote to it: a quota, a limit, a full or read-only one.
OF_THE_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO}
ADVICE = {
    errno.ENOSPC: "free some space",
    errno.EDQUOT: "free some space",
    errno.EFBIG: "allow larger files",
    errno.EROFS: "make it writable",
    errno.EACCES: "give this user the right to it",
    errno.EPERM: "give this user the right to it",
    errno.EIO: "see whether the disk is sound",
}
# Libraries in Rust, such as Polars, write the number into the text alone.
_NUMBER = re.compile(r"\(os error (\d+)\)")


class StorageError(Exception):
    """A blob cannot be read or written; the message says which and why."""

    @classmethod
    def of(cls, error: OSError, path: str, done: str) -> "StorageError":
        """The error with a sentence, for an error of the system.

        Args:
            error: of the system.
            path: of the blob, folder or file.
            done: the attempted action, such as `read` or `written`.
        """
        number = system_number(error) or 0
        why = os.strerror(number) if number else str(error)
        then = f"; {ADVICE.get(number)} and run again. What was stored before stands"
        return cls(f"{path} cannot be {done}: {why}{then if number in ADVICE else ''}.")


def system_number(error: BaseException) -> int | None:
    """The system's number of an error, whichever library raised it; None where it has none."""
    known = getattr(error, "errno", None)
    told = None if known else _NUMBER.search(str(error))
    return int(told[1]) if told else known


class ChangedWhileRead(StorageError):
    """A blob was written while it was being read, so the content may be mixed."""


class WrittenByAnother(StorageError):
    """Another writer was faster, and its blob stays."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} was written by somebody else meanwhile; what they wrote stands.")
