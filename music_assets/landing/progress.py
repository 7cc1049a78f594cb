"""Progress: a forecast of an ingest's cost, and its standing while it runs."""

import datetime as dt
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from typing import Protocol

from music_assets.calls.counts import Counts
from music_assets.calls.ledger import DAY, AppLimits, Ledger
from music_assets.calls.pacing import WINDOW_SECONDS
from music_assets.storage.dated_folders import now

#: Between two lines in the log of a run.
LOG_SECONDS = 5.0
#: A guess, for an app without any call so far: Spotify publishes no limit.
USUAL_CALLS_PER_SECOND = 10.0


@dataclass(frozen=True)
class Forecast:
    """The cost of an ingest, before it begins.

    Attributes:
        kind: `albums` or `tracks`.
        ids: the number of ids to ask for.
        calls: the fewest that it takes.
        left: calls that are left of the day's quota; None where no quota is known.
        quota: calls of a day; None where it is not known.
        ready: the time of its end, if nothing else uses the quota.
    """

    kind: str
    ids: int
    calls: int
    left: int | None
    quota: int | None
    ready: dt.datetime

    def __str__(self) -> str:
        """One sentence for the log."""
        quota = "no daily quota is known"
        if self.left is not None and self.quota is not None:
            quota = f"{self.left:,} of about {self.quota:,} calls a day are left"
        return (
            f"{self.kind}: {self.ids:,} ids take at least {self.calls:,} calls; {quota}; it will "
            f"be done about {self.ready:%Y-%m-%d %H:%M} UTC."
        )


def forecast(kind: str, ids: int, calls: int, left: int | None, limits: AppLimits) -> Forecast:
    """The forecast of an ingest of this many ids, which takes at least `calls` calls."""
    pace = limits.calls_per_second or USUAL_CALLS_PER_SECOND
    if limits.limit:
        pace = limits.limit / WINDOW_SECONDS
    ready = now() + dt.timedelta(seconds=calls / pace)
    if left is not None and limits.quota and calls > left:
        ready += DAY * ceil((calls - left) / limits.quota)
    return Forecast(kind, ids, calls, left, limits.quota, ready)


@dataclass(frozen=True)
class Standing:
    """The state of an ingest that runs.

    Attributes:
        kind: `albums` or `tracks`.
        done: ids done, those of earlier runs included.
        total: ids that are wanted.
        calls_left: the fewest that are still needed.
        calls_per_second: since the ingest began.
        refusals: calls answered 429.
    """

    kind: str
    done: int
    total: int
    calls_left: int
    calls_per_second: float
    refusals: int

    @property
    def seconds_left(self) -> float:
        """The seconds until the end, at the pace so far."""
        return self.calls_left / self.calls_per_second if self.calls_per_second else 0.0

    def __str__(self) -> str:
        """One line for the log."""
        return (
            f"{self.kind}: {self.done:,} of {self.total:,} fetched at {self.calls_per_second:.1f} "
            f"calls/s, {self.refusals:,} answered 429; {self.calls_left:,} calls and "
            f"{self.seconds_left:.0f} s left."
        )


_watchers: list[Callable[[Standing | str], None]] = []


@contextmanager
def watching(watcher: Callable[[Standing | str], None]) -> Iterator[None]:
    """Call `watcher` with each standing and notice of this process, while the block lasts."""
    _watchers.append(watcher)
    try:
        yield
    finally:
        _watchers.remove(watcher)


def notice(said: Standing | str) -> None:
    """Tell the watchers something that a person at the terminal is to know at once."""
    for watcher in _watchers:
        watcher(said)


class Access(Protocol):
    """A run's access to a server: the calls that it has made, and the ledger of all runs."""

    ledger: Ledger

    @property
    def made(self) -> Counts:
        """The calls since it began."""


class Progress:
    """Reports how an ingest goes: each part to the watchers, and some to the log of the run.

    Args:
        kind: `albums`, `tracks` or `musicbrainz`.
        session: access to the server.
        tell: takes a line for the run's log.
    """

    def __init__(self, kind: str, session: Access, tell: Callable[[str], None]) -> None:
        self._kind = kind
        self._session = session
        self._tell = tell
        self._began = self._told = time.monotonic()

    def begin(self, todo: int, calls: int) -> None:
        """Report the forecast."""
        ledger = self._session.ledger
        self._tell(str(forecast(self._kind, todo, calls, ledger.left(), ledger.limits())))

    def advance(self, done: int, total: int, calls_left: int) -> None:
        """Report the ids that are done, over all runs, and the calls that the others take."""
        moment, made = time.monotonic(), self._session.made
        standing = Standing(
            self._kind,
            done,
            total,
            calls_left,
            made.calls / max(moment - self._began, 0.001),
            made.refusals,
        )
        notice(standing)
        if moment - self._told >= LOG_SECONDS:
            self._told = moment
            self._tell(str(standing))
