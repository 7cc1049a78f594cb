"""A digest of this project's code: a job on a cluster must run the code that Dagster runs.

It covers the source files, since a job reads no other file of the wheel.
"""

import hashlib
import json
import zipfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import BinaryIO

import music_assets


@cache
def digest_of_package() -> str:
    """The digest of the package that runs here, as it was at the first call."""
    package = Path(music_assets.__file__).parent
    return _digest(
        (file.relative_to(package.parent).as_posix(), file.read_bytes())
        for file in package.rglob("*.py")
    )


def digest_of_wheel(wheel: Path | BinaryIO) -> str:
    """The digest of the code in a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return _digest(
            (name, archive.read(name))
            for name in archive.namelist()
            if name.startswith("music_assets/") and name.endswith(".py")
        )


def _digest(files: Iterable[tuple[str, bytes]]) -> str:
    found = {name: hashlib.sha256(content).hexdigest() for name, content in files}
    return hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()[:16]
