"""The records in quarantine, as people look for them: by asset, reason, source and time."""

import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from music_assets.storage.blobs import Blob, StorageResource
from music_assets.storage.paths import QUARANTINE

#: The members of a record in quarantine that say why it is there.
ABOUT = ("Reason", "Source", "Line", "Usable")
_QUOTED = re.compile(r"'[^']*'")


@dataclass(frozen=True)
class Rejected:
    """A record in quarantine.

    Attributes:
        name: its file below `quarantine/`, and its line there, such as `albums/…-rows.ndjson:3`.
        asset: the folder of the file: what it would have been a row of.
        source: the file or address that it came from; "" where only the database found it.
        usable: True if it is in the table, without the value that the reason names.
        written: when it was put aside.
        record: what could be read of it.
    """

    name: str
    asset: str
    reason: str
    source: str
    usable: bool
    written: dt.datetime | None
    record: dict[str, Any]

    @property
    def kind(self) -> str:
        """The reason without the values in it, so that the same reasons are one."""
        return _QUOTED.sub("'…'", self.reason)


def rejects(storage: StorageResource, asset: str = "") -> Iterator[Rejected]:
    """The records in quarantine, of one asset or all, file by file."""
    for blob in list(storage.list(f"{QUARANTINE}{asset}/" if asset else QUARANTINE)):
        name = blob.path.rpartition("/")[2]
        # Spark writes a folder of parts, with marks beside them.
        if blob.size and not name.startswith(("_", ".")):
            yield from _records(blob, storage.read(blob.path)[1])


def _records(blob: Blob, content: bytes) -> Iterator[Rejected]:
    file = blob.path.removeprefix(QUARANTINE)
    for number, line in enumerate(content.splitlines(), start=1):
        record = _object(line)
        yield Rejected(
            f"{file}:{number}",
            file.partition("/")[0],
            str(record.get("Reason") or "unknown"),
            str(record.get("Source") or ""),
            # Spark and Polars write a truth as text.
            str(record.get("Usable")).lower() == "true",
            blob.written,
            {name: value for name, value in record.items() if name not in ABOUT},
        )


def _object(line: bytes) -> dict[str, Any]:
    """A line of a quarantine file; one that somebody damaged, as text."""
    try:
        found = json.loads(line)
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {"Record": line.decode(errors="backslashreplace")}


def by_reason(found: Iterable[Rejected]) -> Counter[tuple[str, str, bool]]:
    """The numbers of records by asset, reason, and whether they could be used."""
    return Counter((each.asset, each.kind, each.usable) for each in found)
