"""Pacing: one gate through which every call of a process goes, whatever its thread.

It prevents refusals instead of collecting them. Nobody publishes Spotify's limit, so the gate
learns it: it starts modestly, and when a call is refused it knows how many fitted into the rolling
window. From then on it keeps within that number, and beyond it sends one call at a time to see
whether the limit has risen. A short refusal pauses all workers once; a long one closes the gate,
since a process that sleeps for hours helps nobody.
"""

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from music_assets.spotify.spotify_errors import RateLimited, SpotifyError, Temporary

#: Spotify's rolling window.
WINDOW_SECONDS = 30.0
#: A server's clock starts a call's window when the call arrives, ours when the answer does.
MARGIN_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 60.0
ATTEMPTS = 6
#: Short refusals of one call; more of them are a server that has closed.
REFUSALS = 100
FIRST_BACKOFF_SECONDS = 0.25

#: Calls in the air at most; as many connections are kept open.
MOST_IN_FLIGHT = 32
#: What a call costs this processor; more calls in the air than it can feed only wait in line.
PROCESSOR_SECONDS = 0.002
#: While the limit is unknown, so many good answers allow one more call in the air.
ANSWERS_PER_STEP = 5
#: Calls in the air at most while the limit is unknown; all of them are refused where it is met.
MOST_UNPROVEN = 16
#: A window that an earlier process has used up says little about the limit.
LEAST_LIMIT = 20


Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Counts:
    """What went through a gate.

    Attributes:
        calls: calls made.
        retries: calls made again after a fault.
        refusals: calls answered 429.
    """

    calls: int = 0
    retries: int = 0
    refusals: int = 0

    @property
    def accepted(self) -> int:
        """Calls that were not refused; those that failed may count against a limit too."""
        return self.calls - self.refusals

    def __sub__(self, earlier: "Counts") -> "Counts":
        return Counts(
            self.calls - earlier.calls,
            self.retries - earlier.retries,
            self.refusals - earlier.refusals,
        )


