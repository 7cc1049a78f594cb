"""The site that `make docs` builds: whole, and without a word to another server."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from music_assets_tests.conftest import ROOT

# What is made for all of its tests is made once.
pytestmark = pytest.mark.xdist_group("documents-site")

#: What `make docs` adds, out of an npm package.
ADDED = {"javascripts/mermaid.min.js"}


@dataclass
class Page(HTMLParser):
    """The things that a page refers to and makes the browser fetch, and its anchors."""

    file: Path
    links: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.file.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors.add(given.get("id", ""))
        if address := given.get("src") or given.get("href"):
            self.links.append(address)
            if tag != "a" and given.get("rel") != "canonical":
                self.fetched.append(address)


def build(folder: Path) -> subprocess.CompletedProcess[str]:
    """Build the site of the `docs` in a folder, as `make docs` does."""
    shutil.copy(ROOT / "mkdocs.yml", folder)
    program = Path(sys.executable).with_name("zensical")
    return subprocess.run(
        [program, "build", "--strict"], cwd=folder, capture_output=True, text=True, check=False
    )


def copied(folder: Path) -> Path:
    """The documents, in a folder of their own."""
    return Path(shutil.copytree(ROOT / "docs", folder / "docs"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Page]:
    """The pages of the built site."""
    folder = tmp_path_factory.mktemp("docs")
    copied(folder)
    built = build(folder)
    assert built.returncode == 0, built.stdout + built.stderr
    files = sorted((folder / "site").rglob("*.html"))
    return {file: Page(file) for file in files if file.name != "404.html"}


def broken(page: Page, site: dict[Path, Page]) -> Iterator[str]:
    """The links of a page that lead nowhere within the site."""
    for link in page.links:
        address = urlsplit(link)
        if address.scheme or address.netloc or link.startswith("javascript"):
            continue
        target = (page.file.parent / unquote(address.path)).resolve() if address.path else page.file
        target = target / "index.html" if target.is_dir() else target
        is_there = target.is_file() or any(str(target).endswith(each) for each in ADDED)
        anchor = unquote(address.fragment)
        known = site[target].anchors if target in site else set()
        if not is_there or (anchor and target in site and anchor not in known):
            yield f"{page.file.name}: {link}"


def test_every_link_leads_to_a_page_a_picture_or_an_anchor(site: dict[Path, Page]) -> None:
    assert [each for page in site.values() for each in broken(page, site)] == []


def test_every_document_is_a_page(site: dict[Path, Page]) -> None:
    documents = (ROOT / "docs").rglob("*.md")
    named = {str(each.relative_to(ROOT / "docs").with_suffix("")) for each in documents}
    named = {each.replace("README", "index") for each in named}
    root = min(site, key=lambda file: len(file.parts)).parent
    assert named == {str(file.relative_to(root).with_suffix("")) for file in site}


def test_every_page_is_in_the_navigation() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text("utf-8").partition("\nnav:\n")[2]
    pages = (ROOT / "docs").glob("*.md")
    assert [each.name for each in pages if f" {each.name}\n" not in navigation] == []


def test_a_page_fetches_nothing_from_another_server(site: dict[Path, Page]) -> None:
    foreign = {each for page in site.values() for each in page.fetched if urlsplit(each).netloc}
    assert foreign == set()


@pytest.mark.parametrize("wrong", ["[a page](nowhere.md)", "[a part](operating.md#nowhere)"])
def test_a_broken_link_ends_the_build(tmp_path: Path, wrong: str) -> None:
    with (copied(tmp_path) / "terms.md").open("a") as page:
        page.write(f"\n{wrong}\n")
    assert build(tmp_path).returncode == 1


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_every_link_of_a_page_beside_the_site_leads_to_a_file(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    links = [link for link in re.findall(r"\]\((.*?)\)", text) if "://" not in link]
    assert [link for link in links if not (ROOT / link.partition("#")[0]).exists()] == []
