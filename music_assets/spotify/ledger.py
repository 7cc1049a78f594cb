"""The ledger: what is known of an app's dealings with Spotify, kept in storage over all runs.

Spotify counts calls per app and day, tells nobody its limits, and after too many calls wants none
for hours. So each run writes down how many it made, what it learnt, and how long to stay away.
"""

import datetime as dt
import json
import logging
from collections import Counter
from dataclasses import asdict, dataclass, fields, replace
from typing import Any
from urllib.parse import quote

from music_assets.landing.ingests import IngestError
from music_assets.storage.blobs import StorageResource
from music_assets.storage.dated_folders import age, now, stamped_name
from music_assets.storage.paths import SPOTIFY_LEDGER
from music_assets.storage.storage_errors import ChangedWhileRead, StorageError

#: Spotify's quota is of about a day, and rolls.
DAY = dt.timedelta(days=1)
#: No process counts calls in one file for longer than this.
FORGOTTEN = dt.timedelta(days=3)
EARLIEST = dt.datetime.min.replace(tzinfo=dt.UTC)
#: Of a file in which somebody is writing.
READINGS = 5
UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, StorageError)
LOGGER = logging.getLogger(__name__)
MINUTE = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True)
class Learnt:
    """What an app may do, as far as its calls have shown; None where nothing has been shown.

    Attributes:
        albums_page: the largest page of an artist's albums.
        batches: whether many albums can be asked for at once.
        limit: calls that fit into Spotify's rolling window of 30 seconds.
        quota: calls that fit into a day.
        calls_per_second: what the last ingest reached.
    """

    albums_page: int | None = None
    batches: bool | None = None
    limit: int | None = None
    quota: int | None = None
    calls_per_second: float | None = None


class Ledger:
    """The calls of one app, written down by one run.

    What cannot be read of it is left out with a warning, except for a refusal: no call is made
    before somebody has looked.

    Args:
        storage: where it is kept.
        app: whose calls Spotify counts.
        run_id: names the file in which this run's calls are counted.
    """

    def __init__(self, storage: StorageResource, app: str, run_id: str) -> None:
        self._storage = storage
        self._folder = f"{SPOTIFY_LEDGER}{quote(app, safe='@')}/"
        self._calls = f"{self._folder}calls/"
        self._lessons = f"{self._folder}learnt.json"
        self._refusal = f"{self._folder}not_before.json"
        self._own = f"{self._calls}{stamped_name(run_id)}.json"
        self._minutes: Counter[str] = Counter()

    def add(self, calls: int) -> None:
        """Write down calls that were made just now."""
        if calls:
            self._minutes[f"{now():{MINUTE}}"] += calls
            self._write(self._own, dict(self._minutes))

    def spent(self) -> int:
        """Calls of the last 24 hours, those of other runs included."""
        first = f"{now() - DAY:{MINUTE}}"
        return sum(
            calls
            for blob in list(self._storage.list(self._calls))
            for minute, calls in self._day_of(blob.path).items()
            if minute >= first
        )

    def _day_of(self, path: str) -> dict[str, int]:
        """The calls in a file, by minute; one that no day needs any more is deleted."""
        try:
            if age(path) > FORGOTTEN:
                self._storage.delete(path)
                return {}
            return {str(minute): int(calls) for minute, calls in self._read(path).items()}
        except UNREADABLE as error:
            LOGGER.warning("The calls in %s are left out: %s", path, error)
            return {}

    def left(self) -> int | None:
        """Calls that the day still has; None where no quota is known."""
        quota = self.learnt().quota
        return None if quota is None else max(0, quota - self.spent())

    def learnt(self) -> Learnt:
        """What earlier calls have shown."""
        if self._storage.find(self._lessons) is None:
            return Learnt()
        try:
            told = self._read(self._lessons)
            return Learnt(**{each.name: told.get(each.name) for each in fields(Learnt)})
        except UNREADABLE as error:
            LOGGER.warning("What is in %s is left out: %s", self._lessons, error)
            return Learnt()

    def learn(self, shown: Learnt) -> None:
        """Keep what calls have shown."""
        before = self.learnt()
        told = {name: value for name, value in asdict(shown).items() if value is not None}
        after = replace(before, **told)
        if after != before:
            self._write(self._lessons, asdict(after))

    def forget(self) -> None:
        """Let go of what earlier calls have shown."""
        self._storage.delete(self._lessons)

    def refuse(self, seconds: float) -> dt.datetime:
        """Keep the time before which no call is to be made, the later one of two; returns it."""
        until = max(now() + dt.timedelta(seconds=seconds), self.not_before() or EARLIEST)
        self._write(self._refusal, {"not_before": until.isoformat(timespec="seconds")})
        return until

    def not_before(self) -> dt.datetime | None:
        """The time that the newest long refusal named; None where nothing was refused.

        Raises:
            IngestError: it cannot be read.
        """
        if self._storage.find(self._refusal) is None:
            return None
        try:
            until = dt.datetime.fromisoformat(self._read(self._refusal)["not_before"])
            return until if until.tzinfo else until.replace(tzinfo=dt.UTC)
        except UNREADABLE:
            raise IngestError(
                f"{self._refusal} says how long Spotify wants no calls and cannot be read; delete "
                "it if you know that Spotify takes calls."
            ) from None

    def await_permission(self) -> None:
        """Go on only if Spotify takes calls; a refusal whose time has passed is forgotten.

        Raises:
            IngestError: it does not yet.
        """
        until = self.not_before()
        if until is None:
            return
        if now() < until:
            raise IngestError(
                f"Spotify takes no calls before {until:%Y-%m-%d %H:%M} UTC, so none was made; what "
                "has landed is kept, and resume_sensor goes on from there by itself."
            )
        self._storage.delete(self._refusal)

    def _read(self, path: str) -> dict[str, Any]:
        """A file of the ledger, in which another run may be writing at this moment."""
        for _ in range(READINGS):
            try:
                return _object(self._storage.read(path)[1])
            except ChangedWhileRead:
                continue
        return _object(self._storage.read(path)[1])

    def _write(self, path: str, content: dict[str, Any]) -> None:
        self._storage.write(path, json.dumps(content).encode())


def _object(content: bytes) -> dict[str, Any]:
    found = json.loads(content)
    if not isinstance(found, dict):
        raise TypeError("not a JSON object")
    return found
