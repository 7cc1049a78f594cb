"""Ingests: folders of landed pages that a stopped run leaves, and the next one resumes.

An ingest is a folder, `landing/<kind>/<ingest>/`. Each part is one blob of pages. `_SUCCESS`, a
manifest with the entries that were expected and that came, closes the ingest. `_LOADED` says that
its rows are in the tables. Ids whose pages have landed are not asked for again.

A line is a page as it came, with two members more: `requested`, the id that was asked for (in a
week's landing, the Monday), and `continued`, the offset at which the listing continues, if it does.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any

from music_assets.landing.pages import Reject, sound_page, to_line
from music_assets.spotify.listed_items import total_of
from music_assets.storage import paths
from music_assets.storage.blobs import StorageResource
from music_assets.storage.dated_folders import age, folders, prune, stamped_name
from music_assets.transforms.rows import Form, Page

#: An older unfinished ingest is not resumed: the catalogue may have changed since.
RESUMABLE_DAYS = 7
#: What Spotify is asked for; the follow list and the weeks land in other ways.
SPOTIFY_KINDS = ("albums", "tracks")
SUCCESS = "_SUCCESS"
LOADED = "_LOADED"
PART = "part-"
PAGES, GONE = ".ndjson", ".gone.json"
#: Errors of a line that is no JSON.
UNREADABLE = (ValueError, RecursionError)


class IngestError(Exception):
    """An ingest cannot be finished or used; the message says why and what to do."""


@dataclass
class Manifest:
    """The numbers of entries that were expected and that landed, by the id that was asked for.

    Attributes:
        expected: entries that the server says there are; None where it does not say.
        fetched: entries that landed.
        gone: ids that the server no longer knows.
        begun: the offsets at which listings continue of which only the first pages landed.
        failed: the errors of the ids that could not be fetched.
        inbox: the version of the file that landed; "" for pages of Spotify's.
        spoilt: ids with an entry that was left out, or landed without a member.
        doubtful: ids whose list came so much shorter than before that it is not believed yet.
    """

    expected: dict[str, int | None] = field(default_factory=dict)
    fetched: dict[str, int] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    begun: dict[str, int] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    inbox: str = ""
    spoilt: list[str] = field(default_factory=list)
    doubtful: list[str] = field(default_factory=list)

    def add(self, pages: Iterable[Page]) -> None:
        """Count pages that landed in one part.

        A listing that two concurrent runs both fetched is counted once.
        """
        pages = list(pages)
        came = Counter[str]()
        for page in pages:
            came[page["requested"]] += len(page["items"])
        for requested, count in came.items():
            earlier = self.fetched.get(requested, 0)
            is_continuation = requested in self.begun
            self.fetched[requested] = earlier + count if is_continuation else max(earlier, count)
        for page in pages:
            self.expected[page["requested"]] = total_of(page)
            self._begin_or_end(page["requested"], page.get("continued"))

    def _begin_or_end(self, requested: str, continued: int | None) -> None:
        self.begun.pop(requested, None)
        if continued is not None:
            self.begun[requested] = continued

    def whole(self) -> list[str]:
        """The ids whose every expected entry came."""
        return [
            requested
            for requested, expected in self.expected.items()
            if expected is not None
            and self.fetched[requested] >= expected
            and requested not in self.begun
            and requested not in self.doubtful
        ]

    @property
    def done(self) -> set[str]:
        """The ids that need not be asked for again."""
        return (self.fetched.keys() - self.begun.keys()) | set(self.gone)

    @property
    def complete(self) -> bool:
        """True if every id that was asked for came whole."""
        return not self.gone and not self.failed and len(self.whole()) == len(self.expected)


@dataclass(frozen=True)
class Ingest:
    """A finished ingest: its folder, its parts in order, and its manifest."""

    folder: str
    parts: list[str]
    manifest: Manifest


def newest_ingest(storage: StorageResource, kind: str) -> Ingest:
    """The newest finished ingest of a kind.

    Raises:
        IngestError: there is none.
    """
    for folder in reversed(folders(storage, paths.ingests(kind))):
        if storage.find(f"{folder}{SUCCESS}"):
            _, content = storage.read(f"{folder}{SUCCESS}")
            return Ingest(folder, parts(storage, folder), Manifest(**json.loads(content)))
    raise IngestError(f"No {kind} have landed yet; materialise raw_{kind} first.")


def close(storage: StorageResource, folder: str, manifest: Manifest) -> None:
    """Finish an ingest, and delete those that are too old to be read."""
    storage.write(f"{folder}{SUCCESS}", json.dumps(asdict(manifest)).encode())
    prune(storage, f"{folder.rstrip('/').rpartition('/')[0]}/")


def mark_loaded(storage: StorageResource) -> None:
    """Note that the rows of the newest finished ingests are in the tables.

    The albums' ingest is marked only after the tracks are loaded too. Until then a new run resumes
    it, and does not ask Spotify for the same albums again.
    """
    for kind in SPOTIFY_KINDS:
        finished = (
            folder
            for folder in reversed(folders(storage, paths.ingests(kind)))
            if storage.find(f"{folder}{SUCCESS}")
        )
        for folder in islice(finished, 1):
            storage.write(f"{folder}{LOADED}", b"")


def open_ingest(
    storage: StorageResource,
    kind: str,
    form: Form,
    wanted: Collection[str],
    *,
    until: str,
) -> tuple[str, Manifest, list[Reject]] | None:
    """The folder, the contents and the rejects of the newest ingest, if it is to be resumed.

    Pages that are no longer wanted are removed from it, and so is every page of an id of which one
    page would be refused by a reader: the id is asked for again. A damaged part goes aside as a
    whole. An ingest that stopped too long ago is not resumed.

    Args:
        storage: holds the landings.
        kind: `albums` or `tracks`.
        form: of its pages.
        wanted: the ids that are to be asked for.
        until: the mark of an ingest that is not resumed any more, `SUCCESS` or `LOADED`.
    """
    found = folders(storage, paths.ingests(kind))
    if not found or storage.find(f"{found[-1]}{until}"):
        return None
    stopped = min([age(found[-1]), *(age(part) for part in parts(storage, found[-1]))])
    if stopped.days >= RESUMABLE_DAYS:
        return None
    return found[-1], *contents(storage, found[-1], form, wanted)


def contents(
    storage: StorageResource, folder: str, form: Form, wanted: Collection[str]
) -> tuple[Manifest, list[Reject]]:
    """The contents and the rejects of an ingest that goes on; see `open_ingest`."""
    unsound, rejects = _unsound_ids(storage, folder, form)
    sound, manifest = set(wanted) - unsound, Manifest()
    for blob in list(storage.list(folder)):
        if blob.path.endswith(GONE):
            gone = _read_lines(storage, blob.path)
            manifest.gone += [each for line in gone for each in line if each in sound]
        elif blob.path.endswith(PAGES):
            manifest.add(keep_wanted(storage, blob.path, sound))
    return manifest, rejects


def parts(storage: StorageResource, folder: str) -> list[str]:
    """The files of an ingest that hold pages, in order."""
    return [blob.path for blob in storage.list(folder) if blob.path.endswith(PAGES)]


def write_part(
    storage: StorageResource, folder: str, run_id: str, lines: Sequence[bytes], gone: Sequence[str]
) -> None:
    """Add a part to an ingest: pages, and the ids that the server no longer knows.

    The run's id in the name keeps the parts of concurrent runs apart.
    """
    name = f"{folder}{PART}{stamped_name(run_id)}"
    if lines:
        storage.write(f"{name}{PAGES}", b"".join(lines))
    if gone:
        storage.write(f"{name}{GONE}", json.dumps(gone).encode())


def _unsound_ids(
    storage: StorageResource, folder: str, form: Form
) -> tuple[set[str], list[Reject]]:
    """The ids with a page that a reader would refuse, and the rejects that say why."""
    unsound, rejects = set[str](), list[Reject]()
    for path in parts(storage, folder):
        _, content = storage.read(path)
        try:
            pages = _lines(content)
        except UNREADABLE as error:
            text = content.decode(errors="backslashreplace")
            rejects.append(Reject(1, f"not the lines of a landing: {error}", text))
            continue
        for line, page in enumerate(pages, start=1):
            _, why = sound_page(page, form, line)
            rejects += why
            if why and isinstance(page, dict):
                unsound.add(str(page.get("requested")))
    return unsound, rejects


def keep_wanted(storage: StorageResource, path: str, wanted: Collection[str]) -> list[Page]:
    """The wanted pages of a part; the others are removed from it."""
    pages = _read_lines(storage, path)
    kept = [
        page for page in pages if isinstance(page, dict) and str(page.get("requested")) in wanted
    ]
    if not kept:
        storage.delete(path)
    elif len(kept) < len(pages):
        storage.write(path, b"".join(to_line(page) for page in kept))
    return kept


def _read_lines(storage: StorageResource, path: str) -> list[Any]:
    """The lines of a file; none of a damaged one, so that its ids are asked for again."""
    try:
        return _lines(storage.read(path)[1])
    except UNREADABLE:
        return []


def _lines(content: bytes) -> list[Any]:
    return [json.loads(line) for line in content.splitlines()]
