"""A browser, and the report of a whole installation for it to open from the disk."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from music_assets.sandbox.server import SandboxServer
from music_assets.sandbox.world import World
from music_assets_tests.chart_files import GLOBAL, line, put
from music_assets_tests.conftest import ROOT
from music_assets_tests.house import EXTENDED, House, failures, small_world
from music_assets_tests.reported import reported

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WEEKS = ("2026-10-26", "2026-11-16")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
AXE = ROOT / ".venv" / ".azurite" / "node_modules" / "axe-core" / "axe.min.js"
Visit = Callable[..., "Visited"]


@dataclass
class Visited:
    """A page that is open, with all that the browser had to say of it and asked for."""

    page: "Page"
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def violations(self) -> list[str]:
        """The faults that axe-core finds."""
        if not AXE.exists():
            pytest.skip("axe-core is not installed; `make .venv/.azurite` does it where npm is")
        self.page.evaluate(AXE.read_text("utf-8"))
        # Otherwise it asks for the style once more, which a browser refuses to a page on a disk.
        found = self.page.evaluate("axe.run(document, {preload: false})")["violations"]
        return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found]

    def column(self, number: int, table: str = "table.sorted") -> list[str]:
        """The text of a column of the rows that are shown."""
        rows = self.page.locator(table).first.locator("tbody tr:visible")
        return rows.locator(f":nth-child({number})").all_inner_texts()


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of names that are code."""
    return reported(tmp_path_factory.mktemp("hostile")).folder / "reports"


@pytest.fixture(scope="session")
def pictured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with covers that nobody can be asked for."""
    report = reported(tmp_path_factory.mktemp("pictured"))
    report.execute("UPDATE albums SET CoverURL = 'https://i.scdn.co/image/gone'")
    report.write()
    return report.folder / "reports"


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of names that look like names, and of few enough tracks that their places move."""
    folder = tmp_path_factory.mktemp("demo")
    with SandboxServer(World.fictional(12, 30, 120, awkward=False), EXTENDED) as server:
        house = House(folder, server)
        house.follow()
        assert failures(house.run("*", WEEKS)) == {}
    return folder / "storage" / "reports"


@pytest.fixture(scope="session")
def reports(site: Path, demo: Path, hostile: Path, pictured: Path) -> list[Path]:
    """Every report that a browser is to open."""
    return [site, demo, hostile, pictured]


@pytest.fixture(scope="module")
def browser(reports: list[Path]) -> Iterator["Browser"]:  # noqa: ARG001
    """Chromium, of this machine.

    It opens once the reports are made, and closes before other modules' tests: Dagster's event
    loop bears no other in its thread.
    """
    api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("there is no chromium on this machine, which the report is looked at with")
    with api.sync_playwright() as playwright:
        # Nothing but the report is opened, and containers let nobody make a sandbox.
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of four weeks, with everything that a page may show."""
    folder = tmp_path_factory.mktemp("site")
    with SandboxServer(small_world(), EXTENDED) as server:
        house = House(folder, server)
        house.follow()
        tracks = [album[0]["id"] for album in server.world.album_tracks.values() if album]
        put(house.storage, GLOBAL, *(line(rank, tracks[rank]) for rank in (1, 2, 3)))
        result = house.run("*", WEEKS)
    assert failures(result) == {}
    return folder / "storage" / "reports"


@pytest.fixture
def visit(browser: "Browser", site: Path) -> Iterator[Visit]:
    """Opens a page of the report; options are those of a browser's context."""
    contexts = []

    def opened(file: str = "index.html", folder: Path = site, **options: Any) -> Visited:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}} | options)
        contexts.append(context)
        visited = Visited(context.new_page())
        visited.page.on("console", lambda message: visited.said.append(message.text))
        visited.page.on("pageerror", lambda error: visited.said.append(str(error)))
        visited.page.on("dialog", lambda dialog: visited.said.append(dialog.message))
        visited.page.on("request", lambda request: visited.asked.append(request.url))
        visited.page.goto((folder / file).as_uri())
        if options.get("java_script_enabled", True):
            visited.page.wait_for_selector("body[data-drawn]")
        return visited

    yield opened
    for context in contexts:
        context.close()
