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


def words() -> list[tuple[list[str], list[str]]]:
    """The words of each row in docs/naming.md, and the places where they are."""
    text = (ROOT / "docs" / "naming.md").read_text("utf-8")
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    return [
        (row[0].replace("`", "").split(", "), re.findall("`(.+?)`", row[-1])) for row in rows[1:]
    ]


def test_every_word_stands_once_and_is_where_the_page_says() -> None:
    every = [word for row, _ in words() for word in row]
    assert sorted(every) == sorted({*every})
    places = [place for _, found in words() for place in found]
    rooms = ROOT, ROOT / "music_assets"
    assert [each for each in places if not any(any(room.glob(each)) for room in rooms)] == []


@pytest.mark.parametrize("room", ["publishing", "report", "storage"])
def test_a_module_that_says_what_its_name_means_has_it_among_the_words(room: str) -> None:
    known = {form for row, _ in words() for word in row for form in (word, f"{word}s")}
    opening = re.compile(r'"""(?:The )?(\w+):')
    files = {
        each.stem: each.read_text("utf-8") for each in (ROOT / "music_assets" / room).glob("*.py")
    }
    said = {
        name: found[1].lower() for name, text in files.items() if (found := opening.match(text))
    }
    assert {name for name, word in said.items() if word in name and word not in known} == set()
