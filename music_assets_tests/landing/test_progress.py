"""Progress: what an ingest will cost, said before it begins, and how far it is."""

import datetime as dt
import re
from typing import cast

import pytest

from music_assets.calls.ledger import DAY, AppLimits, Ledger
from music_assets.calls.pacing import Pacer
from music_assets.landing import progress
from music_assets.landing.progress import Progress, Standing, forecast
from music_assets.spotify.client import SpotifyClient
from music_assets.spotify.listings import Listings, least_calls
from music_assets.spotify.session import Session
from music_assets.storage.folder import FolderStorage


def hours(calls: int, left: int | None, limits: AppLimits) -> float:
    """The hours that the forecast gives for an ingest of this many calls."""
    ready = forecast("tracks", 1, calls, left, limits).ready
    return (ready - dt.datetime.now(dt.UTC)) / dt.timedelta(hours=1)


@pytest.mark.parametrize(
    ("entries", "page_size", "at_once", "calls"),
    [
        ([], 50, 1, 0),
        ([0, 0], 50, 1, 2),
        ([1, 50, 51, 120], 50, 1, 1 + 1 + 2 + 3),
        ([20] * 2_000, 50, 20, 100),
        ([20] * 100, 10, 1, 200),
        ([51] * 21, 50, 20, 2 + 21),
    ],
)
def test_the_least_calls_are_those_of_full_pages_and_full_batches(
    entries: list[int], page_size: int, at_once: int, calls: int
) -> None:
    assert least_calls(entries, page_size, at_once) == calls


def test_the_forecast_goes_by_the_limit_then_by_the_last_pace_then_by_a_guess() -> None:
    assert hours(36_000, None, AppLimits()) == pytest.approx(1, abs=0.01)
    assert hours(36_000, None, AppLimits(calls_per_second=5)) == pytest.approx(2, abs=0.01)
    known = AppLimits(limit=600, calls_per_second=5)
    assert hours(36_000, None, known) == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize(
    ("calls", "days"), [(500, 0), (501, 1), (1_000, 1), (1_001, 2), (2_000, 3)]
)
def test_what_a_day_cannot_take_is_done_on_a_later_one(calls: int, days: int) -> None:
    found = hours(calls, 500, AppLimits(quota=500))
    assert found == pytest.approx(days * (DAY / dt.timedelta(hours=1)), abs=0.1)


def test_the_forecast_is_a_sentence_with_calls_quota_and_time() -> None:
    known = str(forecast("tracks", 1_900, 1_960, 480, AppLimits(quota=500)))
    assert re.fullmatch(
        r"tracks: 1,900 ids take at least 1,960 calls; 480 of about 500 calls a day are left; it "
        r"will be done about \d{4}-\d\d-\d\d \d\d:\d\d UTC\.",
        known,
    )
    assert "; no daily quota is known; " in str(forecast("albums", 1, 1, None, AppLimits()))


def test_a_standing_tells_pace_refusals_and_what_is_left() -> None:
    standing = Standing("tracks", 120, 500, 380, 19.0, 2)
    assert str(standing) == (
        "tracks: 120 of 500 fetched at 19.0 calls/s, 2 answered 429; 380 calls and 20 s left."
    )


def test_the_run_log_gets_the_forecast_and_then_a_line_every_few_seconds(
    storage: FolderStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr("music_assets.landing.progress.time.monotonic", lambda: now)
    pacer, told = Pacer(), list[str]()
    pages = Listings(cast("SpotifyClient", None), pacer)
    session = Session(pages, pacer, Ledger(storage, "app", "run"))
    telling = Progress("tracks", session, told.append)
    telling.begin(100, 100)
    for done in range(10, 101, 10):
        now += progress.LOG_SECONDS / 2
        telling.advance(done, 100 - done, 100 - done)
    assert len(told) == 1 + 5
    assert "at least 100 calls" in told[0]
    assert [int(line.split()[1]) for line in told[1:]] == [20, 40, 60, 80, 100]
