"""Pacing: one gate through which every call of an ingest goes, whatever its thread.

It keeps to a ceiling, lets a short refusal pause all workers once, and tries again what may
succeed. A long refusal is passed on, since a process that sleeps for hours helps nobody.
"""

import random
import threading
import time
from collections.abc import Callable

from music_assets.resources.spotify import Page, RateLimited, Temporary

LONGEST_PAUSE_SECONDS = 60.0
ATTEMPTS = 6
REFUSALS = 100
FIRST_BACKOFF_SECONDS = 0.25


class Pacer:
    """The gate. `calls`, `retries` and `refusals` count what went through it.

    Args:
        requests_per_second: the ceiling; None for none.
    """

    def __init__(self, requests_per_second: float | None = None) -> None:
        self._interval = 1 / requests_per_second if requests_per_second else 0.0
        self._lock = threading.Lock()
        self._next_turn = 0.0
        self.calls = self.retries = self.refusals = 0

    def call(self, ask: Callable[[], Page]) -> Page:
        """The answer to `ask`, asked again while that may help.

        Raises:
            RateLimited: Spotify wants a longer pause than a process should wait.
            SpotifyError: any other refusal, or a fault that outlasted every attempt.
        """
        faults = refusals = 0
        while True:
            self._await_turn()
            try:
                return ask()
            except RateLimited as refusal:
                refusals += 1
                too_long = refusal.quota or refusal.retry_after > LONGEST_PAUSE_SECONDS
                if too_long or refusals >= REFUSALS:
                    raise
                self._pause(refusal.retry_after)
            except Temporary:
                faults += 1
                if faults >= ATTEMPTS:
                    raise
                self._back_off(faults)

    def _await_turn(self) -> None:
        with self._lock:
            turn = max(self._next_turn, time.monotonic())
            self._next_turn = turn + self._interval
            self.calls += 1
        time.sleep(max(0.0, turn - time.monotonic()))

    def _pause(self, seconds: float) -> None:
        with self._lock:
            self.refusals += 1
            self._next_turn = max(self._next_turn, time.monotonic() + seconds)

    def _back_off(self, faults: int) -> None:
        with self._lock:
            self.retries += 1
        # Jitter, so that workers that failed together do not come back together.
        time.sleep(FIRST_BACKOFF_SECONDS * 2 ** (faults - 1) * random.uniform(0.5, 1.0))  # noqa: S311
