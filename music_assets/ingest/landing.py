"""Landings: ingests that can be stopped anywhere and go on from there.

An ingest is a folder, `landing/<kind>/<ingest>/`. Each finished part is a blob of pages;
`_SUCCESS`, a manifest with what was expected and what came, closes it; `_LOADED` says that its rows
are in the tables. What has landed is not asked for again.
"""

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice

from music_assets.ingest.pages import Page
from music_assets.resources.storage import StorageResource

KEPT_INGESTS = 5
#: An ingest that stopped longer ago describes a catalogue that may have changed since.
RESUMABLE_DAYS = 7
SUCCESS = "_SUCCESS"
LOADED = "_LOADED"
GONE = ".gone.json"
STAMP = "%Y%m%dT%H%M%S.%fZ"


class IngestError(Exception):
    """An ingest has not been finished; the message says why and how it goes on.

    `failed` are the ids whose pages could not be fetched.
    """

    def __init__(self, message: str, failed: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.failed = list(failed)


@dataclass
class Manifest:
    """What an ingest was to bring and what it brought, per id that was asked for.

    Attributes:
        expected: entries that the server said there are; None where it did not say.
        fetched: entries that landed.
        gone: ids that the server no longer knows.
    """

    expected: dict[str, int | None] = field(default_factory=dict)
    fetched: dict[str, int] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)

    def add(self, requested: str, pages: Iterable[Page]) -> None:
        """Count the pages of one id."""
        for page in pages:
            self.fetched[requested] = self.fetched.get(requested, 0) + len(page["items"])
            total = page.get("total")
            self.expected[requested] = total if isinstance(total, int) else None

    def whole(self) -> list[str]:
        """The ids of which everything that was expected came."""
        return [
            requested
            for requested, expected in self.expected.items()
            if expected is not None and self.fetched[requested] >= expected
        ]

    @property
    def done(self) -> set[str]:
        """The ids that need not be asked for again."""
        return self.fetched.keys() | set(self.gone)

    @property
    def complete(self) -> bool:
        """Whether every id that was asked for came whole."""
        return not self.gone and len(self.whole()) == len(self.expected)


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
    for folder in reversed(folders(storage, f"landing/{kind}/")):
        if storage.find(f"{folder}{SUCCESS}"):
            _, content = storage.read(f"{folder}{SUCCESS}")
            return Ingest(folder, parts(storage, folder), Manifest(**json.loads(content)))
    raise IngestError(f"No {kind} have landed yet; materialise raw_{kind} first.")


def now() -> dt.datetime:
    """This moment, in UTC."""
    return dt.datetime.now(dt.UTC)


def new_folder(root: str, run_id: str) -> str:
    """A folder below `root` for what a run writes now. Names sort by time and are never reused."""
    return f"{root}{now():{STAMP}}-{run_id[:8]}/"


def close(storage: StorageResource, folder: str, manifest: Manifest) -> None:
    """Finish an ingest, and let go of those that nothing reads any more."""
    storage.write(f"{folder}{SUCCESS}", json.dumps(asdict(manifest)).encode())
    prune(storage, f"{folder.rstrip('/').rpartition('/')[0]}/")


def mark_loaded(storage: StorageResource, kind: str) -> None:
    """Note that the newest finished ingest's rows are in the tables: nothing goes on with it."""
    finished = (
        folder
        for folder in reversed(folders(storage, f"landing/{kind}/"))
        if storage.find(f"{folder}{SUCCESS}")
    )
    for folder in islice(finished, 1):
        storage.write(f"{folder}{LOADED}", b"")


def prune(storage: StorageResource, root: str) -> None:
    """Keep the newest folders below `root`, and delete the older ones."""
    for old in folders(storage, root)[:-KEPT_INGESTS]:
        for blob in list(storage.list(old)):
            storage.delete(blob.path)


def open_ingest(
    storage: StorageResource, kind: str, wanted: Sequence[str], *, until: str
) -> tuple[str, Manifest] | None:
    """The newest ingest if it is to be gone on with, and what it holds already.

    One that holds what is no longer wanted, or that is too old, is left alone; its successor asks
    again.

    Args:
        storage: where landings lie.
        kind: `albums` or `tracks`.
        wanted: the ids that are to be asked for.
        until: the mark that ends an ingest, `SUCCESS` or `LOADED`.
    """
    found = folders(storage, f"landing/{kind}/")
    if not found or storage.find(f"{found[-1]}{until}") or age(found[-1]).days >= RESUMABLE_DAYS:
        return None
    landed = _landed(storage, found[-1])
    return (found[-1], landed) if landed.done <= set(wanted) else None


def age(folder: str) -> dt.timedelta:
    """How long ago what `new_folder` named was begun."""
    stamp = folder.rstrip("/").rpartition("/")[2].partition("-")[0]
    started = dt.datetime.strptime(stamp, STAMP).replace(tzinfo=dt.UTC)
    return now() - started


def folders(storage: StorageResource, root: str) -> list[str]:
    """The folders below `root`, oldest first."""
    names = {blob.path.removeprefix(root).partition("/")[0] for blob in storage.list(root)}
    return [f"{root}{name}/" for name in sorted(names)]


def parts(storage: StorageResource, folder: str) -> list[str]:
    """The files of an ingest that hold pages, in order."""
    return [blob.path for blob in storage.list(folder) if blob.path.endswith(".ndjson")]


def write_part(
    storage: StorageResource, folder: str, name: str, lines: Sequence[bytes], gone: Sequence[str]
) -> None:
    """Add pages to an ingest, and what the server no longer knows."""
    if lines:
        storage.write(f"{folder}{name}.ndjson", b"".join(lines))
    if gone:
        storage.write(f"{folder}{name}{GONE}", json.dumps(gone).encode())


def next_number(storage: StorageResource, folder: str) -> int:
    """A number that no part of an ingest has yet."""
    names = (blob.path.removeprefix(folder) for blob in storage.list(folder))
    numbers = (int(name.split("-")[1]) for name in names if name.startswith("part-"))
    return 1 + max(numbers, default=0)


def _landed(storage: StorageResource, folder: str) -> Manifest:
    """What an unfinished ingest holds already."""
    manifest = Manifest()
    for blob in list(storage.list(folder)):
        if blob.path.endswith(GONE):
            manifest.gone += json.loads(storage.read(blob.path)[1])
    for part in parts(storage, folder):
        for page in _read_pages(storage, part):
            manifest.add(page["requested"], [page])
    return manifest


def _read_pages(storage: StorageResource, path: str) -> Iterator[Page]:
    _, content = storage.read(path)
    for line in content.splitlines():
        yield json.loads(line)
