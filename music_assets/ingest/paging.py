"""Paging: all pages of a list, each asked once, stopped where a server never would.

What an app may ask for is found out by asking for the most: the page size of an artist's albums,
and whether the tracks of many albums come in one answer.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from math import ceil

from music_assets.ingest.pacing import Pacer
from music_assets.resources.spotify import Page, SpotifyClient
from music_assets.resources.spotify_errors import (
    BadRequest,
    Forbidden,
    NotFound,
    SpotifyError,
    Temporary,
)

FOLLOWED_PAGE = 50
TRACKS_PAGE = 50
#: Largest first; an app in development mode may ask for no more than 10.
ALBUMS_PAGES = (50, 20, 10)
#: Albums that one call may ask for, each with its first page of tracks.
BATCH = 20
#: Of one list. No artist and no album comes near it; a list that does goes round in circles.
MOST_PAGES = 1_000


#: By id: its pages, or what stood in their way.
Answers = dict[str, list[Page] | SpotifyError]


class Pages:
    """The lists that an ingest reads, each page marked with the id that it was `requested` for.

    Args:
        client: who asks.
        pacer: the gate that every call goes through.
        albums_page: the page size of albums that was agreed on; None before.
        batches: whether the app may ask for many albums at once; None while nobody has tried.
    """

    def __init__(
        self,
        client: SpotifyClient,
        pacer: Pacer,
        *,
        albums_page: int | None = None,
        batches: bool | None = None,
    ) -> None:
        self._client = client
        self._pacer = pacer
        self._agreeing = threading.Lock()
        self.albums_page = albums_page
        self.batches = batches

    @property
    def albums_page_size(self) -> int:
        """Albums that a page holds at most, as far as is known."""
        return self.albums_page or ALBUMS_PAGES[0]

    @property
    def albums_at_once(self) -> int:
        """Albums whose tracks one call may ask for, as far as is known."""
        return 1 if self.batches is False else BATCH

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

    def albums_of(self, artist_ids: Sequence[str]) -> Answers:
        """Every page of each artist's albums."""
        return _each(artist_ids, self.artist_albums)

    def tracks_of(self, album_ids: Sequence[str]) -> Answers:
        """Every page of each album's tracks, in one call for up to `BATCH` albums if possible."""
        try:
            albums = None if self.batches is False else self._batch(album_ids)
        except SpotifyError as error:
            return dict.fromkeys(album_ids, error)
        if albums is None:
            return _each(album_ids, self.album_tracks)
        found = dict(zip(album_ids, albums, strict=True))
        return _each(album_ids, lambda album_id: self._rest_of_tracks(album_id, found[album_id]))

    def artist_albums(self, artist_id: str) -> list[Page]:
        """Every page of an artist's albums."""
        return list(self._numbered(artist_id, self._artist_albums))

    def album_tracks(self, album_id: str) -> list[Page]:
        """Every page of an album's tracks."""
        return list(self._numbered(album_id, self._album_tracks))

    def _batch(self, album_ids: Sequence[str]) -> list[Page | None] | None:
        """Albums with their first pages of tracks; None where they have to be asked for singly."""
        if self.batches:
            return self._albums(album_ids)
        # The others wait, instead of being refused as well.
        with self._agreeing:
            return None if self.batches is False else self._albums(album_ids)

    def _albums(self, album_ids: Sequence[str]) -> list[Page | None] | None:
        try:
            albums = self._pacer.call(partial(self._client.albums, album_ids))
        except (BadRequest, Forbidden, NotFound):
            self.batches = False
            return None
        except Temporary:
            # One album can spoil the answer for all; singly, it spoils its own.
            return None
        self.batches = True
        return albums

    def _rest_of_tracks(self, album_id: str, album: Page | None) -> list[Page]:
        if album is None:
            raise NotFound("Spotify knows no such album, or no longer.")
        if not isinstance(album.get("tracks"), dict):
            raise SpotifyError("Spotify sent an album without a page of tracks.")
        return list(self._numbered(album_id, self._album_tracks, album["tracks"]))

    def _artist_albums(self, artist_id: str, offset: int) -> Page:
        size = self.albums_page
        if size is not None:
            try:
                return self._albums_of_size(size, artist_id, offset)
            except BadRequest:
                # An app can lose what it once could; at the smallest size it is the artist's fault.
                if size == ALBUMS_PAGES[-1]:
                    raise
        # The others wait, instead of being refused a page size as well.
        with self._agreeing:
            agreed = self.albums_page
            if agreed is None or agreed == size:
                return self._agree(artist_id, offset)
        return self._albums_of_size(agreed, artist_id, offset)

    def _agree(self, artist_id: str, offset: int) -> Page:
        """A page of the largest size that is not refused, which is then the size for all."""
        for size in ALBUMS_PAGES[:-1]:
            try:
                page = self._albums_of_size(size, artist_id, offset)
            except BadRequest:
                continue
            self.albums_page = size
            return page
        # Refused at the smallest size too, it is this artist that is refused; nothing is agreed.
        page = self._albums_of_size(ALBUMS_PAGES[-1], artist_id, offset)
        self.albums_page = ALBUMS_PAGES[-1]
        return page

    def _albums_of_size(self, size: int, artist_id: str, offset: int) -> Page:
        ask = partial(self._client.artist_albums, artist_id, limit=size, offset=offset)
        return self._pacer.call(ask)

    def _album_tracks(self, album_id: str, offset: int) -> Page:
        ask = partial(self._client.album_tracks, album_id, limit=TRACKS_PAGE, offset=offset)
        return self._pacer.call(ask)

    def _numbered(
        self, requested: str, ask: Callable[[str, int], Page], first: Page | None = None
    ) -> Iterator[Page]:
        """Pages by offset, after one that came already.

        `next` and `total` misreport, so items decide: none new, and it ends.
        """
        offset, seen = 0, set[str]()
        for _ in range(MOST_PAGES):
            page = ask(requested, offset) if offset or first is None else first
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


def least_calls(entries: Iterable[int], page_size: int, at_once: int = 1) -> int:
    """The fewest calls for lists of so many entries, whose first pages come `at_once` per call."""
    pages = [max(1, ceil(count / page_size)) for count in entries]
    return sum(pages) - len(pages) + ceil(len(pages) / at_once)


def _each(ids: Sequence[str], ask: Callable[[str], list[Page]]) -> Answers:
    answers: Answers = {}
    for each in ids:
        try:
            answers[each] = ask(each)
        except SpotifyError as error:
            answers[each] = error
    return answers


def _id(item: object) -> str:
    return str(item.get("id") or "") if isinstance(item, dict) else ""
