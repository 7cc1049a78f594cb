"""The report in a browser, opened from the disk: as people read it, and as others have to."""

import re
from pathlib import Path

import pytest

from music_assets_tests.browser.conftest import Visit
from music_assets_tests.browser.screenshots import REPORT, keep
from music_assets_tests.reported import EVIL

# One process makes the reports.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("report-site")]

KINDS = ("index", "week", "month", "year", "artist", "album", "listening")
PHONE = {"viewport": {"width": 390, "height": 800}}
#: 1280 pixels at 400 %.
ENLARGED = {"viewport": {"width": 320, "height": 256}}
WEEK, BEFORE = "2026-W47", "2026-W46"


def file_of(kind: str, site: Path) -> str:
    """A page of a kind."""
    folder = {"artist": "artists", "album": "albums"}.get(kind)
    if folder:
        return f"{folder}/{min(each.name for each in (site / folder).iterdir())}"
    known = {"week": f"weeks/{WEEK}", "month": "months/2026-11", "year": "years/2026"}
    return f"{known.get(kind, kind)}.html"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong(visit: Visit, site: Path, kind: str, scheme: str) -> None:
    visited = visit(file_of(kind, site), color_scheme=scheme)
    keep(visited.page, f"report_{kind}_{scheme}", full_page=True)
    assert visited.violations() == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_says_nothing_on_the_console_and_asks_nobody_but_the_disk(
    visit: Visit, site: Path, kind: str
) -> None:
    visited = visit(file_of(kind, site))
    assert visited.said == []
    assert {url.partition(":")[0] for url in visited.asked} <= {"file", "data"}
    assert visited.page.locator(".plot svg").count() >= 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("screen", [PHONE, ENLARGED], ids=["phone", "400 %"])
def test_nothing_has_to_be_scrolled_sideways(
    visit: Visit, site: Path, kind: str, screen: dict[str, object]
) -> None:
    visited = visit(file_of(kind, site), **screen)
    if screen is PHONE:
        keep(visited.page, f"report_{kind}_phone")
    wide = visited.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0
    assert visited.violations() == []


def test_a_reader_sees_at_once_what_is_simulated_and_what_is_at_the_top(
    visit: Visit, demo: Path
) -> None:
    height = 900
    page = visit(folder=demo, viewport={"width": 1200, "height": height}).page
    keep(page, REPORT)
    for seen in ("h1", ".lead", ".note", "tr[data-song]"):
        box = page.locator(seen).first.bounding_box()
        assert box is not None, seen
        assert box["y"] + box["height"] <= height, seen


def numbers(texts: list[str]) -> list[int]:
    return [int(text.split()[0].replace(",", "")) for text in texts]


def test_a_table_is_sorted_by_what_its_heading_says(visit: Visit) -> None:
    visited = visit()
    heading = visited.page.locator("table.sorted").first.get_by_role("button", name="Downloads")
    heading.click()
    downloads = numbers(visited.column(6))
    assert downloads == sorted(downloads, reverse=True)
    cell = visited.page.get_by_role("columnheader", name="Downloads")
    assert cell.get_attribute("aria-sort") == "descending"
    heading.click()
    assert numbers(visited.column(6)) == downloads[::-1]
    assert cell.get_attribute("aria-sort") == "ascending"
    assert "Sorted by Downloads, rising." in visited.page.get_by_role("status").all_inner_texts()


def test_a_search_leaves_the_rows_that_hold_the_words(visit: Visit) -> None:
    visited = visit()
    titles = visited.page.locator("tr[data-song] .title bdi").all_inner_texts()
    visited.page.get_by_role("searchbox").fill(titles[4].upper())
    shown = visited.page.locator("tr[data-song]:visible .title bdi").all_inner_texts()
    assert titles[4] in shown
    assert len(shown) < len(titles)
    said = visited.page.get_by_role("status").first.inner_text()
    assert said == f"{len(shown)} of {len(titles)} rows"
    visited.page.get_by_role("searchbox").fill("nobody is called this")
    said = visited.page.get_by_role("status").first.inner_text()
    assert said == f"None of {len(titles)} rows has this."
    assert not visited.page.get_by_role("table", name="Most streamed tracks").is_visible()
    visited.page.get_by_role("searchbox").fill("")
    assert visited.page.locator("tr[data-song]:visible").count() == len(titles)


@pytest.mark.parametrize("typed", ["zoe", "ZOË", "Zoe\u0308"])
def test_a_search_finds_a_name_however_its_accents_are_typed(
    visit: Visit, hostile: Path, typed: str
) -> None:
    page = visit(folder=hostile).page
    page.get_by_role("searchbox").fill(typed)
    found = page.locator("tr[data-song]:visible")
    assert found.count() > 0
    assert all("Zoë" in each for each in found.all_inner_texts())


def test_a_filter_leaves_the_rows_that_moved_so(visit: Visit) -> None:
    visited = visit()
    every = visited.page.locator("tr[data-song]").count()
    visited.page.get_by_label("Movement").select_option("new")
    moves = visited.page.locator("tr[data-song]:visible .move").all_inner_texts()
    assert set(moves) == {"new"}
    assert 0 < len(moves) < every


