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

from music_assets.resources.spotify import Page, RateLimited, Temporary

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
ANSWERS_PER_STEP = 20
#: A window that an earlier process has used up says little about the limit.
LEAST_LIMIT = 20


class Pacer:
    """The gate. `calls`, `retries` and `refusals` count what went through it.

    Args:
        requests_per_second: a ceiling; None for none.
    """

    def __init__(self, requests_per_second: float | None = None) -> None:
        self._interval = 1 / requests_per_second if requests_per_second else 0.0
        self._gate = threading.Condition()
        self._accepted: deque[float] = deque()
        self._limit: int | None = None
        self._in_flight = 0
        self._latency = 0.0
        self._next_turn = 0.0
        self._next_probe = 0.0
        self._probe_pause = 0.0
        self._refused_at = 0.0
        self._closed: RateLimited | None = None
        self._answers = 0
        self.calls = self.retries = self.refusals = 0

    def call(self, ask: Callable[[], Page]) -> Page:
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
            self.calls += 1
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
            self._gate.wait(wait)

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
        trusted = fed if self._limit else 1 + self._answers // ANSWERS_PER_STEP
        return min(fed, trusted, MOST_IN_FLIGHT)

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
        self.refusals += 1
        if refusal.quota or refusal.retry_after > LONGEST_PAUSE_SECONDS:
            self._closed = self._closed or refusal
            return
        self._limit = max(LEAST_LIMIT, len(self._accepted))
        self._next_turn = max(self._next_turn, now + refusal.retry_after)
        # Calls that were in the air together are refused together, which says it once.
        if started >= self._refused_at:
            self._next_probe = now + max(refusal.retry_after, self._probe_pause)
            self._probe_pause = max(WINDOW_SECONDS, 2 * self._probe_pause)
        self._refused_at = now

    def _back_off(self, faults: int) -> None:
        with self._gate:
            self.retries += 1
        # Jitter, so that workers that failed together do not come back together.
        time.sleep(FIRST_BACKOFF_SECONDS * 2 ** (faults - 1) * random.uniform(0.5, 1.0))  # noqa: S311
