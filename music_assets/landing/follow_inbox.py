"""The follow list: from the inbox, where people or a command put it, into the landing."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from music_assets.landing.inboxes import (
    FOLLOW_FILES,
    REPLACE,
    first_of,
    follow_files_left_out,
    plain,
)
from music_assets.landing.ingests import LOADED, SUCCESS, IngestError, Manifest, close
from music_assets.landing.pages import Reject, ids, parse_pages, read_pages, sound_page, to_line
from music_assets.spotify.listed_items import total_of
from music_assets.storage import paths
from music_assets.storage.blobs import StorageResource
from music_assets.storage.dated_folders import folders, new_folder
from music_assets.storage.paths import DOUBTED_LIST, FOLLOW_LIST
from music_assets.transforms.catalogue import artists
from music_assets.transforms.rows import Page

FOLLOWED = "followed"
#: The name of a file that somebody may have meant as a follow list.
MAY_BE_A_LIST = re.compile(r"json|follow|artist|\.(txt|csv|gz|zip)$", re.IGNORECASE)


@dataclass(frozen=True)
class FollowList:
    """A follow list: its pages, the ids of its artists, the rejects, and the name of its file.

    `unit` is what the rejects' numbers count.
    """

    pages: list[Page]
    artists: list[str]
    rejects: list[Reject]
    source: str = "Spotify"
    unit: str = "Line"

    @property
    def _last(self) -> list[Page]:
        """The last list: a file that is appended to holds several.

        It begins at the last page without `after=` in its href.
        """
        starts = [i for i, page in enumerate(self.pages) if "after=" not in str(page.get("href"))]
        return self.pages[starts[-1] if starts else 0 :]

    @property
    def total(self) -> int | None:
        """The artists that the last list says there are; None where it does not say."""
        return total_of(self._last[-1]) if self.pages else None

    @property
    def whole(self) -> bool:
        """True if the last list is known to name every followed artist."""
        total = self.total
        return not self.rejects and total is not None and len(ids(self._last, artists)) >= total

    @property
    def shortfall(self) -> str:
        """A sentence about a list that is shorter than its own total; "" for any other."""
        named, total = len(ids(self._last, artists)), self.total
        if total is None or named >= total:
            return ""
        return f"The follow list names {named} of {total} artists, so it deletes none."


def read_follow_list(content: bytes, name: str) -> FollowList:
    """The follow list in a file's content.

    Raises:
        IngestError: nothing in it can be read, or it names no artist.
    """
    pages, rejects = parse_pages(_plain(content, name), artists)
    if not pages:
        why = f": {rejects[0].reason} (line {rejects[0].line})" if rejects else ", it is empty"
        raise IngestError(f"Nothing in {name} can be read{why}.")
    followed = ids(pages, artists)
    if not followed:
        raise IngestError(f"The list in {name} names no artist, so nothing was changed.")
    return FollowList(pages, followed, rejects, name)


def follow_list_of(pages: Iterable[Page]) -> FollowList:
    """The follow list in pages of Spotify's, with what readers take of it.

    The line of a reject is the number of its page.
    """
    judged = [sound_page(page, artists, number) for number, page in enumerate(pages, start=1)]
    sound = [page for page, _ in judged if page is not None]
    rejects = [reject for _, rejected in judged for reject in rejected]
    return FollowList(sound, ids(sound, artists), rejects, unit="Page")


def check_follow_list(content: bytes, name: str) -> None:
    """Make sure that a file names an artist, reading no further than the first one.

    Raises:
        IngestError: nothing in it can be read, or it names no artist.
    """
    unpacked = _plain(content, name)
    if not any(ids([page], artists) for page in read_pages(unpacked, artists, [])):
        read_follow_list(content, name)


def _plain(content: bytes, name: str) -> bytes:
    try:
        return plain(content, name)
    except ValueError as error:
        raise IngestError(str(error)) from None


def put_follow_list(
    storage: StorageResource, pages: Sequence[Page], *, if_absent: bool = False
) -> None:
    """Replace the list in the inbox, in one step; with `if_absent`, only add a missing one.

    Raises:
        WrittenByAnother: with `if_absent`, there is a list already.
    """
    storage.write(FOLLOW_LIST, b"".join(to_line(page) for page in pages), if_absent=if_absent)


def require_no_misnamed_list(storage: StorageResource) -> None:
    """Make sure that no list lies in the inbox under another name, where there is none.

    Raises:
        IngestError: a file does.
    """
    left_out = follow_files_left_out(storage.list(FOLLOW_FILES))
    # A note, or what a file manager leaves behind, is no list.
    meant = [
        told for path, told in left_out.items() if MAY_BE_A_LIST.search(path.rpartition("/")[2])
    ]
    if meant:
        raise IngestError(
            f"There is no follow list under its name. {' '.join(meant)} Rename it, or "
            "remove it and run `music-assets follow`."
        )


def land_follow_list(storage: StorageResource, run_id: str) -> tuple[str, FollowList]:
    """Copy the inbox into an ingest, so that a whole run reads the same list.

    Returns:
        The folder of the ingest, and the list.

    Raises:
        IngestError: there is no list, or it cannot be used.
    """
    found = first_of(storage, FOLLOW_LIST)
    if found is None:
        require_no_misnamed_list(storage)
        raise IngestError(
            f"There is no follow list at {storage.where(FOLLOW_LIST)}; run `music-assets follow`."
        )
    blob, content = storage.read(found.path)
    followed = read_follow_list(content, found.path)
    folder = new_folder(storage, paths.ingests("artists"), run_id)
    part = b"".join(to_line(page) for page in followed.pages)
    storage.write(f"{folder}part-00001.ndjson", part)
    count = len(followed.artists)
    expected = count if followed.whole else None
    manifest = Manifest({FOLLOWED: expected}, {FOLLOWED: count}, inbox=blob.etag)
    close(storage, folder, manifest)
    return folder, followed


def allow_replacing(storage: StorageResource) -> None:
    """Let the list in the inbox take away more than half of the artists."""
    blob = first_of(storage, FOLLOW_LIST)
    if blob is not None:
        storage.write(REPLACE, blob.etag.encode())


def may_replace(storage: StorageResource, manifest: Manifest) -> bool:
    """True if somebody has let the list that has landed take away most artists."""
    if storage.find(REPLACE) is None or not manifest.inbox:
        return False
    return storage.read(REPLACE)[1].decode("utf-8", "replace") == manifest.inbox


def held_before_doubts(storage: StorageResource, held: Iterable[str]) -> set[str]:
    """The artists to measure a list against: those held before the first list that was doubted.

    A doubted list adds its artists. Measured against these too, it would look believable the second
    time.
    """
    if storage.find(DOUBTED_LIST) is None:
        return set(held)
    return set(json.loads(storage.read(DOUBTED_LIST)[1]))


def note_doubt(storage: StorageResource, held: Iterable[str] | None) -> None:
    """Note the artists that were held before a list that is not believed; None once one is."""
    if held is None:
        storage.delete(DOUBTED_LIST)
    elif storage.find(DOUBTED_LIST) is None:
        storage.write(DOUBTED_LIST, json.dumps(sorted(held)).encode())


def mark_list_loaded(storage: StorageResource, run_id: str) -> None:
    """Note that a run has worked through the list that it has landed."""
    newest = folders(storage, paths.ingests("artists"))[-1:]
    for folder in newest:
        if folder.endswith(f"-{run_id[:8]}/"):
            storage.write(f"{folder}{LOADED}", b"")


def loaded_version(storage: StorageResource) -> str | None:
    """The version of the newest list that a run has worked through; None where there is none."""
    for folder in reversed(folders(storage, paths.ingests("artists"))):
        if storage.find(f"{folder}{LOADED}"):
            return str(json.loads(storage.read(f"{folder}{SUCCESS}")[1]).get("inbox") or "") or None
    return None
