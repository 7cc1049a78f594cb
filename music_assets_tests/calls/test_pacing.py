"""Pacing: one gate that keeps a ceiling, pauses everybody once, and gives up in time."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import NoReturn

import pytest

from music_assets.calls import pacing
from music_assets.calls.call_errors import (
    BadRequest,
    CallError,
    NotFound,
    RateLimited,
    Temporary,
)
from music_assets.calls.pacing import ATTEMPTS, LONGEST_PAUSE_SECONDS, REFUSALS, Pacer
from music_assets.transforms.rows import Page

PAGE: Page = {"items": []}


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the pause after a fault a hundred times shorter."""
    monkeypatch.setattr(pacing, "FIRST_BACKOFF_SECONDS", pacing.FIRST_BACKOFF_SECONDS / 100)


class Server:
    """Raises each of the given errors once, then answers; notes when it was asked."""

    def __init__(self, *errors: CallError) -> None:
        self.errors = list(errors)
        self.asked: list[float] = []
        self.lock = threading.Lock()

    def __call__(self) -> Page:
        with self.lock:
            self.asked.append(time.monotonic())
            if self.errors:
                raise self.errors.pop(0)
        return PAGE


def always(error: CallError, asked: list[int]) -> Callable[[], Page]:
    def ask() -> NoReturn:
        asked.append(1)
        raise error

    return ask


def warm(in_flight: int) -> Pacer:
    """A gate that has learnt that answers take long and are good, so that it lets several in."""
    pacer = Pacer()

    def slowly() -> Page:
        time.sleep(pacing.PROCESSOR_SECONDS * in_flight)
        return PAGE

    with ThreadPoolExecutor(in_flight) as pool:
        for _ in range(pacing.ANSWERS_PER_STEP * in_flight):
            pool.submit(pacer.call, slowly)
    return pacer


def seconds(run: Callable[[], object]) -> float:
    begun = time.monotonic()
    run()
    return time.monotonic() - begun


def test_an_answer_is_passed_on_and_counted() -> None:
    pacer = Pacer()
    assert pacer.call(Server()) is PAGE
    assert (pacer.counts.calls, pacer.counts.retries, pacer.counts.refusals) == (1, 0, 0)


def test_without_a_ceiling_nothing_waits() -> None:
    pacer, server = Pacer(), Server()
    assert seconds(lambda: [pacer.call(server) for _ in range(1_000)]) < 10


def test_the_ceiling_is_kept_over_all_threads() -> None:
    pacer, server = Pacer(requests_per_second=50), Server()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: pacer.call(server), range(21)))
    between = [
        after - before for before, after in zip(server.asked, server.asked[20:], strict=False)
    ]
    assert min(between) >= 20 / 50 - 0.02
    assert max(between) < 5


def test_time_that_was_not_used_is_not_saved_up() -> None:
    pacer, server = Pacer(requests_per_second=20), Server()
    pacer.call(server)
    time.sleep(0.2)
    assert seconds(lambda: [pacer.call(server) for _ in range(3)]) >= 0.1 - 0.01


def test_a_short_refusal_is_waited_for_and_asked_again() -> None:
    pacer, server = Pacer(), Server(RateLimited(0.2, quota=False))
    assert pacer.call(server) is PAGE
    assert server.asked[1] - server.asked[0] >= 0.2
    assert (pacer.counts.calls, pacer.counts.retries, pacer.counts.refusals) == (2, 0, 1)


def test_a_short_refusal_pauses_all_threads_once() -> None:
    pacer, waiting = warm(8), threading.Barrier(8)
    first = threading.local()
    asked: list[float] = []

    def ask() -> Page:
        if not getattr(first, "refused", False):
            first.refused = True
            waiting.wait(timeout=60)
            raise RateLimited(1.0, quota=False)
        asked.append(time.monotonic())
        return PAGE

    begun = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: pacer.call(ask), range(8)))
    # Eight refusals at once are one pause, not eight in a row.
    assert min(asked) - begun >= 1.0
    assert max(asked) - begun < 6


