"""The page size of an artist's albums that an app may ask for, found out by trying."""

import threading
from collections.abc import Callable

from music_assets.calls.call_errors import BadRequest
from music_assets.transforms.rows import Page

#: Largest first. An app in development mode may ask for no more than 10.
PAGE_SIZES = (50, 20, 10)
SMALLEST = PAGE_SIZES[-1]


class AlbumPageSize:
    """The largest size that Spotify accepts from this app; all threads share it.

    Attributes:
        known: the size; None until a call has shown it.
    """

    def __init__(self, known: int | None = None) -> None:
        self.known = known
        self._trying = threading.Lock()

    @property
    def expected(self) -> int:
        """The known size, or the largest one until a call has shown it."""
        return self.known or PAGE_SIZES[0]

    @property
    def is_smallest(self) -> bool:
        """True once the app is known to get the smallest pages only."""
        return self.known == SMALLEST

    def agreed(self, ask: Callable[[int], Page]) -> Page:
        """The page that `ask` gets with the largest size that Spotify accepts."""
        size = self.known
        if size is not None:
            try:
                return ask(size)
            except BadRequest:
                # An app can lose a size. The smallest one is never lost: the artist is at fault.
                if size == SMALLEST:
                    raise
        # Only one thread tries sizes, so that each is rejected only once.
        with self._trying:
            if self.known is None or self.known == size:
                return self._tried(ask)
        return ask(self.known)

    def _tried(self, ask: Callable[[int], Page]) -> Page:
        for size in PAGE_SIZES[:-1]:
            try:
                page = ask(size)
            except BadRequest:
                continue
            self.known = size
            return page
        # An artist that is rejected at the smallest size too says nothing about the app.
        page = ask(SMALLEST)
        self.known = SMALLEST
        return page
