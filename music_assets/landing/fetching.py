"""Fetching: the pages of many ids into one ingest, part by part, whatever stands in the way."""

import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

from music_assets.landing.ingests import (
    SUCCESS,
    IngestError,
    Manifest,
    close,
    open_ingest,
    write_part,
)
from music_assets.landing.pages import Page, Reject, sound_page, to_line
from music_assets.landing.progress import Progress
from music_assets.spotify.listings import TRACKS_PAGE, Answers, Pages, least_calls
from music_assets.spotify.pacing import MOST_IN_FLIGHT
from music_assets.spotify.session import Session
from music_assets.spotify.spotify_errors import (
    LoginError,
    NotFound,
    RateLimited,
)
from music_assets.storage import paths
from music_assets.storage.blobs import StorageResource
from music_assets.storage.dated_folders import new_folder
from music_assets.transforms import catalogue as catalog
from music_assets.transforms.rows import Transform

#: What is lost when a process is killed is the part that it was at.
PART_SECONDS = 3.0
#: So many answers are as many as memory should hold.
MOST_PART_IDS = 1_000
WORKERS = MOST_IN_FLIGHT
#: Ids in a row that failed; the rest would fare no better.
HOPELESS = 20
#: After these, no other call of the run would fare better.
FINAL = (RateLimited, LoginError)


@dataclass(frozen=True)
class Kind:
    """What an ingest brings.

    Attributes:
        name: what its folder is called.
        transform: the one that reads the pages first; it says what shape they must have.
        fetch: the pages of some ids, from given offsets on.
        page_size: entries that a page holds at most.
        at_once: ids that one call asks for.
        expected_at_once: the same, for a forecast.
    """

    name: str
    transform: Transform
    fetch: Callable[[Pages, Sequence[str], Mapping[str, int]], Answers]
    page_size: Callable[[Pages], int]
    at_once: Callable[[Pages], int]
    expected_at_once: Callable[[Pages], int]

    def calls(self, pages: Pages, entries: Iterable[int], *, singly: bool = False) -> int:
        """The fewest calls for lists of so many entries; `singly`, without asking for many."""
        at_once = 1 if singly else self.expected_at_once(pages)
        return least_calls(entries, self.page_size(pages), at_once)


ALBUMS = Kind(
    "albums",
    catalog.albums,
    fetch=Pages.albums_of,
    page_size=lambda pages: pages.albums_page_size,
    at_once=lambda _: 1,
    expected_at_once=lambda _: 1,
)
TRACKS = Kind(
    "tracks",
    catalog.tracks,
    fetch=Pages.tracks_of,
    page_size=lambda _: TRACKS_PAGE,
    at_once=lambda pages: pages.albums_at_once,
    expected_at_once=lambda pages: pages.albums_expected_at_once,
)


@dataclass
class Fetched:
    """What an ingest has brought so far.

    Attributes:
        folder: where it lies.
        manifest: what it holds, over all runs.
        rejects: what of this run's pages is of no use.
        in_vain: ids in a row that failed.
    """

    folder: str
    manifest: Manifest
    rejects: list[Reject] = field(default_factory=list)
    in_vain: int = 0


def land(
    storage: StorageResource,
    session: Session,
    kind: Kind,
    wanted: Mapping[str, int],
    *,
    run_id: str,
    tell: Callable[[str], None],
    until: str = SUCCESS,
) -> tuple[Manifest, list[Reject]]:
    """Fetch the pages of all ids into an ingest and close it.

    An id that cannot be fetched is recorded in the manifest as failed; the rest goes on.

    Args:
        storage: where landings lie.
        session: what asks.
        kind: what is fetched.
        wanted: ids to ask for, each with the entries that its list is known to have; 0 if unknown.
        run_id: names a new ingest, and the parts that this run adds to an old one.
        tell: takes lines for the run's log.
        until: the mark up to which the newest ingest is gone on with.

    Raises:
        IngestError: Spotify takes no more calls, or answers none; what came has landed.
    """
    known = open_ingest(storage, kind.name, wanted.keys(), until=until)
    folder, manifest = known or (new_folder(paths.ingests(kind.name), run_id), Manifest())
    so_far, progress = Fetched(folder, manifest), Progress(kind.name, session, tell)
    done = manifest.done
    todo = {each: entries for each, entries in wanted.items() if each not in done}
    if todo:
        session.begin()
        progress.begin(len(todo), kind.calls(session.pages, todo.values()))
    # Closed when it breaks off, or calls that are under way would go on behind the error.
    with closing(_parts(list(todo), kind, session, manifest.begun)) as parts:
        for answers in parts:
            _take(storage, so_far, answers, kind.transform, run_id)
            session.record()
            for each, answer in answers.items():
                if not isinstance(answer.error, FINAL):
                    del todo[each]
            rest = kind.calls(session.pages, todo.values())
            progress.advance(len(wanted) - len(todo), len(wanted), rest)
            _stop_if_refused(session, len(wanted), answers, left=len(todo))
            _stop_if_hopeless(kind.name, so_far, answers)
    close(storage, folder, manifest)
    return manifest, so_far.rejects


