"""Shells are told of the commands."""

import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from music_assets.cli.main import main


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_a_script_that_asks_the_command(shell: str) -> None:
    ran = CliRunner().invoke(main, ["completion", shell])
    assert ran.exit_code == 0
    assert f"_MUSIC_ASSETS_COMPLETE={shell}_complete" in ran.output


def completed(*words: str) -> list[str]:
    """The words that bash is told the last one may become."""
    program = "from music_assets.cli.main import main; main(prog_name='music-assets')"
    told = {
        "_MUSIC_ASSETS_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(["music-assets", *words]),
        "COMP_CWORD": str(len(words)),
    }
    ran = subprocess.run(
        [sys.executable, "-c", program], env=os.environ | told, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    return [line.partition(",")[2] for line in ran.stdout.splitlines()]


def test_commands_and_options_are_completed() -> None:
    assert completed("se") == ["settings"]
    assert completed("schema", "--dialect", "ms") == ["mssql"]
    assert "--refresh" in completed("run", "--")
