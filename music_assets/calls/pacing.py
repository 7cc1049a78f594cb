"""Pacing: the pacer decides when each call of a process starts, in whatever thread.

It avoids refusals. Spotify publishes no limit, so the pacer learns it: it starts with few calls at
once, and a refusal shows how many fitted into the rolling window. From then on it stays within that
number, and tries one call beyond it at times, since the limit may have risen. A short refusal
pauses all threads once. A long one ends all calls, since a process should not sleep for hours.
"""

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import tenacity

from music_assets.calls.call_errors import CallError, RateLimited, Temporary
from music_assets.calls.counts import Counts

#: Spotify's rolling window.
WINDOW_SECONDS = 30.0
#: Added to the window: the server counts from a call's arrival, the pacer from its answer.
MARGIN_SECONDS = 0.05
#: A longer pause is not waited for.
LONGEST_PAUSE_SECONDS = 60.0
#: Tries of one call that fails for a passing reason.
ATTEMPTS = 6
#: Tries of one call that is refused for a short time. Only a broken server refuses more often.
REFUSALS = 20
FIRST_BACKOFF_SECONDS = 0.25

#: The most calls in flight. The client keeps twice as many connections.
MOST_IN_FLIGHT = 32
#: Processor time of one call here. With more calls in flight, they only wait for the processor.
PROCESSOR_SECONDS = 0.002
#: While the limit is unknown, this many answers allow one more call in flight.
ANSWERS_PER_STEP = 5
#: The most calls in flight while the limit is unknown: at the limit, all of them are refused.
MOST_UNPROVEN = 16
#: A smaller count at a refusal says little: an earlier process may have used up the window.
LEAST_LIMIT = 20

T = TypeVar("T")


