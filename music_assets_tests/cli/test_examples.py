"""The examples in docs/commands.md that need nothing but an installation, each as it stands."""

import shlex

import pytest

from music_assets_tests.cli.installation import Installation
from music_assets_tests.cli.test_documented import EXAMPLES, PROGRAM

#: These need a browser, a server that goes on, Spark, a person's file, or a record or a week that
#: is not there; tests of their own call them.
ELSEWHERE = (
    "figures", "follow", "listening", "login", "quarantine replay", "quarantine show",
    "report --serve", "report --week", "run", "sandbox", "stream", "ui",
)  # fmt: skip
CALLED = [each for each in EXAMPLES if not each.removeprefix(f"{PROGRAM} ").startswith(ELSEWHERE)]


@pytest.mark.parametrize("example", CALLED)
def test_an_example_works(example: str, installed: Installation) -> None:
    ran = installed.call(*shlex.split(example)[1:], BROWSER="true %s")
    assert ran.code == 0, ran.err
    assert ran.out or "prepare" in example


def test_most_examples_are_called_here() -> None:
    assert len(CALLED) >= 9
