"""The Makefile's targets, as `make help` lists them, and what `make clean` takes."""

import os
import re
import subprocess

import pytest

from music_assets_tests.browser.screenshots import LINEAGE, REPORT, VARIABLE
from music_assets_tests.conftest import ROOT

TEXT = (ROOT / "Makefile").read_text("utf-8")


def make(*arguments: str) -> list[str]:
    command = ["make", "--no-print-directory", *arguments]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return ran.stdout.splitlines()


def test_help_lists_every_target_with_its_comment() -> None:
    [phony] = re.findall(r"^\.PHONY: (.*)$", TEXT, re.MULTILINE)
    listed = dict(line.split(maxsplit=1) for line in make("help"))
    assert sorted(listed) == sorted(phony.split())
    for target, comment in listed.items():
        assert re.search(rf"^{target}:.*## {re.escape(comment)}$", TEXT, re.MULTILINE)


def test_clean_keeps_the_data_unless_told() -> None:
    assert make("-n", "clean") == ["rm -rf .venv .venv-peers site"]
    assert "rm -rf data" in make("-n", "clean", "DATA=1")
    assert make("-n", "clean-data") == ["rm -rf data"]


def test_the_pictures_in_the_documents_are_those_that_the_tests_take() -> None:
    images = {each.stem: each.stat().st_size for each in (ROOT / "docs" / "images").iterdir()}
    assert sorted(images) == sorted([REPORT, LINEAGE])
    assert max(images.values()) < 300_000
    said = "\n".join(make("-n", "pictures"))
    assert f"{VARIABLE}={ROOT}/build/pictures" in said
    for name in images:
        assert f" build/pictures/{name}.png" in said


@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="tests run in one process")
@pytest.mark.xdist_group("together")
def test_make_test_keeps_a_group_of_tests_in_one_process(request: pytest.FixtureRequest) -> None:
    assert request.node.nodeid.endswith("@together")
