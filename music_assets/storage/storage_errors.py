"""Errors of storage; each message says what to do."""

import errno

#: Errors that are about the disk, whoever wrote to it: a quota, a limit, a full or read-only one.
OF_THE_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO}


class StorageError(Exception):
    """A blob cannot be read or written; the message says which and why."""


class ChangedWhileRead(StorageError):
    """A blob was written while it was being read, so the content may be mixed."""


class WrittenByAnother(StorageError):
    """Another writer was faster, and its blob stays."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} was written by somebody else meanwhile; what they wrote stands.")
