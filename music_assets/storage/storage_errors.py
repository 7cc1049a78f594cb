"""Errors of storage; each message says what to do."""


class StorageError(Exception):
    """A blob cannot be had; the message says which and why."""


class ChangedWhileRead(StorageError):
    """A blob was written while it was being read, so what was read may be half of it."""


class WrittenByAnother(StorageError):
    """Somebody else wrote a blob first, and what they wrote stands."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} was written by somebody else meanwhile; what they wrote stands.")
