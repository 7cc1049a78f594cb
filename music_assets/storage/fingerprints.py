"""Fingerprints: what each part of a step was made of, so that the same is not made again.

A fingerprint covers the code, the versions of the inputs, and the version of the output: one that
somebody deleted, changed or put back is made anew. The notes are kept in storage, and only after
the output is there; without them everything is made anew.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from music_assets.schema.mart_sql import sql_folder
from music_assets.storage import paths
from music_assets.storage.blobs import StorageResource

PACKAGE = Path(__file__).parent.parent


@dataclass(frozen=True)
class Made:
    """A part that was made: its fingerprint, the number of its rows, and what to tell of it."""

    fingerprint: str
    rows: int = 0
    told: dict[str, Any] = field(default_factory=dict)


def fingerprint(*versions: object) -> str:
    """A fingerprint of this code and of versions, in order; None stands for what is not there."""
    return hashlib.sha256(repr((code_version(), *versions)).encode()).hexdigest()[:32]


@cache
def code_version() -> str:
    """A word for all code and SQL of the project: who changes any makes everything anew once."""
    digest = hashlib.sha256()
    files = [*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.jinja"), *(sql_folder().glob("marts/*"))]
    for file in sorted(files):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:32]


def lines_version(storage: StorageResource, files: Sequence[str]) -> str:
    """A word for the lines of files, in whatever order they stand: the same lines, the same word.

    Pages of the same listings come in another order each time, and in other parts.
    """
    total = 0
    for file in files:
        for line in storage.read(file)[1].splitlines():
            total += int.from_bytes(hashlib.sha256(line).digest())
    return f"{total:x}"


def made_before(storage: StorageResource, step: str) -> dict[str, Made]:
    """The parts of a step that the notes know; none where they are damaged."""
    try:
        return {part: Made(**each) for part, each in _noted(storage, step).items()}
    except TypeError:
        return {}


def _noted(storage: StorageResource, step: str) -> dict[str, Any]:
    path = paths.fingerprints(step)
    if storage.find(path) is None:
        return {}
    try:
        return dict(json.loads(storage.read(path)[1]))
    except (ValueError, TypeError):
        return {}


def changed(before: Mapping[str, Made], now: Mapping[str, str]) -> list[str]:
    """The parts whose fingerprint is not the noted one."""
    return [
        part for part, word in now.items() if part not in before or before[part].fingerprint != word
    ]


def note_made(storage: StorageResource, step: str, made: Mapping[str, Made]) -> None:
    """Add parts to the notes of a step; another run may have added its own."""
    if made:
        noted = _noted(storage, step) | {part: asdict(each) for part, each in made.items()}
        content = json.dumps(dict(sorted(noted.items())))
        storage.write(paths.fingerprints(step), content.encode())


def forget_all(storage: StorageResource) -> None:
    """Let the next run make everything anew."""
    storage.clear(paths.FINGERPRINTS)


def rows_of(before: Mapping[str, Made], parts: Iterable[str]) -> int:
    """The rows of the parts that are noted."""
    return sum(before[part].rows for part in parts if part in before)
