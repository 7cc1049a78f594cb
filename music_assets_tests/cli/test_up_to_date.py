"""`music-assets run` is over the weeks that have something to do, and leaves nothing undone."""

import json
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from music_assets.cli.outcome import RunOutcome, Step, together
from music_assets.partitions import WEEKS
from music_assets.sandbox.world import World
from music_assets.storage.folder import FolderStorage
from music_assets.storage.paths import FOLLOW_LIST, weekly_file
from music_assets.weeks import Week
from music_assets_tests.conftest import Sandbox

KEYS = WEEKS.get_partition_keys()[-4:]
FIRST, SECOND, THIRD, NEWEST = KEYS
ALL = ("full_graph", FIRST, NEWEST)
NOTHING = ("full_graph", NEWEST, NEWEST)


@dataclass
class Installation:
    """A folder and what the command is told there."""

    folder: Path
    environment: dict[str, str]

    @property
    def storage(self) -> FolderStorage:
        return FolderStorage(root=str(self.folder / "storage"))

    def run(self, *, ends: int = 0) -> list[tuple[str, str, str]]:
        """The runs that the command launches, oldest first: job, first and last week."""
        before = len(self._runs())
        command = ["music-assets", "run"]
        done = subprocess.run(
            command, env=self.environment, cwd=self.folder, check=False, capture_output=True,
            text=True, timeout=240,
        )  # fmt: skip
        assert done.returncode == ends, done.stdout + done.stderr
        return self._runs()[before:]

    def _runs(self) -> list[tuple[str, str, str]]:
        history = self.folder / "dagster" / "history" / "runs.db"
        if not history.exists():
            return []
        with closing(sqlite3.connect(history)) as connection:
            runs = connection.execute("SELECT pipeline_name, run_body FROM runs ORDER BY id")
            bodies = [(job, json.loads(body)["tags"]) for job, body in runs]
        names = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"
        return [(job, *(tags[name] for name in names)) for job, tags in bodies]

    def query(self, statement: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.folder / "music.db")) as connection, connection:
            return connection.execute(statement).fetchall()

    def figures(self) -> list[tuple[object, ...]]:
        """The weeks that have figures, each with their number."""
        return self.query("SELECT WeekID, count(*) FROM weekly_streams GROUP BY WeekID")

    def follow(self, artists: int) -> None:
        """Put a list of the first artists that were followed into the inbox."""
        [*pages] = map(json.loads, self.storage.read(FOLLOW_LIST)[1].splitlines())
        items = [item for page in pages for item in page["items"]][:artists]
        page = {"items": items, "total": len(items)}
        self.storage.write(FOLLOW_LIST, json.dumps(page).encode())


@pytest.fixture
def installation(tmp_path: Path, environment: dict[str, str], sandbox: Sandbox) -> Installation:
    """One with four weeks, which has run."""
    url = sandbox(World.fictional(3, 6, 24)).url
    known = {"MUSIC_FIRST_WEEK": FIRST, "SPOTIFY_API_URL": url, "SPOTIFY_ACCOUNTS_URL": url}
    installed = Installation(tmp_path, environment | known)
    assert installed.run() == [ALL]
    return installed


def an_edited_row(here: Installation) -> None:
    here.query(f"UPDATE weekly_streams SET WeeklyStreams = 1 WHERE WeekID = {week(SECOND)}")


def a_file(here: Installation) -> None:
    [(song,)] = here.query("SELECT min(SongID) FROM tracks")
    number = Week.from_key(SECOND).week_id % 100
    figures = {"week": number, "total_weekly_streams": 7, "total_weekly_downloads": 1}
    given = {"songs": [{"song_id": song, "weekly_data": figures}]}
    path = weekly_file(Week.from_key(SECOND))
    here.storage.write(path, json.dumps(given).encode())


def a_landing_that_is_gone(here: Installation) -> None:
    here.storage.clear(f"landing/weekly/{SECOND}/")


def no_database(here: Installation) -> None:
    (here.folder / "music.db").unlink()


def no_history(here: Installation) -> None:
    shutil.rmtree(here.folder / "dagster" / "history")


def fewer_artists(here: Installation) -> None:
    here.follow(2)


def week(key: str) -> int:
    return Week.from_key(key).week_id


ONLY_SECOND = [("full_graph", SECOND, SECOND)]
#: The tracks go with the artist, in the first run; what is simulated for the others comes after.
THEN_THE_OTHERS = [NOTHING, ("weekly_job", FIRST, THIRD)]
CASES: list[tuple[Callable[[Installation], None], list[tuple[str, str, str]]]] = [
    (an_edited_row, ONLY_SECOND),
    (a_file, ONLY_SECOND),
    (a_landing_that_is_gone, ONLY_SECOND),
    (no_database, [ALL]),
    (no_history, [ALL]),
    (fewer_artists, THEN_THE_OTHERS),
]


@pytest.mark.slow
def test_an_unchanged_installation_has_its_newest_week_looked_at(
    installation: Installation,
) -> None:
    before = installation.figures()
    assert [row[0] for row in before] == [week(key) for key in KEYS]
    assert installation.run() == [NOTHING]
    assert installation.figures() == before


@pytest.mark.slow
@pytest.mark.parametrize(("change", "runs"), CASES, ids=[each.__name__ for each, _ in CASES])
def test_whatever_has_changed_is_brought_up_to_date(
    installation: Installation,
    change: Callable[[Installation], None],
    runs: list[tuple[str, str, str]],
) -> None:
    change(installation)
    assert installation.run() == runs
    [(tracks,)] = installation.query("SELECT count(*) FROM tracks")
    given = 1 if change is a_file else tracks
    expected = [(week(key), given if key == SECOND else tracks) for key in KEYS]
    assert installation.figures() == expected
    assert installation.run() == [NOTHING]


@pytest.mark.slow
def test_a_bad_week_alone_holds_up_neither_marts_nor_report(installation: Installation) -> None:
    bad = weekly_file(Week.from_key(SECOND))
    installation.storage.write(bad, b"{")
    installation.query("UPDATE artists SET Name = 'Somebody'")
    report = installation.storage.find("reports/index.html")
    assert installation.run(ends=1) == [*ONLY_SECOND, ("weekly_job", NEWEST, NEWEST)]
    assert installation.storage.find("reports/index.html") != report
    assert [row[0] for row in installation.figures()] == [week(key) for key in KEYS]
    installation.storage.delete(bad)
    assert installation.run() == ONLY_SECOND


def test_the_counts_of_two_runs_add_up_and_the_rows_are_the_last() -> None:
    first = RunOutcome(
        [Step("tracks", 9, {"inserted": 9}, 1.0), Step("weekly_streams", 9, {"inserted": 9}, 1.0)],
        ["some", "each"],
        [],
    )
    then = RunOutcome(
        [Step("weekly_streams", 18, {"inserted": 9, "deleted": 1}, 2.0)], ["each"], ["no"]
    )
    assert together(first, then) == RunOutcome(
        [
            Step("tracks", 9, {"inserted": 9}, 1.0),
            Step("weekly_streams", 18, {"inserted": 18, "deleted": 1}, 3.0),
        ],
        ["some", "each"],
        ["no"],
    )
