"""The ingest of MusicBrainz: what it knows of each artist, or of each album.

A part bears the moment at which it was begun. All parts of the newest ingest are carried into the
next one, in which those of a part that is too old are asked for again: an old page stays until a
new one has come. So the newest ingest holds the newest page of every artist or album, once.
"""

import datetime as dt
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from music_assets.calls.call_errors import CallsPaused
from music_assets.landing.ingests import (
    PAGES,
    SUCCESS,
    IngestError,
    Manifest,
    close,
    contents,
    keep_wanted,
    newest_ingest,
    parts,
)
from music_assets.landing.lookup_batches import MATCHED
from music_assets.landing.pages import Reject
from music_assets.landing.progress import notice
from music_assets.landing.questions import Questions
from music_assets.landing.subjects import Subject
from music_assets.musicbrainz.lookups import Lookups, open_lookups
from music_assets.musicbrainz.web_service import MusicBrainzResource
from music_assets.storage import paths
from music_assets.storage.blobs import StorageResource
from music_assets.storage.dated_folders import age, folders, new_folder

NO_CONTACT = (
    "MusicBrainz was not asked, since it wants to know whom to write to; set MUSICBRAINZ_CONTACT "
    "to a mail or web address at which you can be reached."
)


@dataclass
class Brought:
    """The result of asking MusicBrainz in one run.

    Attributes:
        landed: ids with a page in the landing, and those of them that MusicBrainz knows.
        counts: of the ids that were asked for: asked, matched, unknown, ambiguous.
        calls: that it took.
        rejects: parts of pages that no reader takes.
        problem: why some are missing, and what to do; "" where none is.
    """

    landed: tuple[int, int] = (0, 0)
    counts: Mapping[str, int] = field(default_factory=dict)
    calls: int = 0
    rejects: list[Reject] = field(default_factory=list)
    problem: str = ""


def land_answers(
    storage: StorageResource,
    musicbrainz: MusicBrainzResource,
    subject: Subject,
    *,
    run_id: str,
    tell: Callable[[str], None],
) -> Brought:
    """Bring the landing up to date: ask for what is new, and for what was asked for long ago.

    Whatever keeps MusicBrainz away is told and not raised: others do not wait for it.

    Args:
        storage: holds the landings.
        musicbrainz: access to it.
        subject: what is wanted.
        run_id: names a new ingest, and this run's parts.
        tell: takes lines for the run's log.
    """

    def tell_all(line: str) -> None:
        tell(line)
        notice(line)

    if not musicbrainz.may_ask:
        return Brought(_newest_landed(storage, subject), problem=NO_CONTACT)
    youngest = dt.timedelta(days=musicbrainz.refresh_days)
    if _is_whole(storage, subject, youngest):
        return Brought(_newest_landed(storage, subject))
    try:
        with open_lookups(musicbrainz, storage, run_id, tell=tell_all) as lookups:
            return _asked(storage, lookups, subject, youngest, run_id, tell)
    except CallsPaused as paused:
        return Brought(_newest_landed(storage, subject), problem=str(paused))


def _asked(
    storage: StorageResource,
    lookups: Lookups,
    subject: Subject,
    youngest: dt.timedelta,
    run_id: str,
    tell: Callable[[str], None],
) -> Brought:
    """Ask in the newest ingest, if it was not closed, or in a new one, and close it."""
    folder, wanted = _opened(storage, subject, run_id), subject.names.keys()
    _, rejects = contents(storage, folder, subject.form, wanted)
    held = [blob.path for blob in storage.list(folder)]
    old = [path for path in held if not _is_young(path, youngest)]
    for path in old:
        if path.endswith(MATCHED):
            storage.delete(path)
    old = [path for path in old if path.endswith(PAGES)]
    landed = _requested(storage, set(parts(storage, folder)) - set(old))
    questions = Questions(storage, folder, lookups, subject, landed, run_id, tell)
    problem = questions.ask()
    for part in old:
        keep_wanted(storage, part, wanted - landed)
    manifest, _ = contents(storage, folder, subject.form, wanted)
    manifest.failed = questions.failed
    close(storage, folder, manifest)
    rejects += questions.rejects
    return Brought(_landed(manifest), questions.counts, lookups.made.calls, rejects, problem)


def _opened(storage: StorageResource, subject: Subject, run_id: str) -> str:
    """The folder of the ingest that is to go on, with whatever the last closed one holds."""
    found = folders(storage, paths.ingests(subject.kind))
    closed = [each for each in found if storage.find(f"{each}{SUCCESS}")]
    goes_on = bool(found) and found[-1] not in closed
    folder = found[-1] if goes_on else new_folder(storage, paths.ingests(subject.kind), run_id)
    held = {blob.path for blob in storage.list(folder)}
    for blob in list(storage.list(closed[-1])) if closed else []:
        carried = f"{folder}{blob.path.rpartition('/')[2]}"
        if blob.path.endswith((PAGES, MATCHED)) and carried not in held:
            storage.write(carried, storage.read(blob.path)[1])
    return folder


def _is_whole(storage: StorageResource, subject: Subject, youngest: dt.timedelta) -> bool:
    """True if the newest ingest is closed and holds a young page of each id, and no other."""
    found = folders(storage, paths.ingests(subject.kind))
    if not found or not storage.find(f"{found[-1]}{SUCCESS}"):
        return not (found or subject.names)
    young = all(_is_young(part, youngest) for part in parts(storage, found[-1]))
    landed = newest_ingest(storage, subject.kind).manifest.fetched
    return young and landed.keys() == subject.names.keys()


def _is_young(part: str, youngest: dt.timedelta) -> bool:
    try:
        return age(part) < youngest
    except ValueError:  # a file of somebody else's, without a moment
        return False


def _requested(storage: StorageResource, files: Iterable[str]) -> set[str]:
    lines = (line for file in files for line in storage.read(file)[1].splitlines())
    return {json.loads(line)["requested"] for line in lines}


def _newest_landed(storage: StorageResource, subject: Subject) -> tuple[int, int]:
    try:
        return _landed(newest_ingest(storage, subject.kind).manifest)
    except IngestError:
        return 0, 0


def _landed(manifest: Manifest) -> tuple[int, int]:
    return len(manifest.fetched), sum(manifest.fetched.values())
