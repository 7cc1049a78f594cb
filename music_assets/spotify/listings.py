"""Listings: all pages of an artist's albums or an album's tracks, each asked for once.

An app learns what it may ask for by asking for the most: the page size of an artist's albums, and
the tracks of many albums in one call.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import ceil
from typing import TYPE_CHECKING

from music_assets.calls.call_errors import (
    BadRequest,
    CallError,
    Forbidden,
    NotFound,
    Temporary,
)
from music_assets.calls.pacing import Pacer
from music_assets.spotify.album_page_size import AlbumPageSize
from music_assets.spotify.listed_items import (
    cursor,
    ends_early,
    first_page_of,
    fresh_items,
    id_of,
    of_ids,
    page_size_of,
    without,
)
from music_assets.transforms.rows import Page

if TYPE_CHECKING:
    from music_assets.spotify.client import SpotifyClient

FOLLOWED_PAGE = 50
TRACKS_PAGE = 50
#: Albums that one call may ask for, each with its first page of tracks.
BATCH = 20
#: No listing has nearly as many pages; one that does repeats itself.
MOST_PAGES = 1_000
#: Members of a page that are ours, and that no server has a say in.
OURS = ("requested", "continued")
#: After so many failed batches in a row, albums are asked for singly.
SPOILT_BATCHES = 3


@dataclass(frozen=True)
class Listing:
    """The pages of one id that came, and the error that kept the others away, if any."""

    pages: list[Page]
    error: CallError | None = None


#: By the id that was asked for. An id that is missing has to be asked for again, on its own.
ListingsById = dict[str, Listing]


class Listings:
    """Asks Spotify for listings. Each page is marked with the id that it was `requested` for.

    Attributes:
        is_as_before: True for an id, a total and a number of entries with which a list has ended
            before, so that it is not asked once more.

    Args:
        client: makes the calls.
        pacer: decides when each call starts.
        albums_page: the page size of albums that earlier runs found out; None if none has.
        batches: True if the app may ask for many albums at once; None while nobody has tried.
    """

    def __init__(
        self,
        client: "SpotifyClient",
        pacer: Pacer,
        *,
        albums_page: int | None = None,
        batches: bool | None = None,
    ) -> None:
        self._client = client
        self._pacer = pacer
        self._trying_a_batch = threading.Lock()
        self.album_page_size = AlbumPageSize(albums_page)
        self.batches = batches
        self._spoilt = 0
        self.is_as_before: Callable[[str, int, int], bool] = _never

    @property
    def albums_at_once(self) -> int:
        """Albums whose tracks one call asks for; the app may turn out not to be allowed to."""
        return 1 if self.batches is False or self._spoilt >= SPOILT_BATCHES else BATCH

    @property
    def albums_expected_at_once(self) -> int:
        """The same for a forecast: an app with the smallest pages will not get batches either."""
        expected = self.batches is not None or not self.album_page_size.is_smallest
        return self.albums_at_once if expected else 1

    def followed_artists(self) -> Iterator[Page]:
        """Every page of the user's follow list.

        A list that ends before its total is asked once more, after the smallest id that came, which
        brings the rest at times. One that is empty is asked once more from its beginning.
        """
        after: str | None = None
        asked, came, is_last_try = set[str](), set[str](), False
        while True:
            ask = partial(self._client.followed_artists, limit=FOLLOWED_PAGE, after=after)
            page = self._pacer.call(ask)
            items = page.get("items")
            items = items if isinstance(items, list) else []
            fresh = {each for item in items if (each := id_of(item))} - came
            came |= fresh
            # An artist that came before is not listed twice.
            yield {**page, "items": of_ids(items, fresh) if is_last_try else items}
            after = cursor(page)
            goes_on = page.get("next") and fresh and after is not None and after not in asked
            if not goes_on and not is_last_try and ends_early(page, len(came)):
                goes_on, is_last_try, after = True, True, min(came, default=None)
            if not goes_on:
                return
            asked.add(str(after))

    def recently_played(self) -> Page:
        """The page of the user's newest plays."""
        return self._pacer.call(self._client.recently_played)

    def albums_of(self, artist_ids: Sequence[str], starts: Mapping[str, int]) -> ListingsById:
        """Each artist's albums, from the offset in `starts` on."""
        return {
            each: _collected(self.artist_albums(each, starts.get(each, 0))) for each in artist_ids
        }

    def tracks_of(self, album_ids: Sequence[str], starts: Mapping[str, int]) -> ListingsById:
        """Each album's tracks, from the offset in `starts` on.

        Several albums are asked for in one call. An app that may not do this gets no listing back.
        """
        begun = {each: start for each in album_ids if (start := starts.get(each))}
        found = {each: _collected(self.album_tracks(each, start)) for each, start in begun.items()}
        return found | self._first_tracks_of([each for each in album_ids if each not in begun])

    def _first_tracks_of(self, album_ids: Sequence[str]) -> ListingsById:
        if len(album_ids) <= 1:
            return {each: _collected(self.album_tracks(each)) for each in album_ids}
        try:
            albums = self._batch(album_ids)
        except Temporary:
            # One broken album can spoil the answer for all of them. Singly it spoils only its own.
            self._spoilt += 1
            return {each: _collected(self.album_tracks(each)) for each in album_ids}
        except CallError as error:
            return {each: Listing([], error) for each in album_ids}
        return {each: _collected(self._tracks_in(each, album)) for each, album in albums.items()}

    def artist_albums(self, artist_id: str, start: int = 0) -> Iterator[Page]:
        """The pages of an artist's albums."""

        def ask(offset: int) -> Page:
            return self.album_page_size.agreed(
                lambda size: self._pacer.call(
                    partial(self._client.artist_albums, artist_id, limit=size, offset=offset)
                )
            )

        return self._pages(artist_id, ask, start)

    def album_tracks(
        self, album_id: str, start: int = 0, album: Page | None = None
    ) -> Iterator[Page]:
        """The pages of an album's tracks, the first with the album itself as a member.

        Asking for the album brings the first page along, so that both cost one call; `album` is
        one that has come already.
        """

        def ask(offset: int) -> Page:
            if not offset:
                ask_for_it = partial(self._client.album, album_id)
                return first_page_of(self._pacer.call(ask_for_it) if album is None else album)
            page = self._pacer.call(
                partial(self._client.album_tracks, album_id, limit=TRACKS_PAGE, offset=offset)
            )
            return without(page, "album")

        return self._pages(album_id, ask, start)

    def _pages(self, requested: str, ask: Callable[[int], Page], offset: int) -> Iterator[Page]:
        """The pages of a listing from an offset on.

        The end is a page without `next`, or one that brings no new item: `next` and `total` are
        wrong at times, and would never end some listings. A listing that ends before its total is
        asked once more, at the next offset.
        """
        seen, is_last_try = set[str](), False
        for _ in range(MOST_PAGES):
            page = ask(offset)
            items = page.get("items")
            if not isinstance(items, list):
                raise CallError("Spotify sent a page without a list of items.")
            fresh = fresh_items(items, seen)
            offset += len(items)
            is_short = ends_early(page, offset) and not is_last_try
            goes_on = bool(page.get("next") and fresh)
            if not goes_on and is_short and not self.is_as_before(requested, page["total"], offset):
                goes_on = is_last_try = True
                offset += 0 if items else page_size_of(page)
            continued = {"continued": offset} if goes_on else {}
            yield {**without(page, *OURS), "items": fresh, "requested": requested, **continued}
            if not goes_on:
                return
        raise CallError(f"Spotify's list for {requested} does not end after {offset} entries.")

    def _batch(self, album_ids: Sequence[str]) -> dict[str, Page | None]:
        """Albums with their first pages of tracks; none if they have to be asked for singly."""
        if self.batches:
            return self._albums(album_ids)
        # Only one thread tries, so that only one call is rejected.
        with self._trying_a_batch:
            return {} if self.batches is False else self._albums(album_ids)

    def _albums(self, album_ids: Sequence[str]) -> dict[str, Page | None]:
        try:
            albums = self._pacer.call(partial(self._client.albums, album_ids))
        except (BadRequest, Forbidden, NotFound):
            self.batches = False
            return {}
        self.batches, self._spoilt = True, 0
        return dict(zip(album_ids, albums, strict=True))

    def _tracks_in(self, album_id: str, album: Page | None) -> Iterator[Page]:
        """The pages of the tracks of an album that has come in a batch."""
        if album is None:
            raise NotFound("Spotify knows no such album, or no longer.")
        yield from self.album_tracks(album_id, album=album)


def _collected(pages: Iterator[Page]) -> Listing:
    """The pages that come before an error, and the error."""
    came: list[Page] = []
    try:
        came.extend(pages)
    except CallError as error:
        return Listing(came, error)
    return Listing(came)


def least_calls(entries: Iterable[int], page_size: int, at_once: int = 1) -> int:
    """The fewest calls for listings of these lengths, with `at_once` first pages per call."""
    pages = [max(1, ceil(count / page_size)) for count in entries]
    return sum(pages) - len(pages) + ceil(len(pages) / at_once)


def _never(_requested: str, _total: int, _came: int) -> bool:
    return False
