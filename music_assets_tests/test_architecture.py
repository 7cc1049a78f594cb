"""The house: its layers, its measures, and the pictures of them in docs/."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

from music_assets_tests.conftest import ROOT
from music_assets_tests.outside import azurite

PACKAGE = ROOT / "music_assets"
MODULES = sorted(PACKAGE.rglob("*.py"))
LINTER = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]


def functions() -> Iterator[tuple[str, int]]:
    """Each function's name and length in lines."""
    for file in MODULES:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno
                yield f"{file.name}: {node.name}", node.end_lineno - node.lineno + 1


def test_the_picture_of_the_layers_is_the_one_that_is_enforced() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    section = text.partition("## The layers")[2].partition("\n## ")[0]
    drawn = [line.strip() for line in section.splitlines() if line.startswith("    ")]
    assert drawn == LINTER["contracts"][0]["layers"]


@pytest.mark.parametrize(
    ("module", "wrong"),
    [
        ("storage/folder.py", "from music_assets.landing import pages"),
        ("spotify/session.py", "from music_assets.engines import engine"),
        ("transforms/weekly.py", "import polars"),
        ("engines/databricks/cluster_job.py", "from music_assets.config import settings"),
    ],
)
def test_a_wrong_import_is_found(tmp_path: Path, module: str, wrong: str) -> None:
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PACKAGE, tmp_path / "music_assets", ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / "music_assets" / module).open("a") as file:
        file.write(f"\n{wrong}\n")
    lint = Path(sys.executable).with_name("lint-imports")
    ran = subprocess.run(
        [lint, "--no-cache", "--no-logo"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
        env={"PYTHONPATH": str(tmp_path), "COLUMNS": "200"},
    )  # fmt: skip
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "1 broken" in ran.stdout


def test_a_newcomer_finds_five_modules_at_the_root_and_no_name_twice() -> None:
    assert len(list(PACKAGE.glob("*.py"))) <= 5
    both = ("catalogue", "charts", "sales", "weekly")
    mirrored = {PACKAGE / "defs" / "assets" / f"{name}.py" for name in both}
    names = Counter(each.stem for each in MODULES if each not in mirrored)
    assert [name for name, count in names.items() if count > 1] == ["__init__"]


def test_functions_and_files_are_short() -> None:
    lengths = dict(functions())
    assert {name: length for name, length in lengths.items() if length > 45} == {}
    assert median(lengths.values()) <= 8
    files = {file: len(file.read_text("utf-8").splitlines()) for file in MODULES}
    assert {name: length for name, length in files.items() if length > 260} == {}
    assert median(files.values()) <= 110


def test_azurite_is_looked_for_where_make_installs_it() -> None:
    assert azurite.PROGRAM.is_relative_to(ROOT / ".venv" / ".azurite")
    assert "npm install --prefix $@" in (ROOT / "Makefile").read_text("utf-8")


def test_every_path_in_the_package_that_a_document_names_exists() -> None:
    documents = [*(ROOT / "docs").glob("*.md"), *ROOT.glob("*.md")]
    rooms = "|".join(sorted(each.name for each in PACKAGE.iterdir() if each.is_dir()))
    for document in documents:
        named = re.findall(rf"`((?:music_assets/)?(?:{rooms})/[\w/]*\.py)`", document.read_text())
        missing = [
            each for each in named if not (PACKAGE / each.removeprefix("music_assets/")).exists()
        ]
        assert missing == [], document.name
