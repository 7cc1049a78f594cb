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
    """The parts of a step that the notes know; none that anybody has made something else of."""
    path = paths.fingerprints(step)
    if storage.find(path) is None:
        return {}
    try:
        noted = dict(json.loads(storage.read(path)[1]))
    except (ValueError, TypeError):
        return {}
    told = {part: _unsealed(each) for part, each in noted.items()}
    return {part: made for part, made in told.items() if made is not None}


def _sealed(made: Made) -> dict[str, Any]:
    """A part as it is noted, with a seal that holds for what it says and nothing else."""
    said: dict[str, Any] = json.loads(json.dumps(asdict(made)))
    return said | {"seal": _seal(said)}


def _unsealed(noted: object) -> Made | None:
    """A part as it was noted; None where the seal does not hold, whatever stands there."""
    if not isinstance(noted, dict):
        return None
    said = {name: each for name, each in noted.items() if name != "seal"}
    return Made(**said) if noted.get("seal") == _seal(said) else None


def _seal(said: dict[str, Any]) -> str:
    return fingerprint(json.dumps(said, sort_keys=True))


def changed(before: Mapping[str, Made], now: Mapping[str, str]) -> list[str]:
    """The parts whose fingerprint is not the noted one."""
    return [
        part for part, word in now.items() if part not in before or before[part].fingerprint != word
    ]


def note_made(storage: StorageResource, step: str, made: Mapping[str, Made]) -> None:
    """Add parts to the notes of a step; another run may have added its own."""
    if made:
        noted = made_before(storage, step) | dict(made)
        content = json.dumps({part: _sealed(noted[part]) for part in sorted(noted)})
        storage.write(paths.fingerprints(step), content.encode())


def forget(storage: StorageResource, step: str, parts: Iterable[str]) -> None:
    """Take parts that are no longer there out of the notes of a step."""
    noted, gone = made_before(storage, step), {*parts}
    if gone & noted.keys():
        kept = {part: _sealed(made) for part, made in sorted(noted.items()) if part not in gone}
        storage.write(paths.fingerprints(step), json.dumps(kept).encode())


def forget_all(storage: StorageResource) -> None:
    """Let the next run make everything anew."""
    storage.clear(paths.FINGERPRINTS)


def rows_of(before: Mapping[str, Made], parts: Iterable[str]) -> int:
    """The rows of the parts that are noted."""
    return sum(before[part].rows for part in parts if part in before)
