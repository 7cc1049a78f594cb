"""A history that is loaded by a process that is killed again and again.

Each of its records is known to be a play, a repeat, an episode or damaged. So it can be told to the
row what became of each, and whether the kills changed anything.
"""

import random
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks.lines import Bound, Line
from benchmarks.listened import planted
from benchmarks.workshop import Workshop, copied_house, environment
from music_assets.loading.landed_plays import landed_plays
from music_assets.storage.folder import FolderStorage

ASSETS = "raw_plays,listened_songs,plays"
TABLES = ("listened_songs", "plays")
KILLS = 10
#: A process takes some seconds before it loads anything.
KILLED_AFTER_SECONDS = (2.0, 10.0)


def line(workshop: Workshop, plays: int) -> Line:
    """Load a history with kills and without, and compare what became of its records."""
    inputs = workshop.place("mixed")
    make = [sys.executable, "-m", "benchmarks.listened", str(plays), str(inputs), "--mixed"]
    subprocess.run(make, check=True)
    spared, killed = inputs / "spared", inputs / "killed"
    for house in (spared, killed):
        copied_house(inputs / "house", house)
    _loading(spared).wait()
    kills = _killed(killed)
    workshop.tell(f"killed {kills} times")
    told, sound = _outcome(killed), planted(inputs)
    expected = {
        "records": sound.records,
        "plays": sound.plays,
        "not music": sound.episodes,
        "quarantined": sound.damaged,
    }
    astray = sum(abs(told[name] - count) for name, count in expected.items())
    return Line(
        f"{sound.records:,} records, of which {sound.repeats:,} repeats, {sound.episodes:,} "
        f"episodes and {sound.damaged:,} damaged, by a process that is killed {kills} times",
        f"{told['plays']:,} plays, {told['not music']:,} not music, {told['quarantined']:,} in "
        "quarantine",
        bounds=[
            Bound("records that are not accounted for", astray, 0),
            Bound("rows other than without kills", _differences(spared, killed), 0),
        ],
    )


def _loading(house: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "benchmarks.worker", "--assets", ASSETS]
    return subprocess.Popen(command, env=environment(house), stdout=subprocess.DEVNULL)


def _killed(house: Path) -> int:
    """Load with kills at random moments, and then to the end; the number of kills."""
    drawn, kills = random.Random(1), 0
    for _ in range(KILLS):
        process = _loading(house)
        try:
            process.wait(drawn.uniform(*KILLED_AFTER_SECONDS))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            kills += 1
    if _loading(house).wait():
        raise ChildProcessError("The load failed after the kills.")
    return kills


def _outcome(house: Path) -> Mapping[str, int]:
    """The records of a house by what became of them."""
    storage = FolderStorage(root=str(house / "storage"))
    counts = landed_plays(storage).counts
    with sqlite3.connect(house / "music.db") as connection:
        [plays] = connection.execute("SELECT count(*) FROM plays").fetchone()
    rejects = {line for file in _quarantine(house) for line in file.read_text().splitlines()}
    return {
        "records": counts["records"],
        "plays": plays,
        "not music": counts["not_music"],
        "quarantined": len(rejects),
    }


def _quarantine(house: Path) -> list[Path]:
    return sorted((house / "storage" / "quarantine" / "plays").glob("*.ndjson"))


def _differences(one: Path, other: Path) -> int:
    """The number of rows that are in one house and not in the other."""
    found = 0
    with sqlite3.connect(one / "music.db") as connection:
        connection.execute("ATTACH ? AS other", [str(other / "music.db")])
        for table in TABLES:
            for a, b in (("main", "other"), ("other", "main")):
                only = f"SELECT * FROM {a}.{table} EXCEPT SELECT * FROM {b}.{table}"
                found += len(connection.execute(only).fetchall())
    return found
