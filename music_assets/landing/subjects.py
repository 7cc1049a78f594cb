"""Subjects of an ingest of MusicBrainz: artists, or albums, and all in which these differ."""

import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from music_assets.landing.lookup_batches import Lead
from music_assets.musicbrainz.entities import ARTIST, RELEASE, Entity
from music_assets.musicbrainz.lookups import Lookups
from music_assets.transforms.musicbrainz_form import MUSICBRAINZ_ARTISTS, MUSICBRAINZ_RELEASES
from music_assets.transforms.rows import Form

#: Artists of one name that are looked at.
MOST_CANDIDATES = 5


@dataclass(frozen=True)
class Subject(ABC):
    """Artists or albums that are asked for, by their ids at Spotify.

    Attributes:
        names: of all that is wanted, by id.
        kind: of the ingest: the name of its folder.
        plural: the word for them.
        entity: what they are at MusicBrainz.
        form: of their pages.
        otherwise: how those are matched that no address leads to.
    """

    names: Mapping[str, str]
    kind: ClassVar[str]
    plural: ClassVar[str]
    entity: ClassVar[Entity]
    form: ClassVar[Form]
    otherwise: ClassVar[str]

    @abstractmethod
    def sought(self) -> Collection[str]:
        """The ids that are looked for in another way, where no address leads to them."""

    @abstractmethod
    def seek(self, lookups: Lookups, each: str, lead: Lead, note: Callable[[], None]) -> None:
        """Find those that an id may mean, into `lead.agreed`; each answer is noted."""

    def chosen(self, each: str, found: Mapping[str, str]) -> str | None:
        """The MBID of the only one that an address leads to, or of the only one of this name."""
        if len(found) == 1:
            return next(iter(found))
        name = folded(self.names[each])
        named = [mbid for mbid, theirs in found.items() if folded(theirs) == name]
        return named[0] if len(named) == 1 else None


@dataclass(frozen=True)
class Artists(Subject):
    """Artists that are followed.

    Attributes:
        titles: of the albums of those who are looked for by name.
    """

    titles: Mapping[str, Collection[str]] = field(default_factory=dict)
    kind = "musicbrainz"
    plural = "artists"
    entity = ARTIST
    form = MUSICBRAINZ_ARTISTS
    otherwise = "name"

    def sought(self) -> Collection[str]:
        """Those with albums."""
        return self.titles.keys()

    def seek(self, lookups: Lookups, each: str, lead: Lead, note: Callable[[], None]) -> None:
        """Find the artists of a name who have an album of ours."""
        name = self.names[each]
        if lead.candidates is None:
            found = lookups.artists_named(name)
            namesakes = [mbid for mbid, theirs in found.items() if folded(theirs) == folded(name)]
            lead.candidates = namesakes[:MOST_CANDIDATES]
            note()
        ours = {folded(title) for title in self.titles.get(each, ())}
        while lead.candidates:
            theirs = lookups.titles_of(lead.candidates[0])
            candidate = lead.candidates.pop(0)
            lead.agreed += [candidate] if ours & {folded(title) for title in theirs} else []
            note()


@dataclass(frozen=True)
class Albums(Subject):
    """Albums of the database.

    Attributes:
        barcodes: of those that have one.
    """

    barcodes: Mapping[str, str] = field(default_factory=dict)
    kind = "musicbrainz_releases"
    plural = "albums"
    entity = RELEASE
    form = MUSICBRAINZ_RELEASES
    otherwise = "barcode"

    def sought(self) -> Collection[str]:
        """Those with a barcode: digits, and nothing that a search would take for its grammar."""
        return {each for each, barcode in self.barcodes.items() if barcode.isdecimal()}

    def seek(self, lookups: Lookups, each: str, lead: Lead, note: Callable[[], None]) -> None:
        """Find the releases with a barcode; of several editions of one album, any will do."""
        if lead.candidates is None:
            barcode = self.barcodes.get(each)
            found = lookups.releases_with(barcode) if barcode else {}
            one_album = len(set(found.values())) == 1
            lead.agreed = [min(found)] if one_album else list(found)
            lead.candidates = []
            note()


def folded(name: str) -> str:
    """A name as it compares: the forms, the case and the spaces of Unicode make no difference."""
    compatible = unicodedata.normalize("NFKC", name).casefold()
    return " ".join(unicodedata.normalize("NFKC", compatible).split())