class Pacer:
    """The gate.

    Args:
        requests_per_second: a ceiling; None for none.
        limit: calls that fit into the rolling window, where that has been learnt before.
    """

    def __init__(self, requests_per_second: float | None = None, limit: int | None = None) -> None:
        self._interval = 1 / requests_per_second if requests_per_second else 0.0
        self._gate = threading.Condition()
        self._accepted: deque[float] = deque()
        self._limit = limit
        self._budget: int | None = None
        self._in_flight = 0
        self._latency = 0.0
        self._next_turn = 0.0
        self._next_probe = 0.0
        self._probe_pause = 0.0
        self._refused_at = 0.0
        self._closed: SpotifyError | None = None
        self._answers = 0
        self._calls = self._retries = self._refusals = 0

    @property
    def counts(self) -> Counts:
        """What went through since the gate was made."""
        return Counts(self._calls, self._retries, self._refusals)

    @property
    def limit(self) -> int | None:
        """Calls that fit into the rolling window, as far as is known."""
        return self._limit

    def close(self) -> None:
        """Take no call any more, not even of those that wait for their turn."""
        with self._gate:
            self._closed = self._closed or SpotifyError("The run has ended.")
            self._gate.notify_all()

    def open(self, calls_left: int | None = None) -> None:
        """Take calls again after a long refusal.

        Args:
            calls_left: of the day's quota; None where there is none or it is not known. When they
                are used up, one call at a time is made, so that one call is refused and not many.
        """
        with self._gate:
            self._closed = None
            self._budget = None if calls_left is None else self._answers + calls_left

    def least_seconds(self, calls: int) -> float:
        """The shortest time in which so many calls could be made, from what has been learnt."""
        in_the_air = calls * self._latency / MOST_IN_FLIGHT
        beyond = max(0, calls - self._limit) / self._limit if self._limit else 0.0
        return max(in_the_air, beyond * WINDOW_SECONDS, calls * self._interval)

    def call(self, ask: Callable[[], Answer]) -> Answer:
        """The answer to `ask`, asked again while that may help.

        Raises:
            RateLimited: Spotify wants a longer pause than a process should wait. Every later call
                raises it too, without being made.
            SpotifyError: any other refusal, or a fault that outlasted every attempt.
        """
        faults = refusals = 0
        while True:
            try:
                with self._turn():
                    return ask()
            except RateLimited:
                refusals += 1
                if self._closed or refusals >= REFUSALS:
                    raise
            except Temporary:
                faults += 1
                if faults >= ATTEMPTS:
                    raise
                self._back_off(faults)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One call's time in the air, and what its answer teaches."""
        with self._gate:
            self._await_turn()
            self._in_flight += 1
            self._calls += 1
        started = time.monotonic()
        refusal: RateLimited | None = None
        try:
            yield
        except RateLimited as error:
            refusal = error
            raise
        finally:
            with self._gate:
                self._in_flight -= 1
                self._learn(started, refusal)
                self._gate.notify_all()

    def _await_turn(self) -> None:
        while True:
            if self._closed:
                raise self._closed
            wait = self._seconds_to_wait(time.monotonic())
            if wait <= 0:
                self._next_turn = max(self._next_turn, time.monotonic()) + self._interval
                return
            self._gate.wait(min(wait, LONGEST_PAUSE_SECONDS))

    def _seconds_to_wait(self, now: float) -> float:
        """How long until the next call may start, as far as can be told; 0 for now."""
        while self._accepted and self._accepted[0] <= now - WINDOW_SECONDS - MARGIN_SECONDS:
            self._accepted.popleft()
        if self._next_turn > now:
            return self._next_turn - now
        if self._in_flight >= self._most_in_flight():
            return WINDOW_SECONDS
        if self._limit is None or len(self._accepted) + self._in_flight < self._limit:
            return 0.0
        if now >= self._next_probe and not self._in_flight:
            return 0.0
        if not self._accepted:
            return WINDOW_SECONDS
        return self._accepted[0] + WINDOW_SECONDS + MARGIN_SECONDS - now

    def _most_in_flight(self) -> int:
        fed = max(1, round(self._latency / PROCESSOR_SECONDS))
        proven = 1 + self._answers // ANSWERS_PER_STEP
        trusted = fed if self._limit else min(proven, MOST_UNPROVEN)
        left = MOST_IN_FLIGHT if self._budget is None else max(1, self._budget - self._answers)
        return min(fed, trusted, left, MOST_IN_FLIGHT)

    def _learn(self, started: float, refusal: RateLimited | None) -> None:
        now = time.monotonic()
        if refusal is None:
            # A failed call counts as well: the server may have counted it.
            self._accepted.append(now)
            self._answers += 1
            self._latency += (now - started - self._latency) / min(self._answers, 20)
            if self._limit is not None and len(self._accepted) > self._limit:
                self._limit, self._probe_pause = len(self._accepted), WINDOW_SECONDS
            return
        self._refusals += 1
        if refusal.quota or refusal.retry_after > LONGEST_PAUSE_SECONDS:
            self._closed = self._closed or refusal
            return
        self._next_turn = max(self._next_turn, now + refusal.retry_after)
        # Calls that were in the air together are refused together, which says it once.
        if started >= self._refused_at:
            self._limit = max(LEAST_LIMIT, len(self._accepted))
            self._next_probe = now + max(refusal.retry_after, self._probe_pause)
            self._probe_pause = max(WINDOW_SECONDS, 2 * self._probe_pause)
        self._refused_at = now

    def _back_off(self, faults: int) -> None:
        with self._gate:
            self._retries += 1
        # Jitter, so that workers that failed together do not come back together.
        time.sleep(FIRST_BACKOFF_SECONDS * 2 ** (faults - 1) * random.uniform(0.5, 1.0))  # noqa: S311
