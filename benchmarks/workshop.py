"""The place in which a run of the benchmarks works, and the folders in which cases start.

A house is a folder with everything that the project keeps: storage, database, Dagster's history.
"""

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from benchmarks.measuring import Cost, measure
from music_assets.config.dagster_home import SETTINGS
from music_assets.weeks import Week

ROOT = Path(__file__).parent.parent
#: The interpreter of the environment that holds what the project is measured against.
PEERS = ROOT / ".venv-peers" / "bin" / "python"
#: A developer's own settings have no part in a benchmark.
OURS = ("MUSIC_", "SPOTI", "DAGSTER_", "SPARK_", "DATABRICKS_")


@dataclass(frozen=True)
class Workshop:
    """A run of the benchmarks.

    Attributes:
        folder: for everything that it makes; gone at the end.
        rounds: of each case.
        scale: of the numbers of songs, albums and artists; 1 is the size of the bounds.
        sizes: the numbers of weeks after which a new one is measured.
        tell: takes lines for the person who waits.
    """

    folder: Path
    rounds: int
    scale: float
    sizes: tuple[int, ...]
    tell: Callable[[str], None]

    def scaled(self, count: int) -> int:
        """A number of things at this run's scale."""
        return max(1, round(count * self.scale))

    def place(self, name: str) -> Path:
        """An empty folder."""
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def start(self) -> Cost:
        """The cost of a trivial Dagster project, which runs one asset.

        Rooms whose bounds name it measure it in each of their rounds.
        """
        return ours(empty_house(self.place("trivial")), "benchmarks.trivial")


def empty_house(folder: Path) -> Path:
    """A house in an empty folder, without any row or history yet."""
    (folder / "dagster").mkdir(parents=True)
    shutil.copy(SETTINGS, folder / "dagster")
    return folder


def copied_house(house: Path, folder: Path) -> Path:
    """A copy of a house, in which whatever was made counts as made.

    Files in storage become links, since their versions contain their inodes; the project replaces
    such files and never writes into one. Everything else is copied.
    """
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(house, folder, ignore=lambda path, _: ["storage"] if path == str(house) else [])
    if (house / "storage").exists():
        shutil.copytree(house / "storage", folder / "storage", copy_function=os.link)
    return folder


def environment(house: Path, **more: str) -> dict[str, str]:
    """The environment of a process that works in a house."""
    outer = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return outer | {
        "DAGSTER_HOME": str(house / "dagster"),
        "MUSIC_STORAGE_URL": str(house / "storage"),
        "MUSIC_DATABASE_URL": f"sqlite:///{house}/music.db",
        # dlt would send a message for each run.
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "PYTHONWARNINGS": "ignore",
        **more,
    }


def ours(house: Path, module: str, *arguments: object, **more: str) -> Cost:
    """The cost of a module of the project's in a house."""
    command = [sys.executable, "-m", module, *arguments]
    return measure(command, environment(house, **more), house)


def peer(folder: Path, module: str, *arguments: object) -> Cost:
    """The cost of a module in the peers' environment."""
    return measure([PEERS, "-m", f"benchmarks.peers.{module}", *arguments], _plain(), folder)


def make_inputs(*arguments: object) -> None:
    """Make inputs in a process of its own, whose memory is then not this one's."""
    command = [sys.executable, "-m", "benchmarks.inputs", *map(str, arguments)]
    subprocess.run(command, check=True, env=_plain())


def sums(database: Path, kind: str) -> Mapping[str, object]:
    """Counts and sums of the tables that a case has filled, the same for the same rows."""
    command = [str(PEERS), "-m", "benchmarks.peers.sums", str(database), kind]
    told = subprocess.run(command, check=True, env=_plain(), stdout=subprocess.PIPE, text=True)
    found: Mapping[str, object] = json.loads(told.stdout)
    return found


def require_same(results: Mapping[str, Mapping[str, object]]) -> None:
    """Make sure that all cases ended in the same rows.

    Raises:
        ClickException: one of them did not.
    """
    first, *others = results.items()
    for name, found in others:
        if found != first[1]:
            raise click.ClickException(
                f"{name} ended in other rows than {first[0]}: {found}, not {first[1]}."
            )


def ended_weeks(count: int) -> list[Week]:
    """The newest weeks that have ended, oldest first."""
    this = Week.of(dt.datetime.now(dt.UTC).date())
    return this.and_before(count + 1)[:0:-1]


def _plain() -> dict[str, str]:
    return environment(Path(os.devnull))
