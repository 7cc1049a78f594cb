"""The wheel, built from a copy of this checkout."""

import shutil
import subprocess
import sys
from pathlib import Path

from music_assets_tests.conftest import ROOT


def build_wheel(folder: Path) -> Path:
    """The wheel, in a folder in which it may leave other files as well."""
    # Built from a copy, since the builder leaves files behind that the next wheel would pick up.
    source = folder / "source"
    for room in ("music_assets", "sql"):
        shutil.copytree(ROOT / room, source / room)
    for file in ("pyproject.toml", "setup.cfg", "README.md", "LICENSE"):
        shutil.copy(ROOT / file, source)
    build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--quiet"]
    subprocess.run([*build, "--wheel-dir", str(folder), str(source)], check=True)
    [wheel] = folder.glob("*.whl")
    return wheel
