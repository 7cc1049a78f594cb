"""Landings: ingests that can be stopped anywhere and go on from there.

An ingest is a folder, `landing/<kind>/<ingest>/`. Each finished part is a blob of pages;
`_SUCCESS`, a manifest with what was expected and what came, closes it; `_LOADED` says that its rows
are in the tables. What has landed is not asked for again.

A line is a page as it came, with `requested`, the id that was asked for, and, where the list goes
on after it, `continued`, the offset at which it does.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any

from music_assets.landing.pages import Page, to_line
from music_assets.storage import paths
from music_assets.storage.blobs import StorageResource
from music_assets.storage.dated_folders import age, folders, prune, stamped_name

#: An ingest that stopped longer ago describes a catalogue that may have changed since.
RESUMABLE_DAYS = 7
SUCCESS = "_SUCCESS"
LOADED = "_LOADED"
PART = "part-"
PAGES, GONE = ".ndjson", ".gone.json"


class IngestError(Exception):
    """An ingest has not been finished; the message says why and how it goes on."""


@dataclass
class Manifest:
    """What an ingest was to bring and what it brought, per id that was asked for.

    Attributes:
        expected: entries that the server said there are; None where it did not say.
        fetched: entries that landed.
        gone: ids that the server no longer knows.
        begun: where lists go on of which only the first pages landed.
        failed: why the others did not come.
    """

    expected: dict[str, int | None] = field(default_factory=dict)
    fetched: dict[str, int] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    begun: dict[str, int] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    def add(self, pages: Iterable[Page]) -> None:
        """Count pages that landed together.

        A list is counted once, though two runs that ask at the same time both bring it.
        """
        pages = list(pages)
        came = Counter[str]()
        for page in pages:
            came[page["requested"]] += len(page["items"])
        for requested, count in came.items():
            earlier = self.fetched.get(requested, 0)
            goes_on = requested in self.begun
            self.fetched[requested] = earlier + count if goes_on else max(earlier, count)
        for page in pages:
            total = page.get("total")
            self.expected[page["requested"]] = total if isinstance(total, int) else None
            self._begin_or_end(page["requested"], page.get("continued"))

    def _begin_or_end(self, requested: str, continued: int | None) -> None:
        self.begun.pop(requested, None)
        if continued is not None:
            self.begun[requested] = continued

    def whole(self) -> list[str]:
        """The ids of which everything that was expected came."""
        return [
            requested
            for requested, expected in self.expected.items()
            if expected is not None
            and self.fetched[requested] >= expected
            and requested not in self.begun
        ]

    @property
    def done(self) -> set[str]:
        """The ids that need not be asked for again."""
        return (self.fetched.keys() - self.begun.keys()) | set(self.gone)

    @property
    def complete(self) -> bool:
        """Whether every id that was asked for came whole."""
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
    """Finish an ingest, and let go of those that nothing reads any more."""
    storage.write(f"{folder}{SUCCESS}", json.dumps(asdict(manifest)).encode())
    prune(storage, f"{folder.rstrip('/').rpartition('/')[0]}/")


def mark_loaded(storage: StorageResource, kind: str) -> None:
    """Note that the newest finished ingest's rows are in the tables: nothing goes on with it."""
    finished = (
        folder
        for folder in reversed(folders(storage, paths.ingests(kind)))
        if storage.find(f"{folder}{SUCCESS}")
    )
    for folder in islice(finished, 1):
        storage.write(f"{folder}{LOADED}", b"")


def open_ingest(
    storage: StorageResource, kind: str, wanted: Collection[str], *, until: str
) -> tuple[str, Manifest] | None:
    """The newest ingest if it is to be gone on with, and what it holds already.

    What it holds and is no longer wanted, or cannot be read, leaves it. One that stopped long ago
    is left alone; its successor asks again.

    Args:
        storage: where landings lie.
        kind: `albums` or `tracks`.
        wanted: the ids that are to be asked for.
        until: the mark that ends an ingest, `SUCCESS` or `LOADED`.
    """
    found = folders(storage, paths.ingests(kind))
    if not found or storage.find(f"{found[-1]}{until}"):
        return None
    stopped = min([age(found[-1]), *(age(part) for part in parts(storage, found[-1]))])
    if stopped.days >= RESUMABLE_DAYS:
        return None
    return found[-1], _landed(storage, found[-1], wanted)


def parts(storage: StorageResource, folder: str) -> list[str]:
    """The files of an ingest that hold pages, in order."""
    return [blob.path for blob in storage.list(folder) if blob.path.endswith(PAGES)]


def write_part(
    storage: StorageResource, folder: str, run_id: str, lines: Sequence[bytes], gone: Sequence[str]
) -> None:
    """Add pages to an ingest, and what the server no longer knows.

    Two runs may go on with one ingest; the run's id keeps their parts apart.
    """
    name = f"{folder}{PART}{stamped_name(run_id)}"
    if lines:
        storage.write(f"{name}{PAGES}", b"".join(lines))
    if gone:
        storage.write(f"{name}{GONE}", json.dumps(gone).encode())


def _landed(storage: StorageResource, folder: str, wanted: Collection[str]) -> Manifest:
    """What an ingest holds already; what is not wanted leaves it."""
    manifest, wanted = Manifest(), set(wanted)
    for blob in list(storage.list(folder)):
        if blob.path.endswith(GONE):
            gone = _read_lines(storage, blob.path)
            manifest.gone += [each for line in gone for each in line if each in wanted]
        elif blob.path.endswith(PAGES):
            manifest.add(_keep_wanted(storage, blob.path, wanted))
    return manifest


def _keep_wanted(storage: StorageResource, path: str, wanted: set[str]) -> list[Page]:
    """The wanted pages of a part, from which the others are removed."""
    pages = _read_lines(storage, path)
    kept = [page for page in pages if page["requested"] in wanted]
    if not kept:
        storage.delete(path)
    elif len(kept) < len(pages):
        storage.write(path, b"".join(to_line(page) for page in kept))
    return kept


def _read_lines(storage: StorageResource, path: str) -> list[Any]:
    """What a file of an ingest holds; nothing if it is damaged, so that it is asked for again."""
    _, content = storage.read(path)
    try:
        return [json.loads(line) for line in content.splitlines()]
    except ValueError:
        return []
