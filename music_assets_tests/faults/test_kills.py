"""Kill -9 at any moment of a full graph, and one plain run after it."""

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from music_assets.config.dagster_home import SETTINGS
from music_assets.partitions import newest_key
from music_assets.sandbox.server import SandboxServer
from music_assets.sandbox.world import World
from music_assets_tests.chart_files import csv_of, line
from music_assets_tests.faults.forking import Forks, forks
from music_assets_tests.house import dump
from music_assets_tests.outside.dagster_dev import QUICK, below, dagster_dev
from music_assets_tests.outside.histories import extended, streamed

FOLLOW = ("music_assets.cli", "follow")
RUN = ("music_assets.cli", "run")
MATERIALIZE = ("dagster", "asset", "materialize", "--select", "*", "-m", "music_assets.definitions",
               "--partition", newest_key())  # fmt: skip

#: On one worker, since each worker would make an uninterrupted run of its own.
together = pytest.mark.xdist_group("kills")


@pytest.fixture(scope="module")
def commands() -> Iterator[tuple[dict[str, str], Forks]]:
    """Commands against a sandbox, and their variables. Each works in a folder of its own."""
    with SandboxServer(World.fictional(8, 40, 200)) as server:
        variables = {
            "MUSIC_STORAGE_URL": "storage",
            "MUSIC_DATABASE_URL": "sqlite:///music.db",
            "MUSIC_FIRST_WEEK": newest_key(),
            "SPOTIFY_API_URL": server.url,
            "SPOTIFY_ACCOUNTS_URL": server.url,
            "SPOTIPY_CLIENT_ID": "sandbox",
            "SPOTIPY_CLIENT_SECRET": "sandbox",
            "SPOTIFY_REFRESH_TOKEN": "sandbox",
            "MUSICBRAINZ_URL": server.url,
            "MUSICBRAINZ_CONTACT": "me@example.com",
            "MUSICBRAINZ_REQUESTS_PER_SECOND": "1000",
        }
        with forks(os.environ | variables) as process:
            yield variables, process


def new_house(folder: Path) -> Path:
    """An empty installation in a folder."""
    (folder / "dagster").mkdir(parents=True)
    shutil.copy(SETTINGS, folder / "dagster")
    return folder


def put_files(storage: Path) -> None:
    """Put files that people download into the inboxes: a history of two months, and a chart."""
    for folder in ("listening", "charts"):
        (storage / folder).mkdir(parents=True)
    heard = [streamed(number) for number in (0, 1, 1, 12_000)]
    (storage / "listening" / "my_spotify_data.zip").write_bytes(extended(heard))
    chart = csv_of([line(rank) for rank in range(1, 4)])
    (storage / "charts" / "regional-global-weekly-2026-11-19.csv").write_bytes(chart)


@dataclass(frozen=True)
class Killing:
    """A way to materialise everything, and what comes of it when nobody interferes.

    Attributes:
        environment: of the command.
        forks: run it.
        inbox: a folder with nothing but a follow list in its inbox.
        expected: the dump of the database after an uninterrupted run.
        boundaries: the write boundaries that such a run passes.
        seconds: how long it takes.
    """

    environment: dict[str, str]
    forks: Forks
    command: Sequence[str]
    inbox: Path
    expected: str
    boundaries: int
    seconds: float

    def harm(self, folder: Path, **kill: Any) -> str | None:
        """Kill the command once, run it again, and tell what is not as it would have been."""
        shutil.copytree(self.inbox, folder)
        killed = self.forks.run(folder, self.command, **kill)
        assert killed.code in (-signal.SIGKILL, 0), killed.output[-3000:]
        again = self.forks.run(folder, RUN)
        if again.code != 0:
            return f"{kill}: the next run fails: {again.output[-1500:]}"
        if dump(folder / "music.db") != self.expected:
            return f"{kill}: other tables"
        shutil.rmtree(folder)
        return None


@pytest.fixture(scope="module", params=[RUN, MATERIALIZE], ids=["run", "materialize"])
def killing(
    request: pytest.FixtureRequest,
    commands: tuple[dict[str, str], Forks],
    tmp_path_factory: pytest.TempPathFactory,
) -> Killing:
    environment, forked = commands
    folder = tmp_path_factory.mktemp("uninterrupted")
    inbox = new_house(folder / "inbox")
    assert forked.run(inbox, FOLLOW).code == 0
    put_files(inbox / "storage")
    whole = shutil.copytree(inbox, folder / "whole")
    begun = time.monotonic()
    ended = forked.run(whole, request.param)
    assert ended.code == 0, ended.output[-3000:]
    seconds = time.monotonic() - begun
    return Killing(
        environment,
        forked,
        request.param,
        inbox,
        dump(whole / "music.db"),
        ended.boundaries,
        seconds,
    )


@together
def test_a_kill_at_some_boundaries_leaves_no_trace_after_the_next_run(
    killing: Killing, tmp_path: Path
) -> None:
    some = range(1, killing.boundaries + 1, killing.boundaries // 2)
    assert harms(killing, tmp_path, [{"kill_at": each} for each in some]) == []


@together
def test_a_kill_at_some_moment_leaves_no_trace_after_the_next_run(
    killing: Killing, tmp_path: Path
) -> None:
    moments = random.Random(1).choices(range(1000), k=1)
    kills = [{"kill_after": killing.seconds * each / 1000 + 0.001} for each in moments]
    assert harms(killing, tmp_path, kills) == []


@pytest.mark.faults
@pytest.mark.parametrize("part", range(4))
def test_a_kill_at_every_boundary_leaves_no_trace_after_the_next_run(
    killing: Killing, tmp_path: Path, part: int
) -> None:
    every = range(1 + part, killing.boundaries + 1, 4)
    assert harms(killing, tmp_path, [{"kill_at": each} for each in every]) == []


@pytest.mark.faults
def test_a_kill_at_fifty_random_moments_leaves_no_trace_after_the_next_run(
    killing: Killing, tmp_path: Path
) -> None:
    moments = random.SystemRandom().choices(range(1000), k=50)
    kills = [{"kill_after": killing.seconds * each / 1000 + 0.001} for each in moments]
    assert harms(killing, tmp_path, kills) == []


def harms(killing: Killing, folder: Path, kills: Sequence[dict[str, Any]]) -> list[str]:
    """Everything that is not as it would have been, after each of the kills."""
    found = (killing.harm(folder / str(number), **kill) for number, kill in enumerate(kills))
    return [each for each in found if each is not None]


@pytest.mark.faults
@pytest.mark.parametrize("killing", [RUN], indirect=True, ids=["sensor"])
@pytest.mark.parametrize("seconds", [0.5, 3, 6])
def test_a_killed_run_of_a_sensor_is_in_no_ones_way(
    killing: Killing, environment: dict[str, str], tmp_path: Path, seconds: float
) -> None:
    environment |= killing.environment | {"MUSIC_STORAGE_URL": str(tmp_path / "storage")}
    with dagster_dev(tmp_path, environment, *QUICK) as server:
        shutil.copytree(killing.inbox / "storage", tmp_path / "storage")
        worker = first_worker(server.pid)
        time.sleep(seconds)
        worker.kill()
        again = subprocess.run(
            ("music-assets", "run"),
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            timeout=240,
            check=False,
        )
        assert again.returncode == 0, again.stdout + again.stderr
        assert dump(tmp_path / "music.db") == killing.expected


def first_worker(server: int) -> psutil.Process:
    """The process of the first run that the daemon launches."""
    for _ in range(1200):
        for each in below(server, runs=True):
            return each
        time.sleep(0.1)
    pytest.fail("no run was launched")
