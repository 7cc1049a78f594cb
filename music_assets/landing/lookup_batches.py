"""Batches of an ingest of MusicBrainz: the pages of up to 100 ids, and those left to ask for.

The pages are one part, written anew after each answer. A note beside it holds what is known of the
other ids, until their pages have come, so that a kill never costs an answer twice.
"""

import json
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, field

from music_assets.landing.ingests import PAGES, PART, UNREADABLE
from music_assets.landing.pages import to_line
from music_assets.storage.blobs import StorageResource
from music_assets.storage.dated_folders import stamped_name
from music_assets.transforms.rows import Page

#: The ending of a note.
MATCHED = ".matched.json"


@dataclass
class Lead:
    """The trace of an artist or an album whose page has not come.

    Attributes:
        mbid: its MBID; "" where no address led to one.
        matched: how it was found, `url`, `name` or `barcode`.
        candidates: MBIDs that are to be looked at; None before any were looked for.
        agreed: those that it may be.
        tries: the runs that have asked in vain.
    """

    mbid: str = ""
    matched: str = "url"
    candidates: list[str] | None = None
    agreed: list[str] = field(default_factory=list)
    tries: int = 0


@dataclass
class LookupBatch:
    """The ids whose addresses one call asked for.

    Attributes:
        path: of its part, without the ending.
        leads: to those whose pages have not come, by id.
    """

    storage: StorageResource
    path: str
    leads: dict[str, Lead] = field(default_factory=dict)
    _lines: list[bytes] = field(default_factory=list)

    @classmethod
    def new(cls, storage: StorageResource, folder: str, run_id: str) -> "LookupBatch":
        """A batch without anything in it."""
        return cls(storage, f"{folder}{PART}{stamped_name(run_id)}")

    def note(self) -> None:
        """Write the leads down."""
        noted = {each: asdict(lead) for each, lead in self.leads.items()}
        if noted:
            self.storage.write(f"{self.path}{MATCHED}", json.dumps(noted).encode())

    def add(self, *pages: Page) -> None:
        """Add pages that came; the note goes with the last of them."""
        self._lines += [to_line(page) for page in pages]
        if pages:
            self.storage.write(f"{self.path}{PAGES}", b"".join(self._lines))
        waited = [self.leads.pop(page["requested"], None) for page in pages]
        if not self.leads and any(waited):
            self.storage.delete(f"{self.path}{MATCHED}")


def begun(storage: StorageResource, folder: str, missing: Collection[str]) -> Iterator[LookupBatch]:
    """The batches of an ingest that are not done, for the ids that are still missing."""
    for blob in list(storage.list(folder)):
        if not blob.path.endswith(MATCHED):
            continue
        noted = _read(storage, blob.path)
        leads = {each: lead for each, lead in noted.items() if each in missing}
        if not leads:
            storage.delete(blob.path)
            continue
        path = blob.path.removesuffix(MATCHED)
        has_pages = storage.find(f"{path}{PAGES}") is not None
        lines = storage.read(f"{path}{PAGES}")[1].splitlines(keepends=True) if has_pages else []
        yield LookupBatch(storage, path, leads, lines)


def _read(storage: StorageResource, path: str) -> dict[str, Lead]:
    """A note; an empty one where it is damaged, so that the addresses are asked for again."""
    try:
        noted = json.loads(storage.read(path)[1])
        return {each: Lead(**lead) for each, lead in noted.items()}
    except (*UNREADABLE, AttributeError, TypeError):
        return {}
