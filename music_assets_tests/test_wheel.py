"""The wheel: what a user installs without a checkout."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from music_assets_tests.conftest import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder into which the wheel was unpacked, as an installer does."""
    # Built from a copy, since the builder leaves files behind that the next wheel would pick up.
    source = tmp_path / "source"
    for folder in ("music_assets", "sql"):
        shutil.copytree(ROOT / folder, source / folder)
    for file in ("pyproject.toml", "setup.cfg", "README.md"):
        shutil.copy(ROOT / file, source)
    build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--quiet"]
    subprocess.run([*build, "--wheel-dir", str(tmp_path), str(source)], check=True)
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    return tmp_path / "site"


def test_the_wheel_holds_the_views_and_the_template_and_materialises_the_graph(
    installed: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    views = {path.name for path in (installed / "music_assets/sql/marts").glob("*.sql")}
    assert views == {path.name for path in (ROOT / "sql/marts").glob("*.sql")}
    assert not (installed / "music_assets_tests").exists()
    script = (
        "import music_assets, music_assets.cli as cli;"
        "print(music_assets.__file__); cli.main(['run'])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path, env=environment | {"PYTHONPATH": str(installed)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert ran.stdout.splitlines()[0].startswith(str(installed) + os.sep)
    assert (tmp_path / "storage/reports/weekly_report.html").is_file()
