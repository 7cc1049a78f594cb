"""Readers of one page of a listing: its items, and the signs of those that are still to come."""

from music_assets.calls.call_errors import CallError
from music_assets.spotify.album_page_size import PAGE_SIZES
from music_assets.transforms.rows import Page


def first_page_of(album: object) -> Page:
    """The page of tracks in an album, with the rest of the album as its member `album`.

    Raises:
        CallError: the album holds no page of tracks.
    """
    tracks = album.get("tracks") if isinstance(album, dict) else None
    if not isinstance(album, dict) or not isinstance(tracks, dict):
        raise CallError("Spotify sent an album without a page of tracks.")
    return {**tracks, "album": without(album, "tracks")}


def without(page: Page, *names: str) -> Page:
    """A page, or another object, without some of its members."""
    return {name: value for name, value in page.items() if name not in names}


def cursor(page: Page) -> str | None:
    """The artist after which the follow list goes on, if it does."""
    cursors = page.get("cursors")
    after = cursors.get("after") if isinstance(cursors, dict) else None
    return after if isinstance(after, str) else None


def total_of(page: Page) -> int | None:
    """The entries that a page says there are; None where it does not say."""
    total = page.get("total")
    return total if type(total) is int and total >= 0 else None


def ends_early(page: Page, came: int) -> bool:
    """True if a page says that there are more entries than those that came."""
    return came < (total_of(page) or 0)


def page_size_of(page: Page) -> int:
    """The entries that a page may have, as it says; no more than Spotify ever gives."""
    limit = page.get("limit")
    return min(limit, PAGE_SIZES[0]) if type(limit) is int and limit > 0 else 1


def fresh_items(items: list[object], seen: set[str]) -> list[object]:
    """The items that were not seen before; those without an id count as new."""
    fresh = []
    for item in items:
        identity = id_of(item)
        if identity not in seen:
            fresh.append(item)
        if identity:
            seen.add(identity)
    return fresh


def of_ids(items: list[object], ids: set[str]) -> list[object]:
    """The items with one of these ids."""
    return [item for item in items if id_of(item) in ids]


def id_of(item: object) -> str:
    """The id of an item; "" if it has none."""
    return str(item.get("id") or "") if isinstance(item, dict) else ""
