"""Folders named after the moment at which they were made, so that names sort by time."""

import datetime as dt
import re
from collections.abc import Iterable

from music_assets.storage.blobs import StorageResource

KEPT_FOLDERS = 5
MOMENT = dt.timedelta(microseconds=1)
STAMP = "%Y%m%dT%H%M%S.%fZ"
_STAMPED = re.compile(r"\d{8}T\d{6}\.\d{6}Z")


def now() -> dt.datetime:
    """This moment, in UTC."""
    return dt.datetime.now(dt.UTC)


def stamped_name(run_id: str) -> str:
    """A name for something that a run writes now: the time, then the run. No name occurs twice."""
    return f"{now():{STAMP}}-{run_id[:8]}"


def age(path: str) -> dt.timedelta:
    """The time since the stamp in a path's last name.

    Raises:
        ValueError: there is no stamp in it.
    """
    return now() - stamp_of(path)


def stamp_of(path: str) -> dt.datetime:
    """The moment in a path's last name.

    Raises:
        ValueError: there is no stamp in it.
    """
    name = path.rstrip("/").rpartition("/")[2]
    stamp = _STAMPED.search(name)
    if stamp is None:
        raise ValueError(f"{path} bears no stamp.")
    return dt.datetime.strptime(stamp[0], STAMP).replace(tzinfo=dt.UTC)


def newest_day(names: Iterable[str]) -> dt.date | None:
    """The day, in UTC, of the newest stamp in paths' last names; None where no path has one."""
    found = (_STAMPED.search(name.rpartition("/")[2]) for name in names)
    newest = max((stamp[0] for stamp in found if stamp), default=None)
    return stamp_of(newest).date() if newest else None


def new_folder(storage: StorageResource, root: str, run_id: str) -> str:
    """The path of a new folder below `root`, for this run and moment, after all others there.

    A clock that was set back must not make the newest folder the oldest one.
    """
    stamped = [each for each in folders(storage, root) if _STAMPED.search(each)]
    moment = max([now(), *(stamp_of(each) + MOMENT for each in stamped[-1:])])
    return f"{root}{moment:{STAMP}}-{run_id[:8]}/"


def folders(storage: StorageResource, root: str) -> list[str]:
    """The folders below `root`, oldest first."""
    names = {blob.path.removeprefix(root).partition("/")[0] for blob in storage.list(root)}
    return [f"{root}{name}/" for name in sorted(names)]


def prune(storage: StorageResource, root: str) -> None:
    """Delete all but the newest `KEPT_FOLDERS` folders below `root`."""
    for old in folders(storage, root)[:-KEPT_FOLDERS]:
        storage.clear(old)
