"""The kinds of ingests: what each asks Spotify for, and in which calls."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence

from typing_extensions import override

from music_assets.spotify.listings import TRACKS_PAGE, Listings, ListingsById, least_calls
from music_assets.transforms import catalogue
from music_assets.transforms.rows import Transform


class Kind(ABC):
    """One kind of ingest.

    Attributes:
        name: of its folder in the landing.
        transform: the first one that reads its pages; it says which shape they must have.
    """

    name: str
    transform: Transform

    @abstractmethod
    def fetch(
        self, listings: Listings, ids: Sequence[str], starts: Mapping[str, int]
    ) -> ListingsById:
        """The listings of some ids, from the offsets in `starts` on."""

    @abstractmethod
    def page_size(self, listings: Listings) -> int:
        """The most entries of a page."""

    @abstractmethod
    def ids_per_call(self, listings: Listings) -> int:
        """The ids that one call asks for."""

    @abstractmethod
    def expected_ids_per_call(self, listings: Listings) -> int:
        """The same, for a forecast."""

    def calls(self, listings: Listings, entries: Iterable[int], *, singly: bool = False) -> int:
        """The fewest calls for listings of these lengths; `singly`, with one id per call."""
        per_call = 1 if singly else self.expected_ids_per_call(listings)
        return least_calls(entries, self.page_size(listings), per_call)


class AlbumsOfArtists(Kind):
    """The albums of each artist."""

    name = "albums"
    transform = catalogue.albums

    @override
    def fetch(
        self, listings: Listings, ids: Sequence[str], starts: Mapping[str, int]
    ) -> ListingsById:
        return listings.albums_of(ids, starts)

    @override
    def page_size(self, listings: Listings) -> int:
        return listings.album_page_size.expected

    @override
    def ids_per_call(self, listings: Listings) -> int:
        return 1

    expected_ids_per_call = ids_per_call


class TracksOfAlbums(Kind):
    """The tracks of each album."""

    name = "tracks"
    transform = catalogue.tracks

    @override
    def fetch(
        self, listings: Listings, ids: Sequence[str], starts: Mapping[str, int]
    ) -> ListingsById:
        return listings.tracks_of(ids, starts)

    @override
    def page_size(self, listings: Listings) -> int:
        return TRACKS_PAGE

    @override
    def ids_per_call(self, listings: Listings) -> int:
        return listings.albums_at_once

    @override
    def expected_ids_per_call(self, listings: Listings) -> int:
        return listings.albums_expected_at_once


ALBUMS = AlbumsOfArtists()
TRACKS = TracksOfAlbums()
