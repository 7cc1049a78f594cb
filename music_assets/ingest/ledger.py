"""The ledger: what is known of an app's dealings with Spotify, kept in storage over all runs.

Spotify counts calls per app and day, tells nobody its limits, and after too many calls wants none
for hours. So each run writes down how many it made, what it learnt, and how long to stay away.
"""

import datetime as dt
import json
from collections import Counter
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import quote

from music_assets.ingest.landing import IngestError, age, new_folder, now
from music_assets.resources.storage import StorageResource

ROOT = "landing/spotify/"
#: Spotify's quota is of about a day, and rolls.
DAY = dt.timedelta(days=1)
#: No process counts calls in one file for longer than this.
FORGOTTEN = dt.timedelta(days=3)
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

    Args:
        storage: where it is kept.
        app: whose calls Spotify counts.
        run_id: names the file in which this run's calls are counted.
    """

    def __init__(self, storage: StorageResource, app: str, run_id: str) -> None:
        self._storage = storage
        self._folder = f"{ROOT}{quote(app, safe='@')}/"
        self._calls = f"{self._folder}calls/"
        self._lessons = f"{self._folder}learnt.json"
        self._refusal = f"{self._folder}not_before.json"
        self._own = f"{new_folder(self._calls, run_id).rstrip('/')}.json"
        self._minutes: Counter[str] = Counter()

    def add(self, calls: int) -> None:
        """Write down calls that were made just now."""
        if calls:
            self._minutes[f"{now():{MINUTE}}"] += calls
            self._write(self._own, dict(self._minutes))

    def spent(self) -> int:
        """Calls of the last 24 hours, those of other runs included."""
        first, spent = f"{now() - DAY:{MINUTE}}", 0
        for blob in list(self._storage.list(self._calls)):
            if age(blob.path) > FORGOTTEN:
                self._storage.delete(blob.path)
            else:
                minutes = self._read(blob.path).items()
                spent += sum(calls for minute, calls in minutes if minute >= first)
        return spent

    def left(self) -> int | None:
        """Calls that the day still has; None where no quota is known."""
        quota = self.learnt().quota
        return None if quota is None else max(0, quota - self.spent())

    def learnt(self) -> Learnt:
        """What earlier calls have shown."""
        known = self._storage.find(self._lessons)
        return Learnt(**self._read(self._lessons)) if known else Learnt()

    def learn(self, shown: Learnt) -> None:
        """Keep what calls have shown."""
        before = self.learnt()
        told = {name: value for name, value in asdict(shown).items() if value is not None}
        after = replace(before, **told)
        if after != before:
            self._write(self._lessons, asdict(after))

    def refuse(self, seconds: float) -> dt.datetime:
        """Keep the time before which no call is to be made; returns it."""
        until = now() + dt.timedelta(seconds=seconds)
        self._write(self._refusal, {"not_before": until.isoformat(timespec="seconds")})
        return until

    def not_before(self) -> dt.datetime | None:
        """The time that the newest long refusal named; None where nothing was refused."""
        if self._storage.find(self._refusal) is None:
            return None
        return dt.datetime.fromisoformat(self._read(self._refusal)["not_before"])

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
        _, content = self._storage.read(path)
        found: dict[str, Any] = json.loads(content)
        return found

    def _write(self, path: str, content: dict[str, Any]) -> None:
        self._storage.write(path, json.dumps(content).encode())
