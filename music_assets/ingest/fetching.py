"""Fetching: the pages of many ids into one ingest, part by part, whatever stands in the way."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from music_assets.ingest.landing import (
    SUCCESS,
    IngestError,
    Manifest,
    close,
    new_folder,
    open_ingest,
    parts,
)
from music_assets.ingest.pacing import MOST_IN_FLIGHT
from music_assets.ingest.pages import Page, Reject, sound_page, to_line
from music_assets.ingest.refusal import await_permission, note_refusal
from music_assets.resources.spotify import BadRequest, NotFound, RateLimited, SpotifyError
from music_assets.resources.storage import StorageResource
from music_assets.transforms.rows import Transform

#: What is lost when a process is killed is the part that it was at.
PART_SECONDS = 3.0
FIRST_PART_IDS = 20
MOST_PART_IDS = 1_000

Fetch = Callable[[str], list[Page]]
Progress = Callable[[int, int], None]
#: By id: its pages, or what stood in their way.
Answers = dict[str, list[Page] | SpotifyError]


@dataclass
class Fetched:
    """What an ingest has brought so far, over all runs; the rejects are this run's."""

    folder: str
    manifest: Manifest
    rejects: list[Reject] = field(default_factory=list)
    failed: dict[str, SpotifyError] = field(default_factory=dict)


def land(
    storage: StorageResource,
    kind: str,
    wanted: Sequence[str],
    fetch: Fetch,
    transform: Transform,
    *,
    run_id: str,
    progress: Progress,
    until: str = SUCCESS,
) -> tuple[Manifest, list[Reject]]:
    """Fetch the pages of all ids into an ingest and close it.

    Args:
        storage: where landings lie.
        kind: `albums` or `tracks`.
        wanted: ids to ask for.
        fetch: all pages of one id.
        transform: the one that reads the pages first; it says what shape they must have.
        run_id: names a new ingest, and the parts that this run adds to an old one.
        progress: told how many ids are done, of how many.
        until: the mark up to which the newest ingest is gone on with.

    Raises:
        IngestError: something could not be fetched; what could has landed.
    """
    known = open_ingest(storage, kind, wanted, until=until)
    folder, manifest = known or (new_folder(f"landing/{kind}/", run_id), Manifest())
    so_far = Fetched(folder, manifest)
    todo = [each for each in dict.fromkeys(wanted) if each not in manifest.fetched]
    if todo:
        await_permission(storage)
    left, first = len(todo), len(parts(storage, folder)) + 1
    for number, answers in enumerate(_answers(todo, fetch), start=first):
        left -= len(answers)
        # Two runs may go on with one ingest; the run's id keeps their parts apart.
        _take(storage, so_far, answers, transform, f"part-{number:05}-{run_id[:8]}.ndjson")
        progress(len(manifest.fetched), len(manifest.fetched) + left)
        _stop_if_refused(storage, so_far, answers, left=left)
        _stop_if_hopeless(kind, answers)
    if so_far.failed:
        raise IngestError(_failure(kind, so_far.failed))
    close(storage, folder, manifest)
    return manifest, so_far.rejects


def _answers(todo: Sequence[str], fetch: Fetch) -> Iterator[Answers]:
    """What all ids bring, in parts that each take about `PART_SECONDS` to fetch."""
    done, size = 0, FIRST_PART_IDS
    with ThreadPoolExecutor(MOST_IN_FLIGHT) as pool:
        while done < len(todo):
            started, ids = time.monotonic(), todo[done : done + size]
            yield _ask(pool, ids, fetch)
            done += len(ids)
            pace = PART_SECONDS / max(time.monotonic() - started, 0.001)
            size = max(1, min(round(len(ids) * pace), 2 * size, MOST_PART_IDS))


def _ask(pool: ThreadPoolExecutor, ids: Sequence[str], fetch: Fetch) -> Answers:
    """The pages of some ids, or what stood in their way. After a long refusal nobody asks."""
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

    return dict(zip(ids, pool.map(attempt, ids), strict=True))


def _take(
    storage: StorageResource, so_far: Fetched, answers: Answers, transform: Transform, name: str
) -> None:
    """Write the pages that came as one part, and remember what did not come."""
    lines = []
    for requested, answer in answers.items():
        if isinstance(answer, NotFound | BadRequest):
            so_far.manifest.gone.append(requested)
        elif isinstance(answer, SpotifyError):
            so_far.failed[requested] = answer
        else:
            sound, unsound = _sound(answer, transform)
            so_far.rejects += unsound
            so_far.manifest.add(requested, sound)
            lines += [to_line(page) for page in sound]
    if lines:
        storage.write(f"{so_far.folder}{name}", b"".join(lines))


def _sound(pages: Iterable[Page], transform: Transform) -> tuple[list[Page], list[Reject]]:
    sound, rejects = [], []
    for page in pages:
        readable, unsound = sound_page(page, transform)
        rejects += unsound
        if readable is not None:
            sound.append(readable)
    return sound, rejects


def _stop_if_refused(
    storage: StorageResource, so_far: Fetched, answers: Answers, *, left: int
) -> None:
    """End the ingest if Spotify wants a long pause.

    Raises:
        IngestError: it does; the message says when to go on.
    """
    refusals = [answer for answer in answers.values() if isinstance(answer, RateLimited)]
    if refusals:
        until = note_refusal(storage, refusals[0].retry_after)
        raise IngestError(
            f"{refusals[0]} {len(so_far.manifest.fetched)} have landed and "
            f"{left + len(so_far.failed)} are left; run again after {until:%Y-%m-%d %H:%M} UTC to "
            "go on from there."
        )


def _stop_if_hopeless(kind: str, answers: Answers) -> None:
    """End the ingest if nothing of a whole part came, since the rest would fare no better.

    Raises:
        IngestError: nothing came, and why.
    """
    errors = {each: error for each, error in answers.items() if isinstance(error, SpotifyError)}
    answered = any(isinstance(error, NotFound) for error in errors.values())
    if len(errors) == len(answers) >= FIRST_PART_IDS and not answered:
        raise IngestError(_failure(kind, errors))


def _failure(kind: str, failed: dict[str, SpotifyError]) -> str:
    reasons = {str(error): requested for requested, error in failed.items()}
    some = " ".join(f"{reason} (Asked for {each}.)" for reason, each in list(reasons.items())[:3])
    return (
        f"{len(failed)} of the {kind} lists could not be fetched; what could has landed, and a new "
        f"run goes on from there. {some}"
    )
