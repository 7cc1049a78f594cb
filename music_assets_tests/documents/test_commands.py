"""Every block of code in the documents is run, or says above it why nobody tries.

README's `console` block has tests of its own (`test_readme.py`), and so have the examples in
docs/commands.md (`cli/test_documented.py`).
"""

import ast
import subprocess

import pytest

from music_assets_tests.documents.blocks import (
    DOCUMENTS,
    PYTHON,
    SHELL,
    SHOWN,
    Block,
    blocks,
)
from music_assets_tests.documents.conftest import OWN_ACCOUNT, Readers
from music_assets_tests.documents.reader import missing

#: Pages whose indented blocks other tests read.
INDENTED = {"architecture.md", "commands.md"}
#: What has tests of its own.
TESTED_ALONE = {("README.md", "console")}

BLOCKS = [each for document in DOCUMENTS for each in blocks(document)]
TYPED = [
    each
    for each in BLOCKS
    if each.language in SHELL | PYTHON and (each.document, each.language) not in TESTED_ALONE
]


#: Each in the process that runs those before it; all documents but one share a demo.
IN_ORDER = [
    pytest.param(
        each,
        id=str(each),
        marks=pytest.mark.xdist_group(OWN_ACCOUNT if each.document == OWN_ACCOUNT else "documents"),
    )
    for each in TYPED
]


@pytest.mark.slow
@pytest.mark.parametrize("block", IN_ORDER)
def test_a_block_runs_and_prints_what_the_document_says(block: Block, readers: Readers) -> None:
    if block.not_run:
        pytest.skip(f"{block} is not run: {block.not_run}")
    ran = readers(block.document).type(block)
    assert ran.returncode == 0, ran.stdout[-3000:]
    assert list(missing(block.output, ran.stdout)) == [], ran.stdout[-3000:]


@pytest.mark.parametrize("block", TYPED, ids=str)
def test_a_block_can_be_read_by_what_would_run_it(block: Block) -> None:
    if block.language in PYTHON:
        ast.parse(block.text)
    else:
        read = subprocess.run(
            ["bash", "-n"], input=block.text, capture_output=True, text=True, check=False
        )
        assert (read.returncode, read.stderr) == (0, "")


def test_every_block_says_in_what_language_it_is() -> None:
    known = SHELL | PYTHON | SHOWN
    silent = [each for each in BLOCKS if each.document not in INDENTED]
    assert [str(each) for each in silent if each.language not in known] == []


def test_only_commands_have_a_reason_not_to_run() -> None:
    assert [str(each) for each in BLOCKS if each.not_run and each not in TYPED] == []


def test_only_what_is_run_has_an_output() -> None:
    said = [each for each in BLOCKS if each.output]
    assert [str(each) for each in said if each not in TYPED or each.not_run] == []


@pytest.mark.parametrize(
    ("expected", "actual", "lacking"),
    [
        ("40 artists\n", "12 artists", []),
        ("│ tracks │ 5,000 │ …", "…\n│ tracks   │ 7 │ 0 │ 0.21 │", []),
        ("first\nsecond", "second\nfirst", ["second"]),
        ("done", "", ["done"]),
        ("[a]", "a", ["[a]"]),
    ],
)
def test_numbers_may_differ_and_words_may_not(
    expected: str, actual: str, lacking: list[str]
) -> None:
    assert list(missing(expected, actual)) == lacking