def test_each_pause_after_a_refusal_is_longer_than_the_one_before() -> None:
    server = Server(*[RateLimited(0.1, quota=False)] * 3)
    Pacer().call(server)
    pauses = [b - a for a, b in pairwise(server.asked)]
    assert pauses[0] >= 0.1
    assert pauses[1] >= 0.2
    assert pauses[2] >= 0.4


def test_of_calls_that_are_refused_together_the_longest_pause_counts() -> None:
    pacer, together = warm(2), threading.Barrier(2)
    pauses, asked, lock = [0.3, 0.9], list[float](), threading.Lock()

    def ask() -> Page:
        with lock:
            pause = pauses.pop(0) if pauses else None
        if pause is None:
            asked.append(time.monotonic())
            return PAGE
        together.wait(timeout=60)
        # The longer pause is told last.
        time.sleep(0.1 if pause == 0.9 else 0.0)
        raise RateLimited(pause, quota=False)

    begun = time.monotonic()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: pacer.call(ask), range(2)))
    assert min(asked) - begun >= 0.9


def test_however_many_refusals_come_the_pause_stays_within_bounds() -> None:
    pacer = Pacer()
    pacer._refused_in_a_row = 5_000
    pacer._learn(time.monotonic(), RateLimited(1.0, quota=False))
    assert 0 < pacer._next_turn - time.monotonic() <= 1.1 * LONGEST_PAUSE_SECONDS


def test_a_thread_that_comes_during_a_pause_waits_for_its_end() -> None:
    pacer, server = Pacer(), Server(RateLimited(0.3, quota=False))
    with ThreadPoolExecutor(2) as pool:
        refused = pool.submit(pacer.call, server)
        while not pacer.counts.refusals:
            time.sleep(0.001)
        newcomer = pool.submit(pacer.call, server)
        assert refused.result() is newcomer.result()
    assert len(server.asked) == 3
    assert min(server.asked[1:]) - server.asked[0] >= 0.3


def test_a_short_refusal_is_not_waited_for_for_ever() -> None:
    pacer, asked = Pacer(), list[int]()
    with pytest.raises(RateLimited):
        pacer.call(always(RateLimited(0.0, quota=False), asked))
    assert len(asked) == REFUSALS


@pytest.mark.parametrize(
    "refusal",
    [
        RateLimited(LONGEST_PAUSE_SECONDS + 1, quota=False),
        RateLimited(48_925, quota=True),
        RateLimited(1.0, quota=True),
    ],
)
def test_a_long_refusal_and_a_used_up_quota_are_raised_at_once(refusal: RateLimited) -> None:
    pacer, asked = Pacer(), list[int]()

    def refused() -> None:
        with pytest.raises(RateLimited) as raised:
            pacer.call(always(refusal, asked))
        assert raised.value is refusal

    assert seconds(refused) < 0.5
    assert len(asked) == 1


@pytest.mark.usefixtures("quick")
def test_a_fault_that_passes_is_not_noticed() -> None:
    faults = [Temporary("Spotify answered 500.")] * (ATTEMPTS - 1)
    pacer = Pacer()
    assert pacer.call(Server(*faults)) is PAGE
    assert (pacer.counts.calls, pacer.counts.retries) == (ATTEMPTS, ATTEMPTS - 1)


@pytest.mark.usefixtures("quick")
def test_a_fault_that_stays_is_raised_after_a_bounded_number_of_attempts() -> None:
    asked: list[int] = []
    with pytest.raises(Temporary, match="503"):
        Pacer().call(always(Temporary("Spotify answered 503."), asked))
    assert len(asked) == ATTEMPTS


@pytest.mark.usefixtures("quick")
def test_refusals_do_not_use_up_the_attempts_of_faults() -> None:
    fault, refusal = Temporary("Spotify answered 500."), RateLimited(0.0, quota=False)
    assert Pacer().call(Server(*[refusal, fault] * (ATTEMPTS - 1))) is PAGE


