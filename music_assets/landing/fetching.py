"""Fetching: the pages of many ids into one ingest, part by part, whatever errors come between."""

import time
from collections import deque
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

from music_assets.calls.call_errors import NotFound
from music_assets.calls.pacing import MOST_IN_FLIGHT
from music_assets.landing.giving_up import FINAL, FailureStreak, stop_if_refused
from music_assets.landing.ingests import SUCCESS, Manifest, close, open_ingest, write_part
from music_assets.landing.kinds import Kind
from music_assets.landing.listing_memory import ListingMemory
from music_assets.landing.pages import Reject, sound_page, to_line
from music_assets.landing.progress import Progress
from music_assets.spotify.listings import ListingsById
from music_assets.spotify.session import Session
from music_assets.storage import paths
from music_assets.storage.blobs import StorageResource
from music_assets.storage.dated_folders import new_folder

#: A part is written this often, so a killed process loses about this much work.
PART_SECONDS = 3.0
#: A part is also written at this many ids, to bound memory.
MOST_PART_IDS = 1_000
WORKERS = MOST_IN_FLIGHT


@dataclass
class Fetched:
    """The state of an ingest that is being fetched.

    Attributes:
        folder: of the ingest.
        manifest: what the ingest holds, over all runs.
        rejects: of this run's pages.
    """

    folder: str
    manifest: Manifest
    rejects: list[Reject] = field(default_factory=list)


def land(
    storage: StorageResource,
    session: Session,
    kind: Kind,
    wanted: Mapping[str, int],
    *,
    stored: Mapping[str, int] | None = None,
    run_id: str,
    tell: Callable[[str], None],
    until: str = SUCCESS,
) -> tuple[Manifest, list[Reject]]:
    """Fetch the pages of all ids into an ingest and close it.

    An id that cannot be fetched is recorded as failed in the manifest, and the rest goes on.

    Args:
        storage: holds the landings.
        session: access to Spotify.
        kind: of the ingest.
        wanted: the ids, with the known length of each listing; 0 if unknown.
        stored: the entries of each id in the table, where that is not the known length.
        run_id: names a new ingest, and this run's parts.
        tell: takes lines for the run's log.
        until: the mark of an ingest that is not resumed any more.

    Raises:
        CallsPaused: Spotify takes no calls yet, and none was made.
        IngestError: the ingest was stopped; the pages that came have landed.
    """
    state = _opened(storage, kind, {*wanted, *(stored or {})}, run_id, until)
    todo = _todo(wanted, state.manifest.done)
    streak = FailureStreak(kind.name, todo)
    progress = _begun(storage, session, kind, todo, tell)
    # Close the generator on an error; otherwise calls in flight would keep running.
    with closing(_parts(list(todo), kind, session, state.manifest.begun)) as parts:
        for part in parts:
            _write(storage, state, part, kind, run_id)
            session.record()
            _remove_settled(todo, part)
            landed, rest = len(wanted) - len(todo), kind.calls(session.listings, todo.values())
            progress.advance(landed, len(wanted), rest)
            stop_if_refused(session, part, landed=landed, left=len(todo))
            streak.stop_if_hopeless(part)
    _finish(storage, state, kind, wanted if stored is None else stored)
    return state.manifest, state.rejects


def _begun(
    storage: StorageResource,
    session: Session,
    kind: Kind,
    todo: Mapping[str, int],
    tell: Callable[[str], None],
) -> Progress:
    """The progress of an ingest, after its forecast if there is anything to ask for."""
    session.listings.is_as_before = ListingMemory.of(storage, kind.name).is_as_before
    progress = Progress(kind.name, session, tell)
    if todo:
        session.begin()
        progress.begin(len(todo), kind.calls(session.listings, todo.values()))
    return progress


