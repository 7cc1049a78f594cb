"""Several at once: the result is that of one after the other, and nobody is locked out."""

import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from music_assets.config.dagster_home import SETTINGS
from music_assets.partitions import newest_key
from music_assets.sandbox.server import SandboxServer
from music_assets.sandbox.world import World
from music_assets_tests.house import House, dump, failures

RUN = ("music-assets", "run")
BACKFILL = (
    "dagster", "asset", "materialize", "--select", "*", "-m", "music_assets.definitions",
    "--partition", newest_key(),
)  # fmt: skip


def installation(
    folder: Path, environment: dict[str, str], server: SandboxServer
) -> dict[str, str]:
    """The variables of an installation in a folder, whose inbox has been filled."""
    (folder / "dagster").mkdir(parents=True)
    shutil.copy(SETTINGS, folder / "dagster")
    variables = environment | {
        "DAGSTER_HOME": str(folder / "dagster"),
        "MUSIC_STORAGE_URL": "storage",
        "MUSIC_DATABASE_URL": "sqlite:///music.db",
        "MUSIC_FIRST_WEEK": newest_key(),
        "SPOTIFY_API_URL": server.url,
        "SPOTIFY_ACCOUNTS_URL": server.url,
    }
    subprocess.run(("music-assets", "follow"), env=variables, cwd=folder, check=True)
    return variables


@pytest.mark.slow
@pytest.mark.parametrize(
    "commands",
    [
        (RUN, BACKFILL),
        pytest.param((RUN, RUN), marks=pytest.mark.faults),
        pytest.param((BACKFILL, BACKFILL), marks=pytest.mark.faults),
        pytest.param((RUN, BACKFILL, BACKFILL), marks=pytest.mark.faults),
    ],
    ids=lambda commands: " and ".join("run" if each == RUN else "backfill" for each in commands),
)
def test_a_run_and_a_backfill_at_once_give_what_one_gives(
    environment: dict[str, str], tmp_path: Path, commands: Sequence[Sequence[str]]
) -> None:
    with SandboxServer(World.fictional(8, 40, 200)) as server:
        alone, both = tmp_path / "alone", tmp_path / "both"
        variables = installation(alone, environment, server)
        subprocess.run(RUN, env=variables, cwd=alone, check=True, capture_output=True)
        variables = installation(both, environment, server)
        # One opens the history first: that two make its tables at once is Dagster's own trouble.
        subprocess.run(("music-assets", "prepare"), env=variables, cwd=both, check=True)
        processes = [
            subprocess.Popen(
                command,
                env=variables,
                cwd=both,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            for command in commands
        ]
        told = [process.communicate(timeout=300)[0] for process in processes]
    assert {process.returncode for process in processes} == {0}, told
    assert "database is locked" not in "".join(told)
    assert dump(both / "music.db") == dump(alone / "music.db")


def test_a_reader_that_holds_a_transaction_holds_up_no_run(tmp_path: Path) -> None:
    with SandboxServer(World.fictional(8, 40, 200)) as server:
        house = House(tmp_path, server)
        house.follow()
        assert failures(house.run("*")) == {}
        server.world = World.fictional(9, 45, 220)
        house.follow()
        with closing(sqlite3.connect(house.database_file, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            before = reader.execute("SELECT count(*) FROM artists").fetchone()
            assert failures(house.run("*")) == {}
            assert reader.execute("SELECT count(*) FROM artists").fetchone() == before
        assert len(house.rows("artists")) == 9
