"""A running `dg dev`: what happens when a list lands and nobody touches anything."""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from music_assets.landing.follow_inbox import put_follow_list
from music_assets.partitions import WEEKS
from music_assets.storage.folder import FolderStorage
from music_assets_tests.chart_files import csv_of, line
from music_assets_tests.conftest import ROOT
from music_assets_tests.faults.test_listening_canaries import seen
from music_assets_tests.house import small_world
from music_assets_tests.outside.dagster_dev import dagster_dev, runs_by_status
from music_assets_tests.outside.histories import account, episode, extended, streamed, text

PATIENCE_SECONDS = 240
#: What a person has in a checkout.
OWN = {".env", ".git", "data"}
#: Once, in a history that no daemon has looked at.
DAGSTERS_OWN = "No cursor for event type"

pytestmark = pytest.mark.slow


@pytest.fixture
def running(environment: dict[str, str], tmp_path: Path) -> Iterator[None]:
    with dagster_dev(tmp_path, environment):
        yield


def test_it_warns_of_nothing_at_its_start_in_a_checkout(
    environment: dict[str, str], tmp_path: Path
) -> None:
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    for each in ROOT.iterdir():
        if each.name not in OWN:
            (checkout / each.name).symlink_to(each)
    with dagster_dev(checkout, environment):
        said = checkout / "dev.log"
        wait_until(lambda: "Serving dagster-webserver" in said.read_text("utf-8"), checkout)
        wait_until(lambda: "Sensor followed_artists_sensor" in said.read_text("utf-8"), checkout)
    lines = [line for line in said.read_text("utf-8").splitlines() if "INFO" not in line]
    assert [line for line in lines if DAGSTERS_OWN not in line] == []


@pytest.mark.usefixtures("running")
def test_a_list_that_lands_fills_the_tables_and_a_backfill_replaces_its_weeks(
    environment: dict[str, str], tmp_path: Path
) -> None:
    database = tmp_path / "music.db"
    pages = [{"items": list(small_world().followed)[:3]}]
    put_follow_list(FolderStorage(root=environment["MUSIC_STORAGE_URL"]), pages)
    weeks = len(WEEKS.get_partition_keys())
    wait_until(lambda: finished(environment) == 1, tmp_path)
    tracks = count(database, "SELECT count(*) FROM tracks")
    assert count(database, "SELECT count(*) FROM artists") == 3
    assert tracks > 0
    assert count(database, "SELECT count(*) FROM weekly_streams") == tracks * weeks

    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("DELETE FROM weekly_streams WHERE WeekID IN (202601, 202602)")
    backfill = [sys.executable, "-m", "dagster", "job", "backfill", "--noprompt"]
    backfill += ["--workspace", str(ROOT / "workspace.yaml"), "--job", "weekly_job"]
    backfill += ["--partitions", "2025-12-29,2026-01-05"]
    subprocess.run(backfill, cwd=tmp_path, env=environment, check=True, capture_output=True)
    wait_until(lambda: finished(environment) == 3, tmp_path)
    assert count(database, "SELECT count(*) FROM weekly_streams") == tracks * weeks


@pytest.mark.usefixtures("running")
def test_files_that_are_dropped_as_downloaded_reach_the_marts_by_themselves(
    environment: dict[str, str], tmp_path: Path
) -> None:
    storage, database = FolderStorage(root=environment["MUSIC_STORAGE_URL"]), tmp_path / "music.db"
    history = extended([streamed(number) for number in range(500)], [episode(501), streamed(502)])
    storage.write("listening/my_spotify_data.zip", history)
    # The last of the account's plays is not in the history, and names its song only.
    known = text([account(number) for number in (10, 11, 499)] + [account(600)])
    storage.write("listening/StreamingHistory_music_0.json", known)
    chart = csv_of([line(rank) for rank in range(1, 201)])
    storage.write("charts/regional-global-weekly-2026-11-19.csv", chart)
    wait_until(lambda: count(database, "SELECT count(*) FROM chart_entries") == 200, tmp_path)
    wait_until(lambda: count(database, "SELECT count(*) FROM plays") == 502, tmp_path)
    wait_until(lambda: count(database, "SELECT sum(Plays) FROM my_weekly_plays") == 502, tmp_path)
    assert count(database, "SELECT count(*) FROM listened_songs") == 502
    assert count(database, "SELECT count(*) FROM my_discoveries") == 502
    wait_until(lambda: finished(environment) >= 1, tmp_path)
    assert seen(tmp_path) == []


def finished(environment: dict[str, str]) -> int:
    """The number of runs that have succeeded. A run that failed ends the test."""
    statuses = runs_by_status(environment)
    assert "FAILURE" not in statuses
    return statuses["SUCCESS"]


def count(database: Path, query: str) -> int:
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute(query).fetchone()[0])


def wait_until(condition: Callable[[], bool], tmp_path: Path) -> None:
    """Look again every second."""
    for _ in range(PATIENCE_SECONDS):
        try:
            if condition():
                return
        except sqlite3.OperationalError:
            pass  # Dagster is still making its tables.
        time.sleep(1)
    pytest.fail((tmp_path / "dev.log").read_text("utf-8")[-3000:])
