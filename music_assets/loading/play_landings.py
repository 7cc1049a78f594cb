"""The landings of the files in `listening/`: one that would land as it has landed is left as it is.

A file that cannot be taken is noted too, with the sentence about it, so that it is read once and
told in every run until it is gone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from music_assets.landing.inboxes import files_incomplete
from music_assets.landing.ingests import SUCCESS, IngestError
from music_assets.landing.listening_inbox import (
    key_of,
    land_history,
    listening_files,
)
from music_assets.landing.play_manifests import plays_are_loaded
from music_assets.loading.quarantine import put_aside
from music_assets.storage import paths
from music_assets.storage.blobs import Blob, StorageResource
from music_assets.storage.fingerprints import Made, fingerprint, made_before, note_made
from music_assets.storage.storage_errors import ChangedWhileRead, StorageError

#: The step whose parts are the files in `listening/`.
LISTENING = "raw_plays"
COUNTS = ("records", "plays", "not_music", "quarantined", "files_left")


@dataclass
class LandedListening:
    """The result of landing the files of the inbox.

    Attributes:
        told: of each landing, by its key: its counts, and its files in quarantine.
        problems: sentences about the files that cannot be taken, by path.
        waiting: sentences about the files that are not complete yet, by path.
        landed: the files that landed anew.
    """

    told: dict[str, dict[str, Any]] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    waiting: dict[str, str] = field(default_factory=dict)
    landed: list[str] = field(default_factory=list)

    def total(self, name: str) -> int:
        """A count, over all landings."""
        return sum(told[name] for told in self.told.values())

    @property
    def files(self) -> list[str]:
        """The files in quarantine."""
        return [file for told in self.told.values() for file in told["files"]]


def land_listening(storage: StorageResource, run_id: str) -> LandedListening:
    """Land the files of the inbox that are new or have changed.

    Args:
        storage: holds the inbox and the landings.
        run_id: names the files of rejects.
    """
    inbox = listening_files(storage)
    done = LandedListening(waiting=files_incomplete(inbox))
    landing = _Landing(storage, run_id, made_before(storage, LISTENING))
    for blob in inbox:
        if blob.path in done.waiting:
            continue
        try:
            told = landing.as_noted(blob) or landing.land(blob)
        except ChangedWhileRead as error:
            done.waiting[blob.path] = f"{error} The next run looks at it again."
            continue
        if "problem" in told:
            done.problems[blob.path] = told["problem"]
        else:
            done.told[told["key"]] = told
    done.landed.extend(landing.landed)
    return done


def listening_problems(storage: StorageResource) -> dict[str, str]:
    """The sentences about files in the inbox that a run could not take, by path."""
    noted, inbox = made_before(storage, LISTENING), listening_files(storage)
    told = {blob.path: noted[blob.path].told for blob in inbox if blob.path in noted}
    return {path: each["problem"] for path, each in told.items() if "problem" in each}


def listening_is_loaded(
    storage: StorageResource, blob: Blob, noted: Mapping[str, Made] | None = None
) -> bool:
    """True if the plays of a file in the inbox are in the tables.

    Args:
        storage: holds the landings and the notes.
        blob: the file.
        noted: of the files, where they have been read.
    """
    noted = made_before(storage, LISTENING) if noted is None else noted
    told = _as_noted(storage, blob, noted)
    return told is not None and "key" in told and plays_are_loaded(storage, told["key"])


def _as_noted(
    storage: StorageResource, blob: Blob, noted: Mapping[str, Made]
) -> dict[str, Any] | None:
    """The note of a file that would land as it has landed, or be refused as it was."""
    before = noted.get(blob.path)
    if before is None or before.fingerprint != _word(storage, blob, before.told.get("key")):
        return None
    return before.told


def _word(storage: StorageResource, blob: Blob, key: str | None) -> str:
    """The fingerprint of a file's landing; without a key, of a file that is refused."""
    closed = storage.find(f"{paths.landed_plays(key)}{SUCCESS}") if key else None
    return fingerprint(blob.etag, closed and closed.etag)


@dataclass
class _Landing:
    """The landing of files one by one; each is noted once it has landed."""

    storage: StorageResource
    run_id: str
    noted: dict[str, Made]
    landed: list[str] = field(default_factory=list)

    def as_noted(self, blob: Blob) -> dict[str, Any] | None:
        return _as_noted(self.storage, blob, self.noted)

    def land(self, blob: Blob) -> dict[str, Any]:
        """Land a file; returns what is told of it: its counts, or why it is refused."""
        try:
            told = self._landed(blob)
            word = _word(self.storage, blob, told["key"])
        except ChangedWhileRead:
            raise
        except IngestError as error:
            told, word = {"problem": str(error)}, _word(self.storage, blob, None)
        except StorageError as error:
            # It may be read the next time.
            told, word = {"problem": str(error)}, ""
        self.noted[blob.path] = Made(word, told=told)
        note_made(self.storage, LISTENING, {blob.path: self.noted[blob.path]})
        return told

    def _landed(self, blob: Blob) -> dict[str, Any]:
        with self.storage.local_files([blob.path]) as [file]:
            key = key_of(file)
            if same := self._of_same_content(key):
                return same
            manifest, rejects = land_history(self.storage, blob, file, key)
        self.landed.append(blob.path)
        files = []
        for number, (name, of_one) in enumerate(rejects.items(), start=1):
            path = paths.quarantined("plays", self.run_id, f"{key}-{number:02}-landing")
            # A file that is no archive is its own only member.
            source = blob.path if blob.path.endswith(f"/{name}") else f"{blob.path}/{name}"
            files += put_aside(self.storage, path, source, of_one)
        counts = {name: getattr(manifest, name) for name in COUNTS}
        return {"key": key, **counts, "files": files}

    def _of_same_content(self, key: str) -> dict[str, Any] | None:
        """The note of another file of the same content, where that has landed."""
        for path, made in self.noted.items():
            if made.told.get("key") == key and (other := self.storage.find(path)):
                return self.as_noted(other)
        return None
