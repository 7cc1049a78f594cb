"""Dagster's UI in a browser, as people use it: lineage, columns, and runs that a click launches."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from music_assets.config.dagster_home import SETTINGS
from music_assets.landing.follow_inbox import put_follow_list
from music_assets.partitions import newest_key
from music_assets.schema import tables
from music_assets.storage.folder import FolderStorage
from music_assets.weeks import Week
from music_assets_tests.browser.screenshots import LINEAGE, keep
from music_assets_tests.house import small_world
from music_assets_tests.outside.dagster_dev import dagster_dev, runs_by_status
from music_assets_tests.test_dagster_dev import wait_until
from music_assets_tests.test_definitions import GROUPS

if TYPE_CHECKING:
    from playwright.sync_api import Page, ViewportSize

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SECONDS = 60_000
SIZE: "ViewportSize" = {"width": 1600, "height": 1000}
#: Of the picture in README: the groups fill it.
README_SIZE: "ViewportSize" = {"width": 1500, "height": 560}
#: The milliseconds until the UI stands still.
STILL = 3000

pytestmark = [
    pytest.mark.xdist_group("dagster-ui"),
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium; apt-get install chromium"),
]


@dataclass
class Site:
    """A running UI with three weeks of a few artists, and a page of a browser."""

    url: str
    page: "Page"
    folder: Path
    environment: dict[str, str]
    errors: list[str]

    def open(self, path: str) -> None:
        self.page.goto(f"{self.url}{path}")

    def see(self, text: str) -> None:
        self.page.get_by_text(text).first.wait_for(timeout=SECONDS)

    def click(self, button: str) -> None:
        self.page.get_by_role("button", name=button).first.click(timeout=SECONDS)

    def keep(self, name: str) -> None:
        keep(self.page, name, patience=STILL)

    def wait_for_runs(self, count: int) -> None:
        def are_done() -> bool:
            statuses = runs_by_status(self.environment)
            assert "FAILURE" not in statuses
            return statuses["SUCCESS"] >= count

        wait_until(are_done, self.folder)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    folder = tmp_path_factory.mktemp("ui")
    (folder / "dagster").mkdir()
    shutil.copy(SETTINGS, folder / "dagster")
    environment = os.environ | {
        "DAGSTER_HOME": str(folder / "dagster"),
        "MUSIC_STORAGE_URL": str(folder / "storage"),
        "MUSIC_DATABASE_URL": f"sqlite:///{folder}/music.db",
        "MUSIC_FIRST_WEEK": Week.from_key(newest_key()).and_before(3)[-1].key,
    }
    pages = [{"items": list(small_world().followed)[:3]}]
    put_follow_list(FolderStorage(root=environment["MUSIC_STORAGE_URL"]), pages)
    with dagster_dev(folder, environment) as server, sync_api.sync_playwright() as playwright:
        assert isinstance(server.args, list)
        url = f"http://127.0.0.1:{server.args[server.args.index('--port') + 1]}"
        said = folder / "dev.log"
        wait_until(lambda: "Serving dagster-webserver" in said.read_text("utf-8"), folder)
        # A container's root may not open Chromium's own sandbox.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page, errors = browser.new_page(viewport=SIZE), list[str]()
        page.on("console", lambda told: errors.append(told.text) if told.type == "error" else None)
        site = Site(url, page, folder, environment, errors)
        # The sensor has seen the list.
        site.wait_for_runs(1)
        yield site
        browser.close()
    # Dagster's page asks for something outside, which a machine without a network does not find.
    assert [error for error in errors if "ERR_NAME_NOT_RESOLVED" not in error] == []


def test_lineage_shows_every_group_and_expanded_every_asset(site: Site) -> None:
    site.page.set_viewport_size(README_SIZE)
    site.open("/asset-groups")
    for group in GROUPS:
        site.see(group)
    site.keep(LINEAGE)
    site.page.set_viewport_size(SIZE)
    lefts = {group: _left_of(site, group) for group in GROUPS}
    path = ["follow_list", "catalogue", "weekly", "marts", "reports"]
    assert sorted(path, key=lefts.__getitem__) == path
    site.page.keyboard.press("Alt+e")
    # The graph writes the names that are in sight and large enough.
    site.page.set_viewport_size({"width": 3200, "height": 2200})
    site.see("artist_identity")
    site.keep("lineage_expanded")
    site.page.set_viewport_size(SIZE)


def _left_of(site: Site, group: str) -> float:
    """The left edge of a group in the graph, which is right of the list of groups."""
    found = site.page.get_by_text(group, exact=True).all()
    return max(box["x"] for each in found if (box := each.bounding_box()))


def test_a_table_has_columns_with_descriptions_a_preview_and_its_source(site: Site) -> None:
    site.open("/assets/albums?view=overview")
    site.see("TotalTracks")
    for column in ("AlbumID", "TotalTracks"):
        # The UI shows Markdown; the words before any mark of it are enough.
        site.see((tables.albums.c[column].comment or "").split("`")[0].strip()[:40])
    site.see("in editor")
    assert "catalogue.py" in site.page.get_by_text("in editor").first.inner_text()
    site.see("preview")
    site.keep("albums")


def test_a_weekly_table_has_a_chart_of_its_weeks_and_a_freshness_policy(site: Site) -> None:
    site.open("/assets/weekly_streams?view=overview")
    site.see("simulated, ")
    site.see("Freshness policy")
    site.keep("weekly_streams")


def test_a_click_materialises_an_asset(site: Site) -> None:
    before = runs_by_status(site.environment)["SUCCESS"]
    site.open("/assets/raw_sales?view=overview")
    site.click("Materialize")
    site.see("Launched run")
    site.wait_for_runs(before + 1)


def test_clicks_launch_a_backfill_of_all_weeks_in_one_run(site: Site) -> None:
    before = runs_by_status(site.environment)["SUCCESS"]
    site.open("/assets/weekly_downloads?view=overview")
    site.click("Materialize")
    site.page.get_by_role("button", name="All", exact=True).click(timeout=SECONDS)
    site.keep("backfill")
    site.click("Launch backfill")
    site.wait_for_runs(before + 1)
