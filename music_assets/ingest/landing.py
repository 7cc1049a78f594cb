"""Landings: ingests that can be stopped anywhere and go on from there.

An ingest is a folder, `landing/<kind>/<ingest>/`. Each finished part is a blob of pages;
`_SUCCESS`, a manifest with what was expected and what came, closes it. The newest ingest without
one goes on where it stopped; what has landed is not asked for again.
"""

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field

from music_assets.ingest.pages import Page, Reject, sound_page, to_line
from music_assets.resources.spotify import NotFound, RateLimited, SpotifyError
from music_assets.resources.storage import StorageResource
from music_assets.transforms.rows import Transform

WORKERS = 8
IDS_PER_PART = 100
KEPT_INGESTS = 5
SUCCESS = "_SUCCESS"


class IngestError(Exception):
    """An ingest has not been finished; the message says why and how it goes on."""


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
    for folder in reversed(_folders(storage, kind)):
        if storage.find(f"{folder}{SUCCESS}"):
            _, content = storage.read(f"{folder}{SUCCESS}")
            return Ingest(folder, _parts(storage, folder), Manifest(**json.loads(content)))
    raise IngestError(f"No {kind} have landed yet; materialise raw_{kind} first.")


def new_folder(kind: str, run_id: str) -> str:
    """The folder of an ingest that starts now. Names sort by time."""
    return f"landing/{kind}/{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S.%fZ}-{run_id[:8]}/"


def close(storage: StorageResource, folder: str, manifest: Manifest) -> None:
    """Finish an ingest, and let go of those that nothing reads any more."""
    storage.write(f"{folder}{SUCCESS}", json.dumps(asdict(manifest)).encode())
    kind_folder = folder.rstrip("/").rpartition("/")[0]
    for old in _folders(storage, kind_folder.rpartition("/")[2])[:-KEPT_INGESTS]:
        for blob in list(storage.list(old)):
            storage.delete(blob.path)


def land(
    storage: StorageResource,
    kind: str,
    wanted: Sequence[str],
    fetch: Callable[[str], list[Page]],
    transform: Transform,
    *,
    run_id: str,
    progress: Callable[[int, int], None],
) -> tuple[Manifest, list[Reject]]:
    """Fetch the pages of all ids into an ingest and close it.

    Args:
        storage: where landings lie.
        kind: `albums` or `tracks`.
        wanted: ids to ask for.
        fetch: all pages of one id.
        transform: the one that reads the pages first; it says what shape they must have.
        run_id: names a new ingest.
        progress: told how many ids are done, of how many.

    Raises:
        IngestError: something could not be fetched; what could has landed.
    """
    folder, manifest = _unfinished(storage, kind, wanted) or (new_folder(kind, run_id), Manifest())
    rejects: list[Reject] = []
    todo = [each for each in dict.fromkeys(wanted) if each not in manifest.fetched]
    number = len(_parts(storage, folder))
    failed: dict[str, SpotifyError] = {}
    with ThreadPoolExecutor(WORKERS) as pool:
        for start in range(0, len(todo), IDS_PER_PART):
            ids = todo[start : start + IDS_PER_PART]
            pages, problems = _fetch_part(pool, ids, fetch)
            gone = [each for each, error in problems.items() if isinstance(error, NotFound)]
            manifest.gone += gone
            failed |= {each: error for each, error in problems.items() if each not in gone}
            lines = []
            for each, found in pages.items():
                sound, unsound = _sound(found, transform)
                rejects += unsound
                manifest.add(each, sound)
                lines += [to_line(page) for page in sound]
            if lines:
                number += 1
                storage.write(f"{folder}part-{number:05}.ndjson", b"".join(lines))
            progress(len(manifest.fetched), len(manifest.fetched) + len(todo) - start - len(ids))
            _stop_on_refusal(failed, manifest, todo)
    if failed:
        raise IngestError(_failure(kind, failed))
    close(storage, folder, manifest)
    return manifest, rejects


def _fetch_part(
    pool: ThreadPoolExecutor, ids: Sequence[str], fetch: Callable[[str], list[Page]]
) -> tuple[dict[str, list[Page]], dict[str, SpotifyError]]:
    """The pages of some ids, and what stood in the way of the others."""
    refused: list[RateLimited] = []

    def attempt(requested: str) -> list[Page] | SpotifyError:
        if refused:
            return refused[0]
        try:
            return fetch(requested)
        except RateLimited as error:
            refused.append(error)
            return error
        except SpotifyError as error:
            return error

    answers = dict(zip(ids, pool.map(attempt, ids), strict=True))
    problems = {each: error for each, error in answers.items() if isinstance(error, SpotifyError)}
    pages = {each: answer for each, answer in answers.items() if isinstance(answer, list)}
    return pages, problems


def _sound(pages: Iterable[Page], transform: Transform) -> tuple[list[Page], list[Reject]]:
    sound, rejects = [], []
    for page in pages:
        readable, unsound = sound_page(page, transform)
        rejects += unsound
        if readable is not None:
            sound.append(readable)
    return sound, rejects


def _stop_on_refusal(
    failed: dict[str, SpotifyError], manifest: Manifest, todo: Sequence[str]
) -> None:
    for error in failed.values():
        if isinstance(error, RateLimited):
            left = sum(1 for each in todo if each not in manifest.fetched)
            again = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=error.retry_after)
            raise IngestError(
                f"{error} {len(manifest.fetched)} have landed and {left} are left; run again after "
                f"{again:%Y-%m-%d %H:%M} UTC to go on from there."
            )


def _failure(kind: str, failed: dict[str, SpotifyError]) -> str:
    some = "; ".join(f"{each}: {error}" for each, error in list(failed.items())[:5])
    return (
        f"{len(failed)} of the {kind} lists could not be fetched; the others have landed and a new "
        f"run asks only for these. {some}"
    )


def _folders(storage: StorageResource, kind: str) -> list[str]:
    """The folders of a kind's ingests, oldest first."""
    root = f"landing/{kind}/"
    names = {blob.path.removeprefix(root).partition("/")[0] for blob in storage.list(root)}
    return [f"{root}{name}/" for name in sorted(names)]


def _parts(storage: StorageResource, folder: str) -> list[str]:
    return [blob.path for blob in storage.list(folder) if not blob.path.endswith(SUCCESS)]


def _unfinished(
    storage: StorageResource, kind: str, wanted: Sequence[str]
) -> tuple[str, Manifest] | None:
    """The newest ingest if it is to be gone on with, and what it holds already.

    One that holds what is no longer wanted is left alone; its successor asks again.
    """
    folders = _folders(storage, kind)
    if not folders or storage.find(f"{folders[-1]}{SUCCESS}"):
        return None
    landed = _landed(storage, folders[-1])
    return (folders[-1], landed) if landed.fetched.keys() <= set(wanted) else None


def _landed(storage: StorageResource, folder: str) -> Manifest:
    """What an unfinished ingest holds already."""
    manifest = Manifest()
    for part in _parts(storage, folder):
        for page in _read_pages(storage, part):
            manifest.add(page["requested"], [page])
    return manifest


def _read_pages(storage: StorageResource, path: str) -> Iterator[Page]:
    _, content = storage.read(path)
    for line in content.splitlines():
        yield json.loads(line)
