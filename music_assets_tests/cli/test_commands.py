"""The commands' names, and what it costs to list them."""

import subprocess
import sys

import click
import pytest

from music_assets.cli.commands import COMMANDS
from music_assets.cli.main import main


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_each_name_in_the_list_is_a_command(name: str) -> None:
    with click.Context(main) as context:
        found = main.get_command(context, name)
    assert found is not None
    assert found.name == name
    assert found.help


def test_help_lists_every_command_with_its_line_and_imports_neither_dagster_nor_polars() -> None:
    heavy = "sorted({'dagster', 'polars', 'sqlalchemy', 'pandas', 'rich'} & set(sys.modules))"
    code = (
        "import sys; from music_assets.cli.main import main\n"
        "main(['--help'], standalone_mode=False); print('imported', " + heavy + ")"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "imported []"
    for name, (_, summary) in COMMANDS.items():
        assert f"{name} " in ran.stdout
        assert " ".join(summary.split()[:3]) in ran.stdout


def test_a_command_that_does_not_exist_is_a_sentence() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "music_assets.cli", "rnu"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 2
    assert "No such command 'rnu'" in ran.stderr
    assert "Traceback" not in ran.stderr
