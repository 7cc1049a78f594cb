"""Batches of an ingest of MusicBrainz: the pages of up to 100 artists, and whom is left to ask for.

The pages are one part, written anew after each answer. A note beside it holds the MBIDs that the
artists' addresses led to, until their pages have come, so that a kill never costs these again.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from music_assets.landing.ingests import PAGES, PART, UNREADABLE
from music_assets.landing.pages import to_line
from music_assets.storage.blobs import StorageResource
from music_assets.storage.dated_folders import stamped_name
from music_assets.transforms.rows import Page

#: The ending of a note.
MATCHED = ".matched.json"


@dataclass
class ArtistBatch:
    """The artists that one call for addresses asked for.

    Attributes:
        path: of its part, without the ending.
        mbids: of the artists whose pages have not come, by ArtistID.
    """

    storage: StorageResource
    path: str
    mbids: dict[str, str] = field(default_factory=dict)
    _lines: list[bytes] = field(default_factory=list)

    @classmethod
    def new(cls, storage: StorageResource, folder: str, run_id: str) -> "ArtistBatch":
        """A batch without anything in it."""
        return cls(storage, f"{folder}{PART}{stamped_name(run_id)}")

    def note(self, mbids: Mapping[str, str]) -> None:
        """Note whom the addresses of artists led to."""
        self.mbids |= mbids
        if self.mbids:
            self.storage.write(f"{self.path}{MATCHED}", json.dumps(self.mbids).encode())

    def add(self, *pages: Page) -> None:
        """Add pages that came; the note goes with the last of them."""
        self._lines += [to_line(page) for page in pages]
        if pages:
            self.storage.write(f"{self.path}{PAGES}", b"".join(self._lines))
        waited = [self.mbids.pop(page["requested"], None) for page in pages]
        if not self.mbids and any(waited):
            self.storage.delete(f"{self.path}{MATCHED}")


def begun(storage: StorageResource, folder: str, missing: Collection[str]) -> Iterator[ArtistBatch]:
    """The batches of an ingest that are not done, for the artists that are still missing."""
    for blob in list(storage.list(folder)):
        if not blob.path.endswith(MATCHED):
            continue
        noted = _read(storage, blob.path)
        mbids = {artist: mbid for artist, mbid in noted.items() if artist in missing}
        if not mbids:
            storage.delete(blob.path)
            continue
        path = blob.path.removesuffix(MATCHED)
        has_pages = storage.find(f"{path}{PAGES}") is not None
        lines = storage.read(f"{path}{PAGES}")[1].splitlines(keepends=True) if has_pages else []
        yield ArtistBatch(storage, path, mbids, lines)


def _read(storage: StorageResource, path: str) -> dict[str, str]:
    """A note; an empty one where it is damaged, so that the addresses are asked for again."""
    try:
        return {
            str(artist): str(mbid) for artist, mbid in json.loads(storage.read(path)[1]).items()
        }
    except (*UNREADABLE, AttributeError):
        return {}
