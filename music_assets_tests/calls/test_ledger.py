"""The ledger: calls per app and rolling day, what they have shown, and how long to stay away."""

import datetime as dt

import pytest

from music_assets.calls import ledger
from music_assets.calls.call_errors import CallsPaused
from music_assets.calls.ledger import DAY, FORGOTTEN, AppLimits, Ledger
from music_assets.storage import dated_folders
from music_assets.storage.folder import FolderStorage

APP = "an app@api.spotify.com"
NOON = dt.datetime(2026, 11, 16, 12, 0, 30, tzinfo=dt.UTC)


class Clock:
    """The clock of the ledger."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> dt.datetime:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in (dated_folders, ledger):
        monkeypatch.setattr(module, "now", clock)
    return clock


def test_the_calls_of_all_runs_and_of_one_app_are_added_up(storage: FolderStorage) -> None:
    Ledger(storage, APP, "one").add(3)
    two = Ledger(storage, APP, "two")
    two.add(4)
    two.add(5)
    Ledger(storage, "another@api.spotify.com", "one").add(100)
    assert Ledger(storage, APP, "three").spent() == 12


def test_no_call_leaves_no_file(storage: FolderStorage) -> None:
    Ledger(storage, APP, "one").add(0)
    assert list(storage.list("landing/spotify/")) == []


def test_a_call_counts_for_a_day(storage: FolderStorage, clock: Clock) -> None:
    one = Ledger(storage, APP, "one")
    one.add(3)
    clock.now += DAY / 2
    one.add(4)
    assert one.spent() == 7
    clock.now = NOON + DAY + dt.timedelta(minutes=1)
    assert one.spent() == 4
    clock.now += DAY
    assert one.spent() == 0


def test_files_that_no_day_needs_any_more_are_deleted(storage: FolderStorage, clock: Clock) -> None:
    Ledger(storage, APP, "one").add(3)
    clock.now += FORGOTTEN + dt.timedelta(minutes=1)
    Ledger(storage, APP, "two").add(4)
    assert Ledger(storage, APP, "three").spent() == 4
    assert len(list(storage.list("landing/spotify/"))) == 1


def test_what_is_left_is_known_once_a_quota_is(storage: FolderStorage) -> None:
    one = Ledger(storage, APP, "one")
    one.add(30)
    assert one.left() is None
    one.keep_limits(AppLimits(quota=100))
    assert Ledger(storage, APP, "two").left() == 70
    one.add(90)
    assert one.left() == 0


def test_what_has_been_learnt_stays_until_something_else_is_shown(storage: FolderStorage) -> None:
    one = Ledger(storage, APP, "one")
    assert one.limits() == AppLimits()
    one.keep_limits(AppLimits(albums_page=50, batches=True, limit=300))
    one.keep_limits(AppLimits(albums_page=10, batches=False))
    assert Ledger(storage, APP, "two").limits() == AppLimits(10, False, 300)


def test_a_refusal_holds_until_its_time_and_is_then_forgotten(
    storage: FolderStorage, clock: Clock
) -> None:
    one = Ledger(storage, APP, "one")
    one.await_permission()
    assert one.refuse(7_200) == NOON + dt.timedelta(hours=2)
    other = Ledger(storage, APP, "two")
    with pytest.raises(CallsPaused, match="takes no calls before 2026-11-16 14:00 UTC"):
        other.await_permission()
    Ledger(storage, "another@api.spotify.com", "one").await_permission()
    clock.now += dt.timedelta(hours=2)
    other.await_permission()
    assert other.not_before() is None


@pytest.mark.parametrize("app", ["../../up@a/b", "a:b@c:1", "ü\n@x"])
def test_any_app_has_a_folder_of_its_own(storage: FolderStorage, app: str) -> None:
    Ledger(storage, app, "one").add(3)
    [blob] = storage.list("landing/spotify/")
    assert blob.path.count("/") == 4
    assert Ledger(storage, app, "two").spent() == 3


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"7", b'{"x": "y"}'])
def test_files_that_are_damaged_are_left_out_with_a_warning(
    storage: FolderStorage, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    one = Ledger(storage, APP, "one")
    one.add(3)
    one.keep_limits(AppLimits(quota=10))
    [calls] = [blob.path for blob in storage.list("landing/spotify/") if "/calls/" in blob.path]
    storage.write(calls, content)
    storage.write(calls.replace("calls/", "calls/notes of somebody "), content)
    storage.write(f"{calls.partition('calls/')[0]}learnt.json", content)
    two = Ledger(storage, APP, "two")
    two.add(4)
    assert two.spent() == 4
    assert two.limits() == AppLimits()
    assert "left out" in caplog.text


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"not_before": "soon"}'])
def test_a_refusal_that_cannot_be_read_is_still_one(storage: FolderStorage, content: bytes) -> None:
    one = Ledger(storage, APP, "one")
    one.refuse(7_200)
    [blob] = storage.list("landing/spotify/")
    storage.write(blob.path, content)
    with pytest.raises(CallsPaused, match="cannot be read; delete it if you know"):
        one.await_permission()


def test_a_refusal_without_a_zone_is_meant_in_utc(storage: FolderStorage, clock: Clock) -> None:
    one = Ledger(storage, APP, "one")
    one.refuse(7_200)
    [blob] = storage.list("landing/spotify/")
    storage.write(blob.path, b'{"not_before": "2026-11-16T13:00:00"}')
    assert one.not_before() == NOON.replace(hour=13, second=0)
    assert clock.now == NOON


def test_a_shorter_refusal_does_not_shorten_a_longer_one(
    storage: FolderStorage, clock: Clock
) -> None:
    until = Ledger(storage, APP, "one").refuse(86_400)
    assert Ledger(storage, APP, "two").refuse(61) == until == clock.now + DAY


def test_lessons_of_a_newer_version_do_not_confuse_an_older_one(storage: FolderStorage) -> None:
    one = Ledger(storage, APP, "one")
    one.keep_limits(AppLimits(quota=10))
    [blob] = storage.list("landing/spotify/")
    storage.write(blob.path, b'{"quota": 10, "moon": "full"}')
    assert one.limits() == AppLimits(quota=10)
    one.forget_limits()
    assert one.limits() == AppLimits()
