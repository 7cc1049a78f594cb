"""The README's commands, each run as it stands there, but for the week and where things lie."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from music_assets.ingest.inbox import put_follow_list
from music_assets.partitions import WEEKS, newest_key
from music_assets.resources.storage import FolderStorage
from music_assets.settings import Settings
from music_assets_tests.house import small_catalogue

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
COMMANDS = [
    line
    for block in re.findall(r"```console\n(.*?)```", README, flags=re.DOTALL)
    for line in block.splitlines()
]

pytestmark = pytest.mark.slow


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    home = tmp_path / "dagster"
    home.mkdir()
    shutil.copy(ROOT / "dagster.yaml", home)
    ours = {str(field.validation_alias) for field in Settings.model_fields.values()}
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return kept | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "DAGSTER_HOME": str(home),
        "MUSIC_STORAGE_URL": str(tmp_path / "storage"),
        "MUSIC_DATABASE_URL": f"sqlite:///{tmp_path}/music.db",
    }


def call(command: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, shell=True, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_a_documented_command_works(command: str, environment: dict[str, str]) -> None:
    pages = [{"items": list(small_catalogue().followed)[:3]}]
    put_follow_list(FolderStorage(root=environment["MUSIC_STORAGE_URL"]), pages)
    ran = call(command.replace("2026-11-16", newest_key()), environment)
    assert ran.returncode == 0, ran.stderr[-3000:]


def test_there_are_commands_to_test() -> None:
    assert len(COMMANDS) >= 7


def test_materialising_without_a_week_ends_in_a_sentence(environment: dict[str, str]) -> None:
    ran = call("dagster asset materialize --select '*' -m music_assets.definitions", environment)
    assert ran.returncode == 1
    first, newest = WEEKS.get_partition_keys()[0], newest_key()
    assert ran.stderr.splitlines()[-1] == (
        "Some of these assets are made per week and no week was named; add --partition "
        f"{newest}, or --partition-range {first}...{newest} for all."
    )
    assert "Traceback" not in ran.stderr
    wrong = call(
        "dagster asset materialize --select '*' -m music_assets.definitions "
        "--partition 2026-11-17", environment,
    )  # fmt: skip
    assert wrong.returncode == 1
    assert f"--partition {newest}" in wrong.stderr.splitlines()[-1]
    assert "Traceback" not in wrong.stderr