def test_from_week_to_week(visit: Visit) -> None:
    page = visit().page
    assert page.locator("h1").inner_text() == "Week 47 of 2026"
    page.get_by_role("link", name="Previous week").click()
    page.wait_for_selector("body[data-drawn]")
    assert page.url.endswith(f"weeks/{BEFORE}.html")
    page.get_by_role("link", name="Next week").click()
    page.wait_for_selector("body[data-drawn]")
    assert page.url.endswith(f"weeks/{WEEK}.html")
    page.get_by_text("All weeks", exact=True).click()
    page.get_by_role("link", name="Week 44 of 2026").click()
    page.wait_for_selector("body[data-drawn]")
    assert page.url.endswith("weeks/2026-W44.html")
    page.get_by_text("All weeks", exact=True).click()
    page.get_by_role("link", name="2026 in review").click()
    assert page.locator("h1").inner_text() == "2026 in review"


def test_an_artist_has_a_page_with_a_trend_of_the_weeks(visit: Visit) -> None:
    page = visit().page
    link = page.locator("ol.ranked a").first
    name = link.inner_text()
    link.click()
    page.wait_for_selector("body[data-drawn]")
    assert page.locator("h1").inner_text() == name
    assert page.locator(".plot").first.locator("path[fill^='url(#hatch']").count() == 4
    page.locator("ul.covers a").first.click()
    page.wait_for_selector("body[data-drawn]")
    assert "/albums/" in page.url
    page.locator(".lead a").first.click()
    assert "/artists/" in page.url


def test_bars_start_at_zero_and_those_of_simulated_figures_are_hatched(visit: Visit) -> None:
    page = visit().page
    assert page.locator(".plot").first.locator("text", has_text=re.compile("^0$")).count() == 1
    hatched = page.locator(".plot").first.locator("path[fill^='url(#hatch']")
    rows = page.locator("details.numbers").first.locator("tbody tr")
    assert hatched.count() == rows.count() == 4


def focused(visit_page: object) -> str:
    return str(
        visit_page.evaluate("document.activeElement.innerText || document.activeElement.id")  # type: ignore[attr-defined]
    )


def test_everything_can_be_done_with_the_keyboard_alone(visit: Visit) -> None:
    page = visit().page
    keys = page.keyboard
    keys.press("Tab")
    assert focused(page) == "Skip to the content"
    keys.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.locator("summary", has_text="All weeks").focus()
    keys.press("Enter")
    assert page.locator("details.picker").get_attribute("open") is not None
    keys.press("Tab")
    assert focused(page) == "2026 in review"
    keys.press("Escape")
    assert page.locator("details.picker").get_attribute("open") is None
    assert focused(page) == "All weeks"
    page.get_by_role("searchbox").focus()
    keys.type("zzzz")
    assert page.locator("tr[data-song]:visible").count() == 0
    for _ in "zzzz":
        keys.press("Backspace")
    page.locator("table.sorted").first.get_by_role("button", name="Track").focus()
    keys.press("Space")
    heading = page.get_by_role("columnheader", name="Track")
    assert heading.get_attribute("aria-sort") == "ascending"
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def luminance(page: object) -> float:
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")  # type: ignore[attr-defined]
    return sum(map(int, re.findall(r"\d+", colour)[:3])) / 765


def test_the_page_is_dark_where_the_reader_wants_it(visit: Visit) -> None:
    assert luminance(visit(color_scheme="dark").page) < 0.15
    assert luminance(visit(color_scheme="light").page) > 0.85


def test_nothing_moves_for_who_wants_less_motion(visit: Visit) -> None:
    page = visit(reduced_motion="reduce").page
    moving = "[...document.querySelectorAll('*')].filter(e => getComputedStyle(e)"
    assert page.evaluate(f"{moving}.transitionDuration !== '0s').length") == 0
    assert page.evaluate(f"{moving}.animationName !== 'none').length") == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_printed_page_has_the_numbers_and_none_of_the_tools(
    visit: Visit, site: Path, kind: str
) -> None:
    page = visit(file_of(kind, site)).page
    page.emulate_media(media="print")
    for hidden in (".top", ".tools", ".out"):
        assert page.locator(f"{hidden}:visible").count() == 0
    assert page.locator("h1:visible").count() == 1
    pages = page.pdf(format="A4").count(b"/Type /Page\n")
    assert 1 <= pages <= 6


def test_without_a_script_the_numbers_are_there(visit: Visit) -> None:
    page = visit(java_script_enabled=False).page
    assert page.locator("tr[data-song]").count() == 20
    assert page.locator("noscript").count() >= 1


def test_names_that_are_code_do_nothing(visit: Visit, hostile: Path) -> None:
    for file in sorted(hostile.rglob("*.html")):
        visited = visit(str(file.relative_to(hostile)), folder=hostile)
        assert visited.said == [], file
    assert EVIL in visit(folder=hostile).page.inner_text("main")


def test_a_picture_that_cannot_be_had_leaves_the_drawn_one(visit: Visit, pictured: Path) -> None:
    page = visit(folder=pictured, offline=True).page
    assert "<img" in (pictured / "index.html").read_text("utf-8")
    page.evaluate("for (const each of [...document.images]) each.loading = 'eager'")
    page.wait_for_selector(".art img", state="detached")
    assert page.locator(".art").count() > 0