def test_each_pause_after_a_fault_is_longer_than_the_one_before() -> None:
    server = Server(*[Temporary("Spotify answered 500.")] * 3)
    Pacer().call(server)
    pauses = [b - a for a, b in pairwise(server.asked)]
    assert pauses[0] >= pacing.FIRST_BACKOFF_SECONDS / 2
    assert pauses[2] >= 2 * pacing.FIRST_BACKOFF_SECONDS


@pytest.mark.parametrize("error", [NotFound("gone"), BadRequest("no"), CallError("Premium")])
def test_what_will_not_change_is_raised_at_once(error: CallError) -> None:
    asked: list[int] = []
    with pytest.raises(type(error)):
        Pacer().call(always(error, asked))
    assert len(asked) == 1


def most_at_once(pacer: Pacer, calls: int) -> int:
    """The most calls in flight while many threads made this many."""
    lock, now, most = threading.Lock(), 0, 0

    def ask() -> Page:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.02)
        with lock:
            now -= 1
        return PAGE

    with ThreadPoolExecutor(calls) as pool:
        for _ in range(calls):
            pool.submit(pacer.call, ask)
    return most


def test_when_the_days_calls_are_used_up_one_is_made_at_a_time() -> None:
    pacer = warm(8)
    pacer.open(0)
    assert most_at_once(pacer, 10) == 1
    pacer.open(None)
    assert most_at_once(pacer, 10) > 1


def test_the_last_calls_of_the_day_are_not_overdrawn() -> None:
    pacer = warm(8)
    pacer.open(3)
    assert most_at_once(pacer, 3) <= 3
    assert most_at_once(pacer, 5) == 1


def test_a_gate_that_was_closed_takes_calls_again_when_it_is_opened() -> None:
    pacer = Pacer()
    with pytest.raises(RateLimited):
        pacer.call(always(RateLimited(7_200, quota=True), []))
    with pytest.raises(RateLimited):
        pacer.call(Server())
    pacer.open()
    assert pacer.call(Server()) == PAGE


def test_the_least_seconds_are_those_of_the_limit_the_ceiling_or_the_latency() -> None:
    assert Pacer(limit=300).least_seconds(2_000) == pytest.approx(1_700 / 300 * 30)
    assert Pacer(10.0).least_seconds(2_000) == pytest.approx(200)
    assert Pacer().least_seconds(2_000) == 0
    assert warm(8).least_seconds(pacing.MOST_IN_FLIGHT) >= pacing.PROCESSOR_SECONDS * 8


def test_when_the_run_ends_those_that_wait_for_their_turn_leave() -> None:
    pacer = Pacer(0.01)
    pacer.call(Server())
    with ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(pacer.call, Server()) for _ in range(3)]
        time.sleep(0.1)
        assert seconds(pacer.close) < 30
        for each in waiting:
            with pytest.raises(CallError, match="has ended"):
                each.result(timeout=30)


def test_calls_that_are_made_singly_wait_for_the_answer_of_the_one_before() -> None:
    pacer, calls = Pacer(20, singly=True), list[tuple[float, float]]()

    def ask() -> Page:
        begun = time.monotonic()
        time.sleep(0.03)
        calls.append((begun, time.monotonic()))
        return PAGE

    with ThreadPoolExecutor(4) as pool:
        for _ in range(4):
            pool.submit(pacer.call, ask)
    assert all(later[0] - earlier[1] >= 1 / 20 for earlier, later in pairwise(calls))


def test_a_held_pacer_waits_as_if_a_call_had_just_been_made() -> None:
    pacer = Pacer(10, singly=True)
    pacer.hold()
    assert seconds(lambda: pacer.call(Server())) >= 1 / 10
    free = Pacer(singly=True)
    free.hold()
    assert free._next_turn <= time.monotonic()


@pytest.mark.usefixtures("quick")
def test_a_fault_is_waited_for_as_long_as_the_server_asks() -> None:
    server = Server(Temporary("It is busy.", 0.2))
    assert seconds(lambda: Pacer().call(server)) >= 0.2
