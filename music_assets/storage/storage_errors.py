"""Errors of storage; each message says what to do."""


class StorageError(Exception):
    """A blob cannot be read or written; the message says which and why."""


class ChangedWhileRead(StorageError):
    """A blob was written while it was being read, so the content may be mixed."""


class WrittenByAnother(StorageError):
    """Another writer was faster, and its blob stays."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} was written by somebody else meanwhile; what they wrote stands.")
