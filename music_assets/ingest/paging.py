"""Paging: all pages of one list, each asked once, stopped where a server never would."""

import threading
from collections.abc import Callable, Iterator
from functools import partial

from music_assets.ingest.pacing import Pacer
from music_assets.resources.spotify import BadRequest, Page, SpotifyClient, SpotifyError

FOLLOWED_PAGE = 50
TRACKS_PAGE = 50
#: Largest first; an app in development mode may ask for no more than 10.
ALBUMS_PAGES = (50, 20, 10)
#: Of one list. No artist and no album comes near it; a list that does goes round in circles.
MOST_PAGES = 1_000


class Pages:
    """The lists that an ingest reads, each page marked with the id that it was `requested` for."""

    def __init__(self, client: SpotifyClient, pacer: Pacer) -> None:
        self._client = client
        self._pacer = pacer
        self._agreeing = threading.Lock()
        self._albums_page: int | None = None

    def followed_artists(self) -> Iterator[Page]:
        """Every page of the user's follow list."""
        after: str | None = None
        seen: set[str] = set()
        while True:
            page = self._followed_artists(after)
            yield page
            after = (page.get("cursors") or {}).get("after")
            if not page.get("next") or not page["items"] or after is None or after in seen:
                return
            seen.add(after)

    def _followed_artists(self, after: str | None) -> Page:
        ask = partial(self._client.followed_artists, limit=FOLLOWED_PAGE, after=after)
        return self._pacer.call(ask)

    def artist_albums(self, artist_id: str) -> list[Page]:
        """Every page of an artist's albums."""
        return list(self._numbered(artist_id, self._artist_albums))

    def album_tracks(self, album_id: str) -> list[Page]:
        """Every page of an album's tracks."""
        return list(self._numbered(album_id, self._album_tracks))

    def _artist_albums(self, artist_id: str, offset: int) -> Page:
        if self._albums_page is None:
            # The others wait, instead of being refused a page size as well.
            with self._agreeing:
                if self._albums_page is None:
                    return self._agree(artist_id, offset)
        return self._albums_of_size(self._albums_page, artist_id, offset)

    def _agree(self, artist_id: str, offset: int) -> Page:
        """A page of the largest size that is not refused, which is then the size for all."""
        for size in ALBUMS_PAGES[:-1]:
            try:
                page = self._albums_of_size(size, artist_id, offset)
            except BadRequest:
                continue
            self._albums_page = size
            return page
        # Refused at the smallest size too, it is this artist that is refused; nothing is agreed.
        page = self._albums_of_size(ALBUMS_PAGES[-1], artist_id, offset)
        self._albums_page = ALBUMS_PAGES[-1]
        return page

    def _albums_of_size(self, size: int, artist_id: str, offset: int) -> Page:
        ask = partial(self._client.artist_albums, artist_id, limit=size, offset=offset)
        return self._pacer.call(ask)

    def _album_tracks(self, album_id: str, offset: int) -> Page:
        ask = partial(self._client.album_tracks, album_id, limit=TRACKS_PAGE, offset=offset)
        return self._pacer.call(ask)

    def _numbered(self, requested: str, ask: Callable[[str, int], Page]) -> Iterator[Page]:
        """Pages by offset. `next` and `total` misreport, so items decide: none new, and it ends."""
        offset, seen = 0, set[str]()
        for _ in range(MOST_PAGES):
            page = ask(requested, offset)
            items = page.get("items")
            if not isinstance(items, list):
                raise SpotifyError("Spotify sent a page without a list of items.")
            fresh = [item for item in items if _id(item) not in seen]
            if fresh or not offset:
                yield {**page, "items": fresh, "requested": requested}
            offset += len(items)
            seen.update(_id(item) for item in items if _id(item))
            if not page.get("next") or not fresh:
                return
        raise SpotifyError(f"Spotify's list for {requested} does not end after {offset} entries.")


def _id(item: object) -> str:
    return str(item.get("id") or "") if isinstance(item, dict) else ""
