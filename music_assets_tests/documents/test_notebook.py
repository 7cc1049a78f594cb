"""The notebook answers its ten questions, with charts, also of data that is new to it."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

from music_assets_tests.conftest import ROOT
from music_assets_tests.documents.conftest import Readers

NOTEBOOK = ROOT / "docs" / "notebooks" / "ten_questions.ipynb"


def pictures(notebook: Path) -> list[str]:
    """The charts of the notebook, each as SVG."""
    cells = nbformat.read(str(notebook), as_version=4).cells  # type: ignore[no-untyped-call]
    outputs: list[Any] = [output for cell in cells for output in cell.get("outputs", ())]
    return [output.data["image/svg+xml"] for output in outputs]


def executed(folder: Path) -> subprocess.CompletedProcess[str]:
    shutil.copy(NOTEBOOK, folder)
    program = Path(sys.executable).with_name("jupyter-execute")
    return subprocess.run(
        [program, "--inplace", NOTEBOOK.name], cwd=folder,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=300,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.xdist_group("documents")
def test_the_notebook_answers_ten_questions_of_a_demo(readers: Readers) -> None:
    folder = readers("ten_questions.ipynb").folder
    ran = executed(folder)
    assert ran.returncode == 0, ran.stdout[-3000:]
    drawn = pictures(folder / NOTEBOOK.name)
    assert len(drawn) == 10
    # Each has marks, so that none is empty: with data there is a word for the reader of each.
    assert [each for each in drawn if 'role="graphics-symbol"' not in each] == []


def test_the_notebook_in_the_docs_has_its_answers() -> None:
    assert len(pictures(NOTEBOOK)) == 10


@pytest.mark.slow
def test_without_data_the_notebook_says_what_to_do(tmp_path: Path) -> None:
    ran = executed(tmp_path)
    assert ran.returncode != 0
    assert "call `make run` first" in ran.stdout
