"""`music-assets stream`: weeks' files that arrive while it runs, and while it is killed."""

import json
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from music_assets.ingest.weekly import inbox_path
from music_assets.partitions import WEEKS
from music_assets.simulation.catalogue import Catalogue
from music_assets.simulation.sandbox import SandboxServer
from music_assets.weeks import Week
from music_assets_tests.conftest import needs_spark
from music_assets_tests.house import House

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("spark")]

PATIENCE_SECONDS = 240
FILES = [Week.from_key(key) for key in WEEKS.get_partition_keys()[:20]]
FACTS = {"weekly_streams": "WeeklyStreams", "weekly_downloads": "TotalWeeklyDownloads"}


@dataclass
class Stream:
    """The command in a process of its own, on the house's storage and database."""

    house: House
    environment: dict[str, str]

    def start(self, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "music_assets.cli", "stream", *options]
        with (self.house.folder / "stream.log").open("ab") as log:
            return subprocess.Popen(
                command, cwd=self.house.folder, env=self.environment, stdout=log, stderr=log
            )

    def put(self, weeks: Sequence[Week]) -> None:
        """A file for each week that has none yet."""
        for week in weeks:
            if self.house.storage.find(inbox_path(week)) is None:
                self.house.storage.write(inbox_path(week), self.content(week))

    def content(self, week: Week) -> bytes:
        """Figures that say which song's and which week's they are."""
        songs = [
            {
                "song_id": song,
                "weekly_data": {
                    "week": week.week_id,
                    "total_weekly_streams": week.week_id * 100 + number,
                    "total_weekly_downloads": week.week_id * 1_000 + number,
                },
            }
            for number, song in enumerate(self.songs())
        ]
        return json.dumps({"songs": songs}).encode()

    def songs(self) -> list[str]:
        return [str(row[0]) for row in self.house.rows("tracks")]

    def loaded(self) -> int:
        """How many weeks' files are in the second table that is filled."""
        with closing(sqlite3.connect(self.house.database_file, timeout=60)) as connection:
            query = "SELECT count(DISTINCT WeekID) FROM weekly_streams"
            return int(connection.execute(query).fetchone()[0])

    def wait_for(self, weeks: int) -> None:
        limit = time.monotonic() + PATIENCE_SECONDS
        while self.loaded() < weeks:
            log = (self.house.folder / "stream.log").read_text()[-3_000:]
            assert time.monotonic() < limit, log
            time.sleep(0.2)


@pytest.fixture
def stream(tmp_path: Path, environment: dict[str, str]) -> Stream:
    """A stream over a house that has a few tracks and no week yet."""
    needs_spark()
    (tmp_path / "spark").mkdir()
    defaults = "spark.master local[2]\nspark.sql.shuffle.partitions 2\n"
    (tmp_path / "spark" / "spark-defaults.conf").write_text(defaults)
    with SandboxServer(Catalogue.fictional(2, 4, 12)) as server:
        house = House(tmp_path, server)
        house.follow()
        assert house.run("group:landing or group:catalog", weeks=[FILES[0].key]).success
    spark = {"MUSIC_ENGINE": "spark", "SPARK_CONF_DIR": str(tmp_path / "spark")}
    return Stream(house, environment | spark)


def test_every_row_is_there_once_whenever_the_stream_is_killed(stream: Stream) -> None:
    for last, waiting, arriving in ((5, 4, 7), (12, 11, 14), (20, 18, 20)):
        running = stream.start("--continuous")
        try:
            stream.put(FILES[:waiting])
            stream.wait_for(waiting)
            stream.put(FILES[:arriving])
            stream.wait_for(last)
        finally:
            # The tables have a week before its batch has ended, so the kill comes in between.
            running.send_signal(signal.SIGKILL if last < len(FILES) else signal.SIGINT)
            ended = running.wait(timeout=60)
    assert ended == 0
    # Without --continuous it ends by itself.
    assert stream.start().wait(timeout=PATIENCE_SECONDS) == 0
    songs = stream.songs()
    for table, column in FACTS.items():
        factor = 100 if table == "weekly_streams" else 1_000
        with stream.house.connection() as connection:
            found = connection.exec_driver_sql(f"SELECT WeekID, SongID, {column} FROM {table}")
            rows = sorted(tuple(row) for row in found)
        assert rows == sorted(
            (week.week_id, song, week.week_id * factor + number)
            for week in FILES
            for number, song in enumerate(songs)
        )