class Pacer:
    """Decides when each call starts. All threads of a process share one per app.

    Args:
        requests_per_second: a ceiling; None for none.
        limit: calls that fit into the rolling window, if earlier calls have shown it.
        singly: let one call start at a time, and count the ceiling's pause from its answer. A
            server counts from a call's arrival, of which only the answer is proof: so it never
            sees more, however long a call was under way.
    """

    def __init__(
        self,
        requests_per_second: float | None = None,
        limit: int | None = None,
        *,
        singly: bool = False,
    ) -> None:
        self._interval = 1 / requests_per_second if requests_per_second else 0.0
        self._singly = singly
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
        self._refused_in_a_row = 0
        self._closed: CallError | None = None
        self._answers = 0
        self._calls = self._retries = self._refusals = 0
        self._while_refused = tenacity.Retrying(
            retry=tenacity.retry_if_exception(self._is_short_refusal),
            stop=tenacity.stop_after_attempt(REFUSALS),
            reraise=True,
        )
        self._while_faulty = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(Temporary),
            stop=tenacity.stop_after_attempt(ATTEMPTS),
            wait=_backoff_seconds,
            before_sleep=self._count_retry,
            reraise=True,
        )

    @property
    def counts(self) -> Counts:
        """The calls since the pacer was made."""
        return Counts(self._calls, self._retries, self._refusals)

    @property
    def limit(self) -> int | None:
        """Calls that fit into the rolling window, as far as is known."""
        return self._limit

    def close(self) -> None:
        """Let no call start any more, not even those that wait for their turn."""
        with self._gate:
            self._closed = self._closed or CallError("The run has ended.")
            self._gate.notify_all()

    def open(self, calls_left: int | None = None) -> None:
        """Let calls start again after a long refusal.

        Args:
            calls_left: of the day's quota; None where no quota is known. After them, only one call
                is in flight at a time, so that the quota's end refuses only one.
        """
        with self._gate:
            self._closed = None
            self._budget = None if calls_left is None else self._answers + calls_left

    def hold(self) -> None:
        """Let no call start within the ceiling's pause from now, as if one had just been made."""
        with self._gate:
            pause = self._interval and self._interval + MARGIN_SECONDS
            self._next_turn = max(self._next_turn, time.monotonic() + pause)

    def least_seconds(self, calls: int) -> float:
        """The shortest time for this many calls, with the limit and the latency known so far."""
        in_flight = calls * self._latency / MOST_IN_FLIGHT
        beyond = max(0, calls - self._limit) / self._limit if self._limit else 0.0
        return max(in_flight, beyond * WINDOW_SECONDS, calls * self._interval)

    def call(self, ask: Callable[[], T]) -> T:
        """The answer to `ask`, which is repeated after a short refusal or a passing fault.

        Raises:
            RateLimited: Spotify wants a longer pause than a process should wait. Every later call
                raises it too, without being made.
            CallError: any other error, or a fault in every attempt.
        """
        answer: T = self._while_faulty(self._while_refused, self._in_turn, ask)
        return answer

    def _is_short_refusal(self, error: BaseException) -> bool:
        return isinstance(error, RateLimited) and self._closed is None

    def _count_retry(self, _: tenacity.RetryCallState) -> None:
        with self._gate:
            self._retries += 1

    def _in_turn(self, ask: Callable[[], T]) -> T:
        with self._turn():
            return ask()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """A `with` block for one call, which starts in its turn; its answer updates the limits."""
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
                if self._singly:
                    self._next_turn = max(self._next_turn, time.monotonic() + self._interval)
                # An answer makes room for the next call, and may show that there is room for one
                # more. All that wait need not look: those that wait for a time wake up by then.
                self._gate.notify(2)

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
        """The seconds until the next call may start, by what is known now; 0 if it may."""
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
        if self._singly:
            return 1
        fed = max(1, round(self._latency / PROCESSOR_SECONDS))
        proven = 1 + self._answers // ANSWERS_PER_STEP
        trusted = fed if self._limit else min(proven, MOST_UNPROVEN)
        left = MOST_IN_FLIGHT if self._budget is None else max(1, self._budget - self._answers)
        return min(fed, trusted, left, MOST_IN_FLIGHT)

    def _learn(self, started: float, refusal: RateLimited | None) -> None:
        now = time.monotonic()
        if refusal is None:
            # Failed calls are included, since the server may count them.
            self._accepted.append(now)
            self._answers += 1
            self._refused_in_a_row = 0
            self._latency += (now - started - self._latency) / min(self._answers, 20)
            if self._limit is not None and len(self._accepted) > self._limit:
                self._limit, self._probe_pause = len(self._accepted), WINDOW_SECONDS
            return
        self._refusals += 1
        if refusal.quota or refusal.retry_after > LONGEST_PAUSE_SECONDS:
            self._closed = self._closed or refusal
            return
        pause = refusal.retry_after
        # Calls in flight together are refused together, and only the first makes the pause grow.
        if started >= self._refused_at:
            self._refused_in_a_row += 1
            # Ten doublings are more than the longest pause.
            pause *= 2 ** min(self._refused_in_a_row - 1, 10)
            self._limit = max(LEAST_LIMIT, len(self._accepted))
            self._next_probe = now + max(refusal.retry_after, self._probe_pause)
            self._probe_pause = max(WINDOW_SECONDS, 2 * self._probe_pause)
        pause = max(min(pause, LONGEST_PAUSE_SECONDS), refusal.retry_after)
        self._next_turn = max(self._next_turn, now + pause * random.uniform(1.0, 1.1))  # noqa: S311
        self._refused_at = now


def _backoff_seconds(state: tenacity.RetryCallState) -> float:
    """A pause that doubles, with jitter: threads that failed together must not return together.

    It is as long as the server asks for, at least.
    """
    doubled: float = FIRST_BACKOFF_SECONDS * 2 ** (state.attempt_number - 1)
    fault = state.outcome.exception() if state.outcome else None
    asked = fault.retry_after if isinstance(fault, Temporary) else 0.0
    return max(asked, doubled * random.uniform(0.5, 1.0))  # noqa: S311
