"""The addresses of the report's pages, as people open them in a browser."""

from pathlib import Path
from urllib.parse import urlsplit

from music_assets.storage.blobs import StorageResource
from music_assets.storage.paths import REPORTS, WEEKLY_REPORT


def front_page(storage: StorageResource) -> str | None:
    """The path of the page that people open first; None where none was made yet."""
    return WEEKLY_REPORT if storage.find(WEEKLY_REPORT) else None


def week_page(week: str) -> str:
    """The path of a week's page, by the week's ISO name."""
    return f"{REPORTS}weeks/{week}.html"


def address(storage: StorageResource, path: str) -> str:
    """The address of a page for a browser."""
    where = storage.where(path)
    return where if urlsplit(where).scheme in {"http", "https"} else Path(where).resolve().as_uri()
