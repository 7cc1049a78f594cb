"""Purging: what goes when it is too old, or when somebody wants it gone, and in which order.

What belongs together goes together: an ingest, a landing, a load, or one file. Its age is that of
the newest thing in it, and a landing's is that of the file that it came from, while that is there.

Each order is one in which a reader at any moment finds a whole or nothing: the file of an inbox
goes before its landing, and the mark that closes a landing before the rest of it. So a purge that
was killed leaves nothing that anybody takes for whole, and the same purge again goes on with it.
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from music_assets.landing.chart_inbox import charts_in
from music_assets.landing.ingests import LOADED, PAGES, RESUMABLE_DAYS, SPOTIFY_KINDS, SUCCESS
from music_assets.landing.subjects import Albums, Artists
from music_assets.storage import paths
from music_assets.storage.blobs import Blob, StorageResource
from music_assets.storage.dated_folders import age, now, stamp_of
from music_assets.storage.fingerprints import made_before

#: The follow list's ingests, which land in one step and are never gone on with.
FOLLOWED = "artists"
#: The kinds of ingests that a later run goes on with.
RESUMED = (*SPOTIFY_KINDS, Artists.kind, Albums.kind)
INBOXES = (
    paths.FOLLOW_LIST.partition("/")[0],
    paths.WEEKLY_FILES,
    paths.LISTENING_FILES,
    paths.CHART_FILES,
    paths.SALES_FILES,
)
#: Entities of what somebody heard.
HEARD = ("plays", "listened_songs", "recent_plays")


@dataclass(frozen=True)
class Unit:
    """Blobs that go together, in the order in which they go.

    Attributes:
        path: of the folder, or of the one file.
        blobs: in it.
        written: the moment that its age counts from; None where nobody knows it.
        goes_on: True for an ingest that a run will go on with, which never goes.
        of: the paths of the files that it was made of, while these are there: it goes with them.
    """

    path: str
    blobs: Sequence[Blob]
    written: dt.datetime | None
    goes_on: bool = False
    of: Collection[str] = ()

    @property
    def size(self) -> int:
        """Its bytes."""
        return sum(blob.size for blob in self.blobs)


#: The units of each kind, in the order in which they go.
UnitsOf = Callable[[StorageResource], Iterator[Unit]]


def doomed(
    storage: StorageResource, kinds: Sequence[str], days: int | None = None
) -> dict[str, list[Unit]]:
    """The units that go, by kind.

    Args:
        storage: holds them.
        kinds: some of `UNITS`.
        days: their least age; None where age does not matter.
    """
    newest = None if days is None else _days_ago(days)
    return {kind: _doomed([*UNITS[kind](storage)], newest) for kind in kinds}


def _days_ago(days: int) -> dt.datetime:
    """The moment so many days ago; the first of all, where the calendar does not reach so far."""
    try:
        return now() - dt.timedelta(days=days)
    except OverflowError:
        return dt.datetime.min.replace(tzinfo=dt.UTC)


def _doomed(units: Sequence[Unit], newest: dt.datetime | None) -> list[Unit]:
    old = {
        unit.path
        for unit in units
        if newest is None or (unit.written is not None and unit.written < newest)
    }
    return [
        unit
        for unit in units
        if not unit.goes_on and (old.issuperset(unit.of) if unit.of else unit.path in old)
    ]


def everything(storage: StorageResource) -> list[Blob]:
    """All that is stored; the files in inboxes first, so that nothing is made of them again."""
    return sorted(storage.list(""), key=lambda blob: (not blob.path.startswith(INBOXES), blob.path))


def purge(storage: StorageResource, units: Sequence[Unit]) -> None:
    """Remove units, each in its order."""
    for unit in units:
        if _is_ingest(unit) and not unit.blobs[-1].path.endswith(LOADED):
            # Until the last of it is gone, nobody takes it for an ingest that goes on.
            storage.write(f"{unit.path}{LOADED}", b"")
        for blob in unit.blobs:
            storage.delete(blob.path)
        if _is_ingest(unit):
            storage.delete(f"{unit.path}{LOADED}")


def _is_ingest(unit: Unit) -> bool:
    return unit.path.startswith(tuple(map(paths.ingests, RESUMED)))


def _ingests(storage: StorageResource) -> Iterator[Unit]:
    """Pages of Spotify's and MusicBrainz's, as they came."""
    yield from _folders(storage, paths.ingests(FOLLOWED), first=(LOADED, SUCCESS))
    for kind in RESUMED:
        units = [*_folders(storage, paths.ingests(kind), first=(SUCCESS,), last=LOADED)]
        for unit in units:
            yield replace(unit, goes_on=unit is units[-1] and _goes_on(unit, kind))


def _goes_on(unit: Unit, kind: str) -> bool:
    """True for the newest ingest of a kind, if it is not closed or not in the tables yet."""
    marks = {blob.path.rpartition("/")[2] for blob in unit.blobs}
    if LOADED in marks:
        return False
    if SUCCESS in marks:
        return kind in SPOTIFY_KINDS
    return min(map(age, [unit.path, *_parts(unit)])).days < RESUMABLE_DAYS


def _parts(unit: Unit) -> list[str]:
    return [blob.path for blob in unit.blobs if blob.path.endswith(PAGES)]


def _listening(storage: StorageResource) -> Iterator[Unit]:
    """Listening histories, their landings, and what was made of them on the way to the tables."""
    keys = _keys(storage, "raw_plays")
    yield from _inbox_and_landings(storage, paths.LISTENING_FILES, paths.LANDED_PLAYS, keys)
    for entity in HEARD:
        yield from _files(storage, f"{paths.QUARANTINE}{entity}/")
        yield from _folders(storage, paths.processed(entity))
    yield from _files(storage, paths.PLAY_GAPS)


def _charts(storage: StorageResource) -> Iterator[Unit]:
    """Charts as downloaded, and their landings."""
    found = charts_in(storage.list(paths.CHART_FILES))
    keys = {blob.path: chart.key for chart, blobs in found.items() for blob in blobs}
    yield from _inbox_and_landings(storage, paths.CHART_FILES, paths.LANDED_CHARTS, keys)


def _sales(storage: StorageResource) -> Iterator[Unit]:
    """Reports of sales as downloaded, and their landings."""
    keys = _keys(storage, "raw_sales")
    yield from _inbox_and_landings(storage, paths.SALES_FILES, paths.LANDED_SALES, keys)


def _keys(storage: StorageResource, step: str) -> dict[str, str]:
    """The key of the landing of each file, as the step has noted it."""
    made = made_before(storage, step)
    return {path: str(each.told["key"]) for path, each in made.items() if "key" in each.told}


def _inbox_and_landings(
    storage: StorageResource, inbox: str, landings: str, keys: Mapping[str, str]
) -> Iterator[Unit]:
    """The files of an inbox, and then the landings, each with the files that it was made of."""
    files = [*_files(storage, inbox)]
    yield from files
    for unit in _folders(storage, landings, first=(SUCCESS,)):
        key = unit.path.removeprefix(landings).rstrip("/")
        yield replace(unit, of=[file.path for file in files if keys.get(file.path) == key])


def _files(storage: StorageResource, folder: str) -> Iterator[Unit]:
    for blob in storage.list(folder) if folder.endswith("/") else [storage.find(folder)]:
        if blob is not None:
            yield Unit(blob.path, [blob], blob.written)


def _folders(
    storage: StorageResource, root: str, first: Sequence[str] = (), last: str = ""
) -> Iterator[Unit]:
    """The folders below a root, the oldest names first; their marks in the order in which they go.

    Args:
        storage: holds them.
        root: ends in a slash.
        first: names of the blobs that go first.
        last: the name of the blob that goes last.
    """
    found: dict[str, list[Blob]] = {}
    for blob in storage.list(root):
        name, _, rest = blob.path.removeprefix(root).partition("/")
        if rest:
            found.setdefault(f"{root}{name}/", []).append(blob)

    def order(blob: Blob) -> int:
        name = blob.path.rpartition("/")[2]
        return first.index(name) if name in first else len(first) + (name == last)

    for folder, blobs in sorted(found.items()):
        # The last mark tells nothing of the age: a purge may have written it, and been killed.
        own = (blob for blob in blobs if not last or not blob.path.endswith(last))
        moments = [blob.written for blob in own if blob.written is not None]
        otherwise = stamp_of(folder) if last else None
        yield Unit(folder, sorted(blobs, key=order), max(moments, default=otherwise))


def _processed(storage: StorageResource) -> Iterator[Unit]:
    entities = {blob.path.split("/")[1] for blob in storage.list(paths.PROCESSED)}
    for entity in sorted(entities):
        yield from _folders(storage, paths.processed(entity))


def _all_below(folder: str) -> UnitsOf:
    return lambda storage: _files(storage, folder)


#: Gives the units of each kind; `upkeep/purgeable.py` says what they are.
UNITS: Mapping[str, UnitsOf] = {
    "listening": _listening,
    "charts": _charts,
    "sales": _sales,
    "landings": _ingests,
    "processed": _processed,
    "quarantine": _all_below(paths.QUARANTINE),
    "extracts": _all_below(paths.PUBLISHED),
    "reports": _all_below(paths.REPORTS),
}
