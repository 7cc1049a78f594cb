"""The pictures of what a browser shows: kept where the environment names a folder for them.

docs/images has two of them, under the same names; `make pictures` puts them there.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page

VARIABLE = "MUSIC_TEST_SCREENSHOTS"
#: Those in docs/images.
REPORT, LINEAGE = "report", "lineage"


def keep(page: "Page", name: str, *, patience: float = 0, **options: Any) -> None:
    """Keep a picture of a page as `<name>.png`; nowhere unless there is a folder.

    Args:
        page: that the browser shows.
        name: of the picture.
        patience: milliseconds that the page needs until nothing moves any more.
        options: of Playwright's `screenshot`.
    """
    if folder := os.environ.get(VARIABLE):
        page.wait_for_timeout(patience)
        page.screenshot(path=Path(folder) / f"{name}.png", **options)
