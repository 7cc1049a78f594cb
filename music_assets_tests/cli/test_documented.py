"""docs/commands.md says of every command what it does, with an example that can be called."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from music_assets.cli.main import main
from music_assets.cli.terminal import INTERRUPTED
from music_assets_tests.conftest import ROOT

PROGRAM = "music-assets"
TEXT = (ROOT / "docs" / "commands.md").read_text("utf-8")
SECTIONS = {
    " ".join(title.split()[1:]): text
    for title, text in re.findall(r"^## `(.*?)`\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL)
}
EXAMPLES = [
    line.strip()
    for text in SECTIONS.values()
    for line in re.findall(rf"^    {PROGRAM}.*$", text, re.MULTILINE)
]


def commands(group: click.Group, *names: str) -> Iterator[tuple[str, click.Command]]:
    """The commands that do something, by their whole names."""
    with click.Context(group) as context:
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            if isinstance(command, click.Group):
                yield from commands(command, *names, name)
            elif command is not None:
                yield " ".join((*names, name)), command


COMMANDS = dict(commands(main))


def test_there_is_a_section_for_every_command_and_for_nothing_else() -> None:
    assert sorted(SECTIONS) == sorted(COMMANDS)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_section_names_every_option_and_has_an_example(name: str) -> None:
    options = [each for each in COMMANDS[name].params if isinstance(each, click.Option)]
    assert [each.opts[0] for each in options if each.opts[0] not in SECTIONS[name]] == []
    assert any(line.startswith(f"{PROGRAM} {name}") for line in EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_understood(
    example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = shlex.split(example)[1:]
    name = next(each for each in COMMANDS if words[: len(each.split())] == each.split())
    for word in words:
        if Path(word).suffix in {".csv", ".zip", ".json"}:
            Path(word).touch()
    COMMANDS[name].make_context(name, words[len(name.split()) :])


def test_the_exit_codes_are_those_of_the_commands() -> None:
    assert re.findall(r"^\| (\d+) \|", TEXT, re.MULTILINE) == ["0", "1", "2", str(INTERRUPTED)]
