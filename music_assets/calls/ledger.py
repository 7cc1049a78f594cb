"""The ledger: the calls and limits of an account, kept in storage over all runs.

Spotify counts calls per account and day, publishes no limits, and after too many calls accepts none
for hours; MusicBrainz blocks an address. So each run writes down the number of its calls, the
limits that they have shown, and the time before which no call is to be made.
"""

import datetime as dt
import json
import logging
from collections import Counter
from dataclasses import asdict, dataclass, fields, replace
from typing import Any
from urllib.parse import quote

from music_assets.calls.call_errors import CallsPaused
from music_assets.storage.blobs import StorageResource
from music_assets.storage.dated_folders import age, now, stamped_name
from music_assets.storage.paths import SPOTIFY_LEDGER
from music_assets.storage.storage_errors import ChangedWhileRead, StorageError

#: Spotify's quota is for a rolling day, as far as its refusals show.
DAY = dt.timedelta(days=1)
#: Files of calls that are older belong to no running process, and no day needs them.
FORGOTTEN = dt.timedelta(days=3)
EARLIEST = dt.datetime.min.replace(tzinfo=dt.UTC)
#: Attempts to read a file that another run is writing.
READINGS = 5
UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, StorageError)
LOGGER = logging.getLogger(__name__)
MINUTE = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True)
class AppLimits:
    """The limits of an app, as far as its calls have shown them; None where they have not.

    Attributes:
        albums_page: the largest page of an artist's albums.
        batches: True if many albums can be asked for at once.
        limit: calls that fit into Spotify's rolling window of 30 seconds.
        quota: calls that fit into a day.
        calls_per_second: of the last ingest.
    """

    albums_page: int | None = None
    batches: bool | None = None
    limit: int | None = None
    quota: int | None = None
    calls_per_second: float | None = None


class Ledger:
    """The ledger of one account, for one run to read and to write.

    A file that cannot be read is left out with a warning. Only an unreadable refusal stops the run,
    since calls during a pause make it longer.

    Args:
        storage: where the ledger is kept.
        app: whose calls the server counts: an account's, or the one app's of an unnamed account.
        run_id: names the file of this run's calls.
        folder: of the ledgers of all apps of the server.
        server: its name, for people.
        then: what a run does that may make no call yet, as the end of a sentence.

    Attributes:
        turn: the turn, in storage, of the run that asks the server; the others wait for it.
    """

    def __init__(
        self,
        storage: StorageResource,
        app: str,
        run_id: str,
        *,
        folder: str = SPOTIFY_LEDGER,
        server: str = "Spotify",
        then: str = "resume_sensor goes on from there by itself",
    ) -> None:
        self._storage = storage
        self._server, self._then = server, then
        self._folder = f"{folder}{quote(app, safe='@')}/"
        self._calls = f"{self._folder}calls/"
        self._limits = f"{self._folder}learnt.json"
        self._refusal = f"{self._folder}not_before.json"
        self.turn = f"{self._folder}turn"
        self._holder = f"{self._folder}turn.json"
        self._own = f"{self._calls}{stamped_name(run_id)}.json"
        self._minutes: Counter[str] = Counter()

    def add(self, calls: int) -> None:
        """Count calls that were made just now."""
        if calls:
            self._minutes[f"{now():{MINUTE}}"] += calls
            self._write(self._own, dict(self._minutes))

    def spent(self) -> int:
        """The calls of the last 24 hours, with those of other runs."""
        first = f"{now() - DAY:{MINUTE}}"
        return sum(
            calls
            for blob in list(self._storage.list(self._calls))
            for minute, calls in self._day_of(blob.path).items()
            if minute >= first
        )

    def _day_of(self, path: str) -> dict[str, int]:
        """The calls in a file, by minute. A file that is too old is deleted."""
        try:
            if age(path) > FORGOTTEN:
                self._storage.delete(path)
                return {}
            return {str(minute): int(calls) for minute, calls in self._read(path).items()}
        except UNREADABLE as error:
            LOGGER.warning("The calls in %s are left out: %s", path, error)
            return {}

    def left(self) -> int | None:
        """The calls that are left of the day's quota; None where no quota is known."""
        quota = self.limits().quota
        return None if quota is None else max(0, quota - self.spent())

    def limits(self) -> AppLimits:
        """The limits that earlier calls have shown."""
        if self._storage.find(self._limits) is None:
            return AppLimits()
        try:
            known = self._read(self._limits)
            return AppLimits(**{each.name: known.get(each.name) for each in fields(AppLimits)})
        except UNREADABLE as error:
            LOGGER.warning("What is in %s is left out: %s", self._limits, error)
            return AppLimits()

    def keep_limits(self, shown: AppLimits) -> None:
        """Keep limits that calls have shown."""
        before = self.limits()
        found = {name: value for name, value in asdict(shown).items() if value is not None}
        after = replace(before, **found)
        if after != before:
            self._write(self._limits, asdict(after))

    def forget_limits(self) -> None:
        """Forget the limits, so that calls show them anew."""
        self._storage.delete(self._limits)

    def refuse(self, seconds: float) -> dt.datetime:
        """Note a refusal; returns the time before which no call is to be made.

        Where two refusals overlap, the later time counts.
        """
        until = max(now() + dt.timedelta(seconds=seconds), self.not_before() or EARLIEST)
        self._write(self._refusal, {"not_before": until.isoformat(timespec="seconds")})
        return until

    def not_before(self) -> dt.datetime | None:
        """The time before which no call is to be made; None where nothing was refused.

        Raises:
            CallsPaused: the note of a refusal cannot be read.
        """
        if self._storage.find(self._refusal) is None:
            return None
        try:
            until = dt.datetime.fromisoformat(self._read(self._refusal)["not_before"])
            return until if until.tzinfo else until.replace(tzinfo=dt.UTC)
        except UNREADABLE:
            raise CallsPaused(
                f"{self._refusal} says how long {self._server} wants no calls and cannot be read; "
                f"delete it if you know that {self._server} takes calls."
            ) from None

    def await_permission(self) -> None:
        """Return if the server takes calls, and delete the note of a refusal that is over.

        Raises:
            CallsPaused: it takes no calls yet.
        """
        until = self.not_before()
        if until is None:
            return
        if now() < until:
            raise CallsPaused(
                f"{self._server} takes no calls before {until:%Y-%m-%d %H:%M} UTC, so none was "
                f"made; what has landed is kept, and {self._then}."
            )
        self._storage.delete(self._refusal)

    def take_turn(self, whom: str) -> None:
        """Note who asks the server now, for the runs that wait."""
        self._write(self._holder, {"whom": whom, "since": now().isoformat(timespec="seconds")})

    def whose_turn(self) -> str:
        """A sentence that names who asks the server now, for a run that waits."""
        try:
            held = self._read(self._holder)
            whom = f"{held['whom']}, since {held['since']}"
        except UNREADABLE:
            whom = "another run"
        return f"Waiting for {whom}: one run at a time asks {self._server}."

    def _read(self, path: str) -> dict[str, Any]:
        """The content of a file that another run may be writing at this moment."""
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
