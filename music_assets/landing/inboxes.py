"""Inboxes: folders in which people put files, and the files in them that are not taken.

What a file says is read elsewhere. Here it is found, opened and, if it cannot be taken, named.
"""

import gzip
import io
import zlib
from collections.abc import Collection, Iterable, Sequence

from music_assets.storage.blobs import Blob, StorageResource
from music_assets.storage.paths import (
    ENDINGS,
    FOLLOW_LIST,
    week_meant_by,
    week_of_file,
    weekly_file,
)
from music_assets.weeks import Week

GZIP = b"\x1f\x8b"
#: No real file is larger. A small file that unpacks to more is made to fill memory.
MOST_BYTES = 500_000_000
#: Endings of files that a browser or another program is still writing.
UNFINISHED = (".part", ".partial", ".crdownload", ".download", ".tmp")
FOLLOW_LISTS = tuple(f"{FOLLOW_LIST}{ending}" for ending in ENDINGS)
#: The folder of the follow list.
FOLLOW_FILES = f"{FOLLOW_LIST.rpartition('/')[0]}/"
#: The note that the list with this version may take more than half of the artists away.
REPLACE = f"{FOLLOW_FILES}replace"


def files_in(storage: StorageResource, folder: str) -> list[Blob]:
    """The files in a folder, without hidden ones."""
    return [blob for blob in storage.list(folder) if blob.path.rpartition("/")[2][:1] != "."]


def files_incomplete(blobs: Iterable[Blob]) -> dict[str, str]:
    """The sentences about files of any name that are not complete yet, by path."""
    told = {}
    for blob in blobs:
        if not blob.size:
            told[blob.path] = f"{blob.path} is empty, so it waits."
        elif blob.path.lower().endswith(UNFINISHED):
            told[blob.path] = f"{blob.path} is still being written, as its name says, so it waits."
    return told


def first_of(storage: StorageResource, path: str) -> Blob | None:
    """The blob of a path as it is or else compressed; an empty one if there is no other."""
    looked = (storage.find(f"{path}{ending}") for ending in ENDINGS)
    return _taken([blob for blob in looked if blob is not None])


def _taken(found: Sequence[Blob]) -> Blob | None:
    """The first blob that is not empty, otherwise the first."""
    return next((blob for blob in found if blob.size), found[0] if found else None)


def file_of_week(inbox: Iterable[Blob], week: Week) -> Blob | None:
    """The file of a week among those in `weekly-data/`, if it is not empty."""
    names = {blob.path: blob for blob in inbox if blob.size}
    found = (names.get(f"{weekly_file(week)}{ending}") for ending in ENDINGS)
    return next((blob for blob in found if blob is not None), None)


def plain(content: bytes, path: str) -> bytes:
    """The content of a file, unpacked if it is compressed, whatever its name.

    Raises:
        ValueError: it cannot be unpacked.
    """
    if not content.startswith(GZIP):
        return content
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            unpacked = file.read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"{path} cannot be unpacked: {error}; put it there again.") from None
    if len(unpacked) > MOST_BYTES:
        raise ValueError(f"{path} unpacks to more than {MOST_BYTES:,} bytes; it is not read.")
    return unpacked


def weekly_files_left_out(blobs: Iterable[Blob], weeks: Collection[str]) -> dict[str, str]:
    """The sentences about files in `weekly-data/` that are not taken, by path.

    Args:
        blobs: the files.
        weeks: the keys of the partitions.
    """
    told, sizes = {}, {blob.path: blob.size for blob in blobs}
    for path, size in sorted(sizes.items()):
        week = week_of_file(path)
        if week is None:
            meant = week_meant_by(path)
            name = weekly_file(meant).rpartition("/")[2] if meant else "weekly_data_YYYY-Www.json"
            told[path] = f"{path} is left out for its name; rename it to {name}."
        elif week.key not in weeks:
            told[path] = (
                f"{path} waits: {week.iso} has not begun, or is before MUSIC_FIRST_WEEK, so there "
                "is no partition for it."
            )
        elif not size:
            told[path] = f"{path} is empty, so it waits."
        elif path != weekly_file(week) and sizes.get(weekly_file(week)):
            told[path] = f"{path} is left out, since {weekly_file(week)} is there too; remove one."
    return told


def follow_files_left_out(blobs: Iterable[Blob]) -> dict[str, str]:
    """The sentences about files beside the follow list that are not taken, by path."""
    named = {blob.path: blob for blob in blobs if blob.path != REPLACE}
    taken = _taken([named[path] for path in FOLLOW_LISTS if path in named])
    name = FOLLOW_LIST.rpartition("/")[2]
    return {
        path: f"{path} is left out; the follow list is called {name}, or {name}.gz."
        for path in sorted(named)
        if taken is None or path != taken.path
    }
