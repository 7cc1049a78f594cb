"""The wheel: what a user installs without a checkout."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from music_assets_tests.conftest import ROOT
from music_assets_tests.wheel import build_wheel

pytestmark = pytest.mark.slow


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder into which the wheel was unpacked, as an installer does."""
    with zipfile.ZipFile(build_wheel(tmp_path)) as archive:
        archive.extractall(tmp_path / "site")
    return tmp_path / "site"


def test_the_wheel_says_under_which_licence_it_is(installed: Path) -> None:
    [said] = installed.glob("music_assets-*.dist-info")
    assert (said / "licenses" / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    assert "License-Expression: MIT" in (said / "METADATA").read_text("utf-8").splitlines()


def test_the_wheel_holds_the_views_and_the_template_and_materialises_the_graph(
    installed: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    views = {path.name for path in (installed / "music_assets/sql/marts").glob("*.sql")}
    assert views == {path.name for path in (ROOT / "sql/marts").glob("*.sql")}
    assert not (installed / "music_assets_tests").exists()
    script = (
        "import music_assets, music_assets.cli.main as cli;"
        "print(music_assets.__file__); cli.main(['run'])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path, env=environment | {"PYTHONPATH": str(installed)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert ran.stdout.splitlines()[0].startswith(str(installed) + os.sep)
    assert (tmp_path / "storage/reports/index.html").is_file()