def _parts(
    todo: Sequence[str], kind: Kind, session: Session, starts: Mapping[str, int]
) -> Generator[Answers]:
    """What ids bring, in the order in which it comes; every `PART_SECONDS`, what came since."""
    waiting, part, due = deque(todo), Answers(), time.monotonic() + PART_SECONDS
    asked: dict[Future[Answers], list[str]] = {}
    with _workers(session) as pool:
        while waiting or asked:
            while waiting and len(asked) < 2 * WORKERS:
                ids = [
                    waiting.popleft() for _ in range(min(kind.at_once(session.pages), len(waiting)))
                ]
                asked[pool.submit(kind.fetch, session.pages, ids, starts)] = ids
            for future in _first(asked, due):
                ids, answers = asked.pop(future), future.result()
                part |= answers
                waiting.extendleft(each for each in reversed(ids) if each not in answers)
                if any(isinstance(each.error, FINAL) for each in answers.values()):
                    waiting.clear()
            if part and (time.monotonic() >= due or len(part) >= MOST_PART_IDS):
                yield part
                part, due = {}, time.monotonic() + PART_SECONDS
        if part:
            yield part


def _first(asked: Iterable[Future[Answers]], due: float) -> set[Future[Answers]]:
    """The calls that are the first to be answered, if any is before the part is due."""
    seconds = max(0.0, due - time.monotonic())
    return wait(asked, timeout=seconds, return_when=FIRST_COMPLETED).done


@contextmanager
def _workers(session: Session) -> Iterator[ThreadPoolExecutor]:
    """Threads that ask. When the `with` block breaks off, those that wait for their turn leave."""
    pool = ThreadPoolExecutor(WORKERS)
    try:
        yield pool
    except BaseException:
        session.pacer.close()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _take(
    storage: StorageResource, so_far: Fetched, answers: Answers, transform: Transform, run_id: str
) -> None:
    """Write the pages that came as one part, and remember what did not come."""
    manifest, lines, gone = so_far.manifest, list[bytes](), list[str]()
    for requested, answer in answers.items():
        sound, unsound = _sound(answer.pages, transform)
        so_far.rejects += unsound
        lines += [to_line(page) for page in sound]
        manifest.add(sound)
        if isinstance(answer.error, NotFound):
            gone.append(requested)
        elif answer.error and not isinstance(answer.error, FINAL):
            manifest.failed[requested] = str(answer.error)
    manifest.gone += gone
    write_part(storage, so_far.folder, run_id, lines, gone)


def _sound(pages: Iterable[Page], transform: Transform) -> tuple[list[Page], list[Reject]]:
    sound, rejects = [], []
    for page in pages:
        readable, unsound = sound_page(page, transform)
        rejects += unsound
        if readable is not None:
            sound.append(readable)
    return sound, rejects


def _stop_if_refused(session: Session, wanted: int, answers: Answers, *, left: int) -> None:
    """End the ingest if Spotify wants a long pause, or does not accept who asks.

    Raises:
        IngestError: so it is; the message says how to go on.
    """
    final = [each.error for each in answers.values() if isinstance(each.error, FINAL)]
    if not final:
        return
    landed = f"{final[0]} {wanted - left} have landed and {left} are left;"
    if isinstance(final[0], RateLimited):
        until = session.refuse(final[0])
        raise IngestError(
            f"{landed} run again after {until:%Y-%m-%d %H:%M} UTC to go on from there."
        )
    raise IngestError(f"{landed} a new run goes on from there.")


def _stop_if_hopeless(kind: str, so_far: Fetched, answers: Answers) -> None:
    """End the ingest if so many ids in a row have failed that the rest would fail as well.

    Raises:
        IngestError: so it is; the message says why.
    """
    for answer in answers.values():
        failed = answer.error and not isinstance(answer.error, NotFound)
        so_far.in_vain = so_far.in_vain + 1 if failed else 0
    if so_far.in_vain < HOPELESS:
        return
    reasons = {str(each.error): requested for requested, each in answers.items() if each.error}
    some = " ".join(f"{reason} (Asked for {each}.)" for reason, each in list(reasons.items())[:3])
    raise IngestError(
        f"{HOPELESS} of the {kind} lists in a row could not be fetched, so no more were asked for; "
        f"what came has landed, and a new run goes on from there. {some}"
    )
