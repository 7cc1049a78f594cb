"""Files, tests in them, and targets of the Makefile exist where the documents name them."""

import re
from pathlib import Path

import pytest

from music_assets_tests.conftest import ROOT

DOCUMENTS = [*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")]
FILE = re.compile(r"`((?:music_assets_tests|sql|deploy|docs|benchmarks)/[\w./-]+?)(?:::(\w+))?`")
TARGET = re.compile(r"`make (\w+)`")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda each: str(each.relative_to(ROOT)))
def test_what_a_document_names_exists(document: Path) -> None:
    text, makefile = document.read_text("utf-8"), (ROOT / "Makefile").read_text("utf-8")
    files = FILE.findall(text)
    assert [file for file, _ in files if not (ROOT / file).exists()] == []
    tests = [(file, test) for file, test in files if test]
    assert [test for file, test in tests if f"def {test}(" not in (ROOT / file).read_text()] == []
    assert [each for each in TARGET.findall(text) if f"\n{each}:" not in makefile] == []
