"""Paging: all pages of a list, each asked once, stopped where a server never would.

What an app may ask for is found out by asking for the most: the page size of an artist's albums,
and whether the tracks of many albums come in one answer.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import ceil

from music_assets.spotify.client import Page, SpotifyClient
from music_assets.spotify.pacing import Pacer
from music_assets.spotify.spotify_errors import (
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


#: Batches in a row that failed although their albums came singly.
SPOILT_BATCHES = 3


@dataclass(frozen=True)
class Answer:
    """The pages of a list that came, and what stood in the way of the others, if anything did."""

    pages: list[Page]
    error: SpotifyError | None = None


#: By id. One that is missing is to be asked for once more, in another way.
Answers = dict[str, Answer]


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
        self._spoilt = 0

    @property
    def albums_page_size(self) -> int:
        """Albums that a page holds at most, as far as is known."""
        return self.albums_page or ALBUMS_PAGES[0]

    @property
    def albums_at_once(self) -> int:
        """Albums whose tracks one call asks for, unless the app turns out not to be allowed to."""
        return 1 if self.batches is False or self._spoilt >= SPOILT_BATCHES else BATCH

    @property
    def albums_expected_at_once(self) -> int:
        """The same for a forecast: an app that may ask for no large page may ask for no batch."""
        small = self.batches is None and self.albums_page == ALBUMS_PAGES[-1]
        return 1 if small else self.albums_at_once

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

    def albums_of(self, artist_ids: Sequence[str], starts: Mapping[str, int]) -> Answers:
        """The pages of each artist's albums, from `starts`, their offsets, on."""
        return {each: _answer(self.artist_albums(each, starts.get(each, 0))) for each in artist_ids}

    def tracks_of(self, album_ids: Sequence[str], starts: Mapping[str, int]) -> Answers:
        """The pages of each album's tracks, from `starts`, their offsets, on.

        Several albums are asked for in one call. Where the app may not, none is answered.
        """
        begun = {each: start for each in album_ids if (start := starts.get(each))}
        answers = {each: _answer(self.album_tracks(each, start)) for each, start in begun.items()}
        return answers | self._first_tracks_of([each for each in album_ids if each not in begun])

    def _first_tracks_of(self, album_ids: Sequence[str]) -> Answers:
        if len(album_ids) <= 1:
            return {each: _answer(self.album_tracks(each)) for each in album_ids}
        try:
            albums = self._batch(album_ids)
        except Temporary:
            # One album can spoil the answer for all; singly, it spoils its own.
            self._spoilt += 1
            return {each: _answer(self.album_tracks(each)) for each in album_ids}
        except SpotifyError as error:
            return {each: Answer([], error) for each in album_ids}
        return {each: _answer(self._rest_of_tracks(each, album)) for each, album in albums.items()}

    def artist_albums(self, artist_id: str, start: int = 0) -> Iterator[Page]:
        """The pages of an artist's albums."""
        return self._numbered(artist_id, self._artist_albums, start)

    def album_tracks(self, album_id: str, start: int = 0) -> Iterator[Page]:
        """The pages of an album's tracks."""
        return self._numbered(album_id, self._album_tracks, start)

    def _batch(self, album_ids: Sequence[str]) -> dict[str, Page | None]:
        """Albums with their first pages of tracks; none if they have to be asked for singly."""
        if self.batches:
            return self._albums(album_ids)
        # The others wait, instead of being refused as well.
        with self._agreeing:
            return {} if self.batches is False else self._albums(album_ids)

    def _albums(self, album_ids: Sequence[str]) -> dict[str, Page | None]:
        try:
            albums = self._pacer.call(partial(self._client.albums, album_ids))
        except (BadRequest, Forbidden, NotFound):
            self.batches = False
            return {}
        self.batches, self._spoilt = True, 0
        return dict(zip(album_ids, albums, strict=True))

    def _rest_of_tracks(self, album_id: str, album: Page | None) -> Iterator[Page]:
        if album is None:
            raise NotFound("Spotify knows no such album, or no longer.")
        if not isinstance(album.get("tracks"), dict):
            raise SpotifyError("Spotify sent an album without a page of tracks.")
        yield from self._numbered(album_id, self._album_tracks, first=album["tracks"])

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
        self,
        requested: str,
        ask: Callable[[str, int], Page],
        offset: int = 0,
        first: Page | None = None,
    ) -> Iterator[Page]:
        """Pages from an offset on, or after one that came already.

        `next` and `total` misreport, so items decide: none new, and it ends.
        """
        seen = set[str]()
        for number in range(MOST_PAGES):
            page = ask(requested, offset) if number or first is None else first
            items = page.get("items")
            if not isinstance(items, list):
                raise SpotifyError("Spotify sent a page without a list of items.")
            fresh = _fresh(items, seen)
            offset += len(items)
            goes_on = {"continued": offset} if page.get("next") and fresh else {}
            yield {**page, "items": fresh, "requested": requested, **goes_on}
            if not goes_on:
                return
        raise SpotifyError(f"Spotify's list for {requested} does not end after {offset} entries.")


def _answer(pages: Iterator[Page]) -> Answer:
    came: list[Page] = []
    try:
        came.extend(pages)
    except SpotifyError as error:
        return Answer(came, error)
    return Answer(came)


def least_calls(entries: Iterable[int], page_size: int, at_once: int = 1) -> int:
    """The fewest calls for lists of so many entries, whose first pages come `at_once` per call."""
    pages = [max(1, ceil(count / page_size)) for count in entries]
    return sum(pages) - len(pages) + ceil(len(pages) / at_once)


def _fresh(items: list[object], seen: set[str]) -> list[object]:
    """The items that were not seen before; those without an id count as new."""
    fresh = []
    for item in items:
        identity = _id(item)
        if identity not in seen:
            fresh.append(item)
        if identity:
            seen.add(identity)
    return fresh


def _id(item: object) -> str:
    return str(item.get("id") or "") if isinstance(item, dict) else ""
