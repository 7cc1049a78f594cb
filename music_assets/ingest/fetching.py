"""Fetching: the pages of many ids into one ingest, part by part, whatever stands in the way."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice

from music_assets.ingest.landing import (
    SUCCESS,
    IngestError,
    Manifest,
    close,
    new_folder,
    next_number,
    open_ingest,
    write_part,
)
from music_assets.ingest.pacing import MOST_IN_FLIGHT
from music_assets.ingest.pages import Page, Reject, sound_page, to_line
from music_assets.ingest.paging import TRACKS_PAGE, Answers, Pages, least_calls
from music_assets.ingest.progress import Progress
from music_assets.ingest.session import Session
from music_assets.resources.spotify_errors import (
    BadRequest,
    LoginError,
    NotFound,
    RateLimited,
    SpotifyError,
)
from music_assets.resources.storage import StorageResource
from music_assets.transforms import catalog
from music_assets.transforms.rows import Transform

#: What is lost when a process is killed is the part that it was at.
PART_SECONDS = 3.0
FIRST_PART_IDS = 20
MOST_PART_IDS = 1_000
#: After these, no other call of the run would fare better.
FINAL = (RateLimited, LoginError)


@dataclass(frozen=True)
class Kind:
    """What an ingest brings.

    Attributes:
        name: what its folder is called.
        transform: the one that reads the pages first; it says what shape they must have.
        fetch: the pages of some ids.
        page_size: entries that a page holds at most.
        at_once: ids that one call may ask for.
    """

    name: str
    transform: Transform
    fetch: Callable[[Pages, Sequence[str]], Answers]
    page_size: Callable[[Pages], int]
    at_once: Callable[[Pages], int]

    def calls(self, pages: Pages, entries: Iterable[int], *, singly: bool = False) -> int:
        """The fewest calls for lists of so many entries; `singly`, without asking for many."""
        return least_calls(entries, self.page_size(pages), 1 if singly else self.at_once(pages))


ALBUMS = Kind(
    "albums",
    catalog.albums,
    fetch=Pages.albums_of,
    page_size=lambda pages: pages.albums_page_size,
    at_once=lambda _: 1,
)
TRACKS = Kind(
    "tracks",
    catalog.tracks,
    fetch=Pages.tracks_of,
    page_size=lambda _: TRACKS_PAGE,
    at_once=lambda pages: pages.albums_at_once,
)


@dataclass
class Fetched:
    """What an ingest has brought so far, over all runs; the rejects are this run's."""

    folder: str
    manifest: Manifest
    rejects: list[Reject] = field(default_factory=list)
    failed: dict[str, SpotifyError] = field(default_factory=dict)


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

    Args:
        storage: where landings lie.
        session: what asks.
        kind: what is fetched.
        wanted: ids to ask for, each with the entries that its list is known to have; 0 if unknown.
        run_id: names a new ingest, and the parts that this run adds to an old one.
        tell: takes lines for the run's log.
        until: the mark up to which the newest ingest is gone on with.

    Raises:
        IngestError: something could not be fetched; what could has landed.
    """
    known = open_ingest(storage, kind.name, list(wanted), until=until)
    folder, manifest = known or (new_folder(f"landing/{kind.name}/", run_id), Manifest())
    so_far = Fetched(folder, manifest)
    todo = [each for each in wanted if each not in manifest.done]
    progress = Progress(kind.name, session, tell)
    if todo:
        session.begin()
        progress.begin(len(todo), kind.calls(session.pages, (wanted[each] for each in todo)))
    left, first = len(todo), next_number(storage, folder)
    for number, answers in enumerate(_answers(todo, kind, session), start=first):
        left -= len(answers)
        # Two runs may go on with one ingest; the run's id keeps their parts apart.
        _take(storage, so_far, answers, kind.transform, f"part-{number:05}-{run_id[:8]}")
        session.record()
        rest = kind.calls(session.pages, (wanted[each] for each in todo[len(todo) - left :]))
        progress.advance(len(manifest.done), left, rest)
        _stop_if_refused(session, so_far, answers, left=left)
        _stop_if_hopeless(kind.name, answers)
    if so_far.failed:
        raise IngestError(_failure(kind.name, so_far.failed), list(so_far.failed))
    close(storage, folder, manifest)
    return manifest, so_far.rejects


def _answers(todo: Sequence[str], kind: Kind, session: Session) -> Iterator[Answers]:
    """What all ids bring, in parts that each take about `PART_SECONDS` to fetch."""
    done, size = 0, FIRST_PART_IDS
    with ThreadPoolExecutor(MOST_IN_FLIGHT) as pool:
        while done < len(todo):
            started, at_once = time.monotonic(), kind.at_once(session.pages)
            ids = todo[done : done + max(1, size // at_once) * at_once]
            yield _ask(pool, _groups(ids, at_once), kind, session)
            done += len(ids)
            pace = PART_SECONDS / max(time.monotonic() - started, 0.001)
            size = max(1, min(round(len(ids) * pace), 2 * size, MOST_PART_IDS))


def _groups(ids: Sequence[str], size: int) -> list[list[str]]:
    rest = iter(ids)
    return list(iter(lambda: list(islice(rest, size)), []))


def _ask(
    pool: ThreadPoolExecutor, groups: Sequence[Sequence[str]], kind: Kind, session: Session
) -> Answers:
    """The pages of some ids, or what stood in their way. After a final refusal nobody asks."""
    final: list[SpotifyError] = []

    def attempt(ids: Sequence[str]) -> Answers:
        if final:
            return dict.fromkeys(ids, final[0])
        answers = kind.fetch(session.pages, ids)
        final.extend(each for each in answers.values() if isinstance(each, FINAL))
        return answers

    return {each: answer for found in pool.map(attempt, groups) for each, answer in found.items()}


def _take(
    storage: StorageResource, so_far: Fetched, answers: Answers, transform: Transform, name: str
) -> None:
    """Write the pages that came as one part, and remember what did not come."""
    lines, gone = [], []
    for requested, answer in answers.items():
        if isinstance(answer, NotFound | BadRequest):
            gone.append(requested)
        elif isinstance(answer, SpotifyError):
            so_far.failed[requested] = answer
        else:
            sound, unsound = _sound(answer, transform)
            so_far.rejects += unsound
            so_far.manifest.add(requested, sound)
            lines += [to_line(page) for page in sound]
    so_far.manifest.gone += gone
    write_part(storage, so_far.folder, name, lines, gone)


def _sound(pages: Iterable[Page], transform: Transform) -> tuple[list[Page], list[Reject]]:
    sound, rejects = [], []
    for page in pages:
        readable, unsound = sound_page(page, transform)
        rejects += unsound
        if readable is not None:
            sound.append(readable)
    return sound, rejects


def _stop_if_refused(session: Session, so_far: Fetched, answers: Answers, *, left: int) -> None:
    """End the ingest if Spotify wants a long pause, or does not accept who asks.

    Raises:
        IngestError: so it is; the message says how to go on.
    """
    final = [answer for answer in answers.values() if isinstance(answer, FINAL)]
    if not final:
        return
    done, left = len(so_far.manifest.done), left + len(so_far.failed)
    landed = f"{final[0]} {done} have landed and {left} are left;"
    if isinstance(final[0], RateLimited):
        until = session.refuse(final[0])
        raise IngestError(
            f"{landed} run again after {until:%Y-%m-%d %H:%M} UTC to go on from there."
        )
    raise IngestError(f"{landed} a new run goes on from there.")


def _stop_if_hopeless(kind: str, answers: Answers) -> None:
    """End the ingest if nothing of a whole part came, since the rest would fare no better.

    Raises:
        IngestError: nothing came, and why.
    """
    errors = {each: error for each, error in answers.items() if isinstance(error, SpotifyError)}
    answered = any(isinstance(error, NotFound) for error in errors.values())
    if len(errors) == len(answers) >= FIRST_PART_IDS and not answered:
        raise IngestError(_failure(kind, errors), list(errors))


def _failure(kind: str, failed: dict[str, SpotifyError]) -> str:
    reasons = {str(error): requested for requested, error in failed.items()}
    some = " ".join(f"{reason} (Asked for {each}.)" for reason, each in list(reasons.items())[:3])
    return (
        f"{len(failed)} of the {kind} lists could not be fetched; what could has landed, and a new "
        f"run goes on from there. {some}"
    )
