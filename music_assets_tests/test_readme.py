"""The README's commands, each run as it stands there, but for the week and where things lie."""

import re
import subprocess

import pytest

from music_assets.landing.follow_inbox import put_follow_list
from music_assets.partitions import WEEKS, newest_key
from music_assets.storage.folder import FolderStorage
from music_assets_tests.conftest import ROOT
from music_assets_tests.house import small_catalogue

README = (ROOT / "README.md").read_text("utf-8")
COMMANDS = [
    line
    for block in re.findall(r"```console\n(.*?)```", README, flags=re.DOTALL)
    for line in block.splitlines()
]

pytestmark = pytest.mark.slow


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
