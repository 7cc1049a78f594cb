"""`music-assets stream`: weeks' files that arrive while it runs, and while it is killed."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from music_assets.cli.terminal import INTERRUPTED
from music_assets.partitions import WEEKS
from music_assets.sandbox.server import SandboxServer
from music_assets.sandbox.world import World
from music_assets.storage.paths import landed_week, weekly_file
from music_assets.weeks import Week
from music_assets_tests.conftest import needs_spark
from music_assets_tests.house import House

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("stream")]

PATIENCE_SECONDS = 240
FILES = [Week.from_key(key) for key in WEEKS.get_partition_keys()[:20]]
#: A figure is its week's id times this, plus the number of its song.
FACTORS = {"weekly_streams": 100, "weekly_downloads": 1_000}


@dataclass
class Stream:
    """The command in a process of its own, on the house's storage and database."""

    house: House
    environment: dict[str, str]

    def start(self, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "music_assets.cli", "stream", *options]
        with (self.house.folder / "stream.log").open("ab") as log:
            return subprocess.Popen(
                command,
                cwd=self.house.folder,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def put(self, weeks: Sequence[Week]) -> None:
        """A file for each week that has none yet."""
        for week in weeks:
            if self.house.storage.find(weekly_file(week)) is None:
                self.house.storage.write(weekly_file(week), self.content(week))

    def content(self, week: Week, add: int = 0) -> bytes:
        """Figures that say which song's and which week's they are."""
        songs = [
            {
                "song_id": song,
                "weekly_data": {
                    "week": week.week_id,
                    "total_weekly_streams": week.week_id * 100 + number + add,
                    "total_weekly_downloads": week.week_id * 1_000 + number + add,
                },
            }
            for number, song in enumerate(self.songs())
        ]
        return json.dumps({"songs": songs}).encode()

    def songs(self) -> list[str]:
        return [str(row[0]) for row in self.house.rows("tracks")]

    def loaded(self) -> int:
        """The number of weeks in the second table that is filled."""
        with closing(sqlite3.connect(self.house.database_file, timeout=60)) as connection:
            query = "SELECT count(DISTINCT WeekID) FROM weekly_streams"
            return int(connection.execute(query).fetchone()[0])

    def log(self) -> str:
        """The output of all starts."""
        return (self.house.folder / "stream.log").read_text()

    def wait_for(self, *, weeks: int) -> None:
        self._wait(lambda: self.loaded() >= weeks)

    def wait_until_landed(self, week: Week) -> None:
        self._wait(lambda: self.house.storage.find(landed_week(week)) is not None)

    def _wait(self, holds: Callable[[], bool]) -> None:
        limit = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            assert time.monotonic() < limit, self.log()[-3_000:]
            time.sleep(0.05)

    def rows(self) -> list[tuple[object, ...]]:
        """The figures in the tables: table, week, song, figure."""
        return sorted(
            (table, row[0], row[1], row[4]) for table in FACTORS for row in self.house.rows(table)
        )

    def expected(self, weeks: Sequence[Week], add: int = 0) -> list[tuple[object, ...]]:
        """The rows that the files of `content` say."""
        return sorted(
            (table, week.week_id, song, week.week_id * factor + number + add)
            for table, factor in FACTORS.items()
            for week in weeks
            for number, song in enumerate(self.songs())
        )


@pytest.fixture
def stream(tmp_path: Path, environment: dict[str, str]) -> Stream:
    """A stream over a house that has a few tracks and no week yet."""
    needs_spark()
    (tmp_path / "spark").mkdir()
    defaults = "spark.master local[2]\nspark.sql.shuffle.partitions 2\n"
    (tmp_path / "spark" / "spark-defaults.conf").write_text(defaults)
    with SandboxServer(World.fictional(2, 4, 12)) as server:
        house = House(tmp_path, server)
        house.follow()
        until_landed = "group:follow_list or group:catalogue or key:raw_weekly"
        assert house.run(until_landed, weeks=[FILES[0].key]).success
    spark = {"MUSIC_ENGINE": "spark", "SPARK_CONF_DIR": str(tmp_path / "spark")}
    return Stream(house, environment | spark)


def test_every_row_is_there_once_whenever_the_stream_is_killed(stream: Stream) -> None:
    # Killed once when a week has landed and is in no table yet, and once when it is in the tables.
    running = stream.start("--continuous")
    stream.put(FILES[:4])
    stream.wait_for(weeks=4)
    stream.put(FILES[:7])
    stream.wait_until_landed(FILES[6])
    kill(running)
    assert stream.loaded() < 7
    running = stream.start("--continuous")
    stream.put(FILES[:11])
    stream.wait_for(weeks=11)
    stream.put(FILES[:14])
    stream.wait_for(weeks=12)
    kill(running)
    # Interrupted twice: the second time nothing is waited for.
    running = stream.start("--continuous")
    stream.put(FILES[:15])
    stream.wait_until_landed(FILES[14])
    for _ in range(2):
        os.killpg(running.pid, signal.SIGINT)
        time.sleep(1)
    assert running.wait(timeout=60) == INTERRUPTED
    running = stream.start("--continuous")
    stream.put(FILES[:18])
    stream.wait_for(weeks=18)
    stream.put(FILES)
    stream.wait_for(weeks=20)
    # As a terminal does: to the command and to whatever it has started.
    os.killpg(running.pid, signal.SIGINT)
    assert running.wait(timeout=60) == 0
    # Without --continuous it ends by itself, and here it has nothing to load.
    before = stream.log().count(" loaded.")
    assert stream.start().wait(timeout=PATIENCE_SECONDS) == 0
    assert stream.log().count(" loaded.") == before
    assert traces(stream.log()) == []
    assert stream.rows() == stream.expected(FILES)


@pytest.mark.faults
def test_a_file_is_loaded_whenever_it_can_be(stream: Stream) -> None:
    early, empty, changed, damaged = FILES[0], FILES[10], FILES[12], FILES[14]
    storage = stream.house.storage
    stream.put([early, changed])
    storage.write(weekly_file(empty), b"")
    # As before the Monday of a week: there is no partition for it.
    stream.environment["MUSIC_FIRST_WEEK"] = FILES[5].key
    assert stream.start().wait(timeout=PATIENCE_SECONDS) == 0
    assert f"weekly_data_{early.iso}.json waits" in stream.log()
    assert stream.rows() == stream.expected([changed])
    del stream.environment["MUSIC_FIRST_WEEK"]
    storage.write(weekly_file(empty), stream.content(empty))
    storage.write(weekly_file(changed), stream.content(changed, add=7))
    storage.write(weekly_file(damaged), b"{")
    assert stream.start().wait(timeout=PATIENCE_SECONDS) == 1
    [said] = [line for line in stream.log().splitlines() if line.startswith("Error: ")]
    assert weekly_file(damaged) in said
    # The damaged week holds up none of the others.
    rows = stream.expected([early, empty]) + stream.expected([changed], add=7)
    assert stream.rows() == sorted(rows)
    storage.delete(weekly_file(damaged))
    assert stream.start().wait(timeout=PATIENCE_SECONDS) == 0
    assert traces(stream.log()) == []


@pytest.mark.faults
def test_a_damaged_checkpoint_says_what_to_do(stream: Stream) -> None:
    stream.put(FILES[:1])
    assert stream.start().wait(timeout=PATIENCE_SECONDS) == 0
    stream.house.storage.write("checkpoints/weekly/offsets/0", b"zz")
    stream.put(FILES[:2])
    assert stream.start().wait(timeout=PATIENCE_SECONDS) == 1
    [said] = [line for line in stream.log().splitlines() if line.startswith("Error: ")]
    assert said.startswith("Error: Spark stopped the stream: ")
    assert said.endswith("is damaged, delete it, and every file is looked at again.")
    assert traces(stream.log()) == []
    shutil.rmtree(stream.house.storage.where("checkpoints/weekly"))
    assert stream.start().wait(timeout=PATIENCE_SECONDS) == 0
    assert stream.rows() == stream.expected(FILES[:2])


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a command and the Java that it started, as a machine that fails does."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=60)


def traces(log: str) -> list[str]:
    """The parts of a log that begin with the sign of a stack trace, as long as most of them are."""
    lines = log.splitlines()
    signs = ("Traceback", "\tat ", "Exception in thread")
    return [
        "\n".join(lines[number : number + 40])
        for number, line in enumerate(lines)
        if any(sign in line for sign in signs)
    ][:1]
