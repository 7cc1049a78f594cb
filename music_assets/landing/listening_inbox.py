"""Listening histories: from the inbox, where people put what they downloaded, into the landing.

A file lands as a whole, in the folder of its content's key: the same content is the same landing,
whatever the file is called. See `play_pages`.
"""

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from music_assets.landing.inboxes import UNFINISHED, files_in
from music_assets.landing.ingests import IngestError
from music_assets.landing.listening_archives import members_of
from music_assets.landing.listening_forms import form_of, is_library
from music_assets.landing.pages import Reject
from music_assets.landing.play_manifests import PlaysManifest
from music_assets.landing.play_pages import Plays, PlaysWriter
from music_assets.storage.blobs import Blob, StorageResource
from music_assets.storage.paths import LISTENING_FILES
from music_assets.storage.storage_errors import ChangedWhileRead

KNOWN = (
    "Spotify's extended streaming history or account data, an export of ListenBrainz, or a CSV of "
    "Last.fm"
)


@dataclass
class History:
    """The result of reading a file of the inbox.

    Attributes:
        sources: of its plays; see `play_pages.Play`.
        plays: number of its plays.
        not_music: videos, episodes and audiobooks.
        files_left: files of an archive that are no listening history.
        rejects: by the name of the file in an archive.
    """

    sources: set[str] = field(default_factory=set)
    plays: int = 0
    not_music: int = 0
    files_left: int = 0
    rejects: dict[str, list[Reject]] = field(default_factory=dict)

    @property
    def quarantined(self) -> int:
        """Number of the rejects."""
        return sum(map(len, self.rejects.values()))

    def manifest(self, name: str, etag: str) -> PlaysManifest:
        """The manifest of its landing."""
        return PlaysManifest(
            name=name,
            etag=etag,
            kind="+".join(sorted(self.sources)),
            records=self.plays + self.not_music + self.quarantined,
            plays=self.plays,
            not_music=self.not_music,
            quarantined=self.quarantined,
            files_left=self.files_left,
        )


def listening_files(storage: StorageResource) -> list[Blob]:
    """The files in the inbox, without hidden ones."""
    return files_in(storage, LISTENING_FILES)


def read_history(file: Path, name: str, plays: Plays) -> History:
    """Add the plays of a downloaded file.

    Args:
        file: a zip as it was downloaded, or one of the files in it.
        name: of the file, for sentences.
        plays: takes the plays.

    Raises:
        IngestError: it is an archive that is not taken, or holds no listening history.
    """
    history = History()
    library = False
    with members_of(file, name) as members:
        for member in members:
            form = form_of(member)
            if form is None:
                history.files_left += 1
                library = library or is_library(member)
                continue
            outcome = form.read(member, plays)
            history.sources.add(form.source)
            history.not_music += outcome.not_music
            if outcome.rejects:
                history.rejects.setdefault(member.name, []).extend(outcome.rejects)
    history.plays = plays.count
    if not history.sources:
        raise IngestError(_no_history(name, library=library))
    return history


def _no_history(name: str, *, library: bool) -> str:
    if library:
        return (
            f"{name} is a library and no listening history; `music-assets follow --from-file` "
            "takes it."
        )
    return (
        f"{name} holds no listening history that is known: {KNOWN}. Charts go into charts/, an "
        "artist's own timelines through `music-assets figures import`."
    )


def land_history(
    storage: StorageResource, blob: Blob, file: Path, key: str
) -> tuple[PlaysManifest, dict[str, list[Reject]]]:
    """Land a file of the inbox; returns its manifest, and the rejects by file of an archive.

    Args:
        storage: holds the inbox and the landing.
        blob: the file, as listed.
        file: its content.
        key: of its content.

    Raises:
        IngestError: it cannot be taken. Nothing of it lands.
        ChangedWhileRead: somebody wrote it meanwhile. Nothing of it lands.
    """
    with PlaysWriter(storage, key) as plays:
        try:
            history = read_history(file, blob.path, plays)
        except IngestError:
            require_unchanged(storage, blob)
            raise
        require_unchanged(storage, blob)
        manifest = history.manifest(blob.path.removeprefix(LISTENING_FILES), blob.etag)
        plays.finish(manifest)
    return manifest, history.rejects


def require_unchanged(storage: StorageResource, blob: Blob) -> None:
    """Make sure that nobody has written a file since it was listed.

    Raises:
        ChangedWhileRead: somebody has.
    """
    if storage.find(blob.path) != blob:
        raise ChangedWhileRead(f"{blob.path} was written while it was being read.")


def key_of(file: Path) -> str:
    """The key of a file's content."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()[:16]


def put_history(storage: StorageResource, file: Path) -> Blob:
    """Put a file into the inbox under its own name; a number is added where another has it.

    The same content is not put there twice.

    Raises:
        IngestError: it has a name that is not taken.
    """
    if file.name.startswith(".") or file.name.lower().endswith(UNFINISHED):
        raise IngestError(
            f"{file} is named like a file that is hidden or still being written, which the inbox "
            "does not take; rename it."
        )
    inbox, size, key = list(storage.list(LISTENING_FILES)), file.stat().st_size, key_of(file)
    for blob in inbox:
        if blob.size == size:
            with storage.local_files([blob.path]) as [other]:
                if key_of(other) == key:
                    return blob
    taken = {blob.path for blob in inbox}
    path = next(path for path in _names(file) if path not in taken)
    with storage.replacing(path, if_absent=True) as draft:
        shutil.copyfile(file, draft.path)
    # Somebody may have taken it away again already.
    return storage.find(path) or Blob(path, "", size)


def _names(file: Path) -> Iterator[str]:
    yield f"{LISTENING_FILES}{file.name}"
    for number in count(2):
        yield f"{LISTENING_FILES}{file.stem}-{number}{file.suffix}"
