"""The README's commands, each run as it stands there, but for the week, in a shell of its own."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from music_assets.config.dagster_home import SETTINGS
from music_assets.landing.follow_inbox import put_follow_list
from music_assets.partitions import WEEKS, newest_key
from music_assets.storage.folder import FolderStorage
from music_assets_tests.conftest import ROOT
from music_assets_tests.house import small_world

README = (ROOT / "README.md").read_text("utf-8")
[BLOCK] = re.findall(r"```console\n(.*?)```", README, flags=re.DOTALL)
COMMANDS = BLOCK.splitlines()
DAGSTER = "DAGSTER_HOME=$PWD/data/dagster .venv/bin/dagster"

pytestmark = pytest.mark.slow


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout as `make run` leaves it, with data of its own and a short follow list."""
    for name in ("music_assets", "sql", "pyproject.toml", "workspace.yaml"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / ".venv").symlink_to(sys.prefix)
    (tmp_path / "data" / "dagster").mkdir(parents=True)
    shutil.copy(SETTINGS, tmp_path / "data" / "dagster")
    pages = [{"items": list(small_world().followed)[:3]}]
    put_follow_list(FolderStorage(root=str(tmp_path / "data" / "storage")), pages)
    return tmp_path


def call(command: str, checkout: Path) -> subprocess.CompletedProcess[str]:
    """Run a command in a fresh shell, with nothing set before."""
    return subprocess.run(
        command,
        shell=True,
        cwd=checkout,
        env={"PATH": os.defpath, "HOME": str(checkout)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_a_documented_command_works(command: str, checkout: Path) -> None:
    ran = call(command.replace("2026-11-16", newest_key()), checkout)
    assert ran.returncode == 0, ran.stderr[-3000:]


def test_what_a_command_materialises_is_in_the_history_that_the_ui_shows(checkout: Path) -> None:
    command = f"{DAGSTER} asset materialize --select raw_artists -m music_assets.definitions"
    assert call(command, checkout).returncode == 0
    with dg.DagsterInstance.from_config(str(checkout / "data" / "dagster")) as instance:
        assert instance.get_latest_materialization_event(dg.AssetKey("raw_artists"))


def test_there_are_commands_to_test_that_need_nothing_before() -> None:
    assert len(COMMANDS) >= 7
    assert [each for each in COMMANDS if ".venv/bin/d" not in each or "export" in each] == []


def test_materialising_without_a_week_ends_in_a_sentence(checkout: Path) -> None:
    ran = call(f"{DAGSTER} asset materialize --select '*' -m music_assets.definitions", checkout)
    assert ran.returncode == 1
    first, newest = WEEKS.get_partition_keys()[0], newest_key()
    assert ran.stderr.splitlines()[-1] == (
        "Some of these assets are made per week and no week was named; add --partition "
        f"{newest}, or --partition-range {first}...{newest} for all."
    )
    assert "Traceback" not in ran.stderr
    wrong = call(
        f"{DAGSTER} asset materialize --select '*' -m music_assets.definitions "
        "--partition 2026-11-17", checkout,
    )  # fmt: skip
    assert wrong.returncode == 1
    assert f"--partition {newest}" in wrong.stderr.splitlines()[-1]
    assert "Traceback" not in wrong.stderr