def _finish(
    storage: StorageResource,
    state: Fetched,
    kind: Kind,
    stored: Mapping[str, int],
) -> None:
    """Remember what Spotify got wrong, and close the ingest."""
    memory = ListingMemory.of(storage, kind.name)
    state.manifest.doubtful = memory.doubt(stored, state.manifest, state.folder)
    memory.count_again(state.manifest)
    memory.keep(storage, kind.name)
    close(storage, state.folder, state.manifest)


def _opened(
    storage: StorageResource, kind: Kind, kept: Collection[str], run_id: str, until: str
) -> Fetched:
    """The ingest that is to be resumed, with the pages of some ids, or a new one.

    What another run has stored meanwhile is kept too: a later step of that run may still read it.
    """
    resumed = open_ingest(storage, kind.name, kind.transform, kept, until=until)
    if resumed is not None:
        return Fetched(*resumed)
    return Fetched(new_folder(storage, paths.ingests(kind.name), run_id), Manifest())


def _todo(wanted: Mapping[str, int], done: set[str]) -> dict[str, int]:
    return {each: entries for each, entries in wanted.items() if each not in done}


def _remove_settled(todo: dict[str, int], part: ListingsById) -> None:
    """Remove the ids that need not be asked for again in this run: they came, or failed alone."""
    for each, listing in part.items():
        if not isinstance(listing.error, FINAL):
            del todo[each]


def _parts(
    todo: Sequence[str], kind: Kind, session: Session, starts: Mapping[str, int]
) -> Generator[ListingsById]:
    """The listings of the ids, as they come, in parts of about `PART_SECONDS`."""
    waiting, part, due = deque(todo), ListingsById(), time.monotonic() + PART_SECONDS
    asked: dict[Future[ListingsById], list[str]] = {}
    with _workers(session) as pool:
        while waiting or asked:
            while waiting and len(asked) < 2 * WORKERS:
                count = min(kind.ids_per_call(session.listings), len(waiting))
                ids = [waiting.popleft() for _ in range(count)]
                asked[pool.submit(kind.fetch, session.listings, ids, starts)] = ids
            for future in _first(asked, due):
                ids, found = asked.pop(future), future.result()
                part |= found
                waiting.extendleft(each for each in reversed(ids) if each not in found)
                if any(isinstance(each.error, FINAL) for each in found.values()):
                    waiting.clear()
            if part and (time.monotonic() >= due or len(part) >= MOST_PART_IDS):
                yield part
                part, due = {}, time.monotonic() + PART_SECONDS
        if part:
            yield part


def _first(asked: Iterable[Future[ListingsById]], due: float) -> set[Future[ListingsById]]:
    """The first calls that are answered; none if the part is due before."""
    seconds = max(0.0, due - time.monotonic())
    return wait(asked, timeout=seconds, return_when=FIRST_COMPLETED).done


@contextmanager
def _workers(session: Session) -> Iterator[ThreadPoolExecutor]:
    """Threads that ask. On an error, those that wait for their turn end at once."""
    pool = ThreadPoolExecutor(WORKERS)
    try:
        yield pool
    except BaseException:
        session.pacer.close()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _write(
    storage: StorageResource, state: Fetched, part: ListingsById, kind: Kind, run_id: str
) -> None:
    """Write the pages that came, and count them and the errors in the manifest."""
    manifest, lines, gone = state.manifest, list[bytes](), list[str]()
    for requested, listing in part.items():
        pages = []
        for page in listing.pages:
            sound, rejects = sound_page(page, kind.transform)
            state.rejects += rejects
            if rejects and requested not in manifest.spoilt:
                manifest.spoilt.append(requested)
            if sound is not None:
                pages.append(sound)
        lines += [to_line(page) for page in pages]
        manifest.add(pages)
        if isinstance(listing.error, NotFound):
            gone.append(requested)
        elif listing.error and not isinstance(listing.error, FINAL):
            manifest.failed[requested] = str(listing.error)
    manifest.gone += gone
    write_part(storage, state.folder, run_id, lines, gone)
