"""Progress: what an ingest will cost before it begins, and how far it is while it runs."""

import datetime as dt
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

from music_assets.spotify.ledger import DAY, Learnt
from music_assets.spotify.pacing import WINDOW_SECONDS
from music_assets.spotify.session import Session
from music_assets.storage.dated_folders import now

#: Every part's standing, as `record.standing`, for whoever shows it, such as a terminal.
LOGGER = logging.getLogger(__name__)
LOG_SECONDS = 5.0
#: While an app has shown nothing: a guess, since Spotify publishes no limit.
USUAL_CALLS_PER_SECOND = 10.0


@dataclass(frozen=True)
class Forecast:
    """What an ingest will cost.

    Attributes:
        kind: `albums` or `tracks`.
        ids: how many are to be asked for.
        calls: that it takes at least.
        left: calls that the day still has; None where no quota is known.
        quota: calls that a day has; None where it is not known.
        ready: when it will be done, if nothing else uses the quota.
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


def forecast(kind: str, ids: int, calls: int, left: int | None, learnt: Learnt) -> Forecast:
    """What an ingest of so many ids will cost, which takes at least `calls` calls."""
    pace = learnt.calls_per_second or USUAL_CALLS_PER_SECOND
    if learnt.limit:
        pace = learnt.limit / WINDOW_SECONDS
    ready = now() + dt.timedelta(seconds=calls / pace)
    if left is not None and learnt.quota and calls > left:
        ready += DAY * ceil((calls - left) / learnt.quota)
    return Forecast(kind, ids, calls, left, learnt.quota, ready)


@dataclass(frozen=True)
class Standing:
    """How far an ingest is.

    Attributes:
        kind: `albums` or `tracks`.
        done: ids done, those of earlier runs included.
        total: ids that are wanted.
        calls_left: that it will take at least.
        calls_per_second: since it began.
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
        """Until it is done, at the pace so far."""
        return self.calls_left / self.calls_per_second if self.calls_per_second else 0.0

    def __str__(self) -> str:
        """One line for the log."""
        return (
            f"{self.kind}: {self.done:,} of {self.total:,} fetched at {self.calls_per_second:.1f} "
            f"calls/s, {self.refusals:,} answered 429; {self.calls_left:,} calls and "
            f"{self.seconds_left:.0f} s left."
        )


class Progress:
    """Tells how an ingest goes: each part to `LOGGER`, and every few seconds to a run's log.

    Args:
        kind: `albums` or `tracks`.
        session: what asks.
        tell: takes a line for the run's log.
    """

    def __init__(self, kind: str, session: Session, tell: Callable[[str], None]) -> None:
        self._kind = kind
        self._session = session
        self._tell = tell
        self._began = self._told = time.monotonic()

    def begin(self, todo: int, calls: int) -> None:
        """Tell what will be asked, before it is."""
        ledger = self._session.ledger
        self._tell(str(forecast(self._kind, todo, calls, ledger.left(), ledger.learnt())))

    def advance(self, done: int, total: int, calls_left: int) -> None:
        """Tell how far it is: ids done, over all runs, and the calls that the others take."""
        moment, made = time.monotonic(), self._session.made
        standing = Standing(
            self._kind,
            done,
            total,
            calls_left,
            made.calls / max(moment - self._began, 0.001),
            made.refusals,
        )
        LOGGER.info("%s", standing, extra={"standing": standing})
        if moment - self._told >= LOG_SECONDS:
            self._told = moment
            self._tell(str(standing))
