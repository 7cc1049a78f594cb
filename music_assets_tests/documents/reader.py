"""Somebody who follows a document: their checkout, their files, and what they type."""

import datetime as dt
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from music_assets.config.dagster_home import SETTINGS
from music_assets.landing.follow_inbox import put_follow_list
from music_assets.partitions import WEEKS, newest_key
from music_assets.sandbox.server import SandboxServer
from music_assets.storage.folder import FolderStorage
from music_assets.storage.paths import chart_file
from music_assets_tests.chart_files import GLOBAL, csv_of, line
from music_assets_tests.conftest import ROOT
from music_assets_tests.documents.blocks import PYTHON, Block
from music_assets_tests.house import small_world
from music_assets_tests.outside.histories import extended, streamed

#: What is typed in place of what stands there: `make` would make an environment.
STAND_INS = {
    "make run": "music-assets run",
    "2026-11-16": newest_key(),
}
#: As many weeks as the marts compare, and few enough to be quick.
FIRST_WEEK = WEEKS.get_partition_keys()[-12]
#: The answer to every question.
YES = "y\n" * 9
BROWSER = "import sys, urllib.request as r; r.urlopen(sys.argv[1])"


@dataclass(frozen=True)
class Reader:
    """A checkout as `make run` leaves it, without an activated environment, and its variables."""

    folder: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    def type(self, block: Block) -> subprocess.CompletedProcess[str]:
        """Run a block, with a shell or with Python."""
        text = block.text
        for said, typed in STAND_INS.items():
            text = text.replace(said, typed)
        python = block.language in PYTHON
        program = [sys.executable, "-c"] if python else ["bash", "-euo", "pipefail", "-c"]
        path = os.pathsep.join([str(self.folder / ".venv" / "bin"), os.environ["PATH"]])
        home = {"HOME": str(self.folder / "home"), "PATH": path, "COLUMNS": "200"}
        home["PYTHONPATH"] = str(ROOT)
        few_weeks = {"MUSIC_FIRST_WEEK": FIRST_WEEK}
        return subprocess.run(
            [*program, text], cwd=self.folder, env=home | few_weeks | dict(self.variables),
            input=YES, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
            timeout=300,
        )  # fmt: skip


def checkout(folder: Path) -> Path:
    """A checkout, and the files that its owner has downloaded."""
    for name in ("music_assets", "sql", "docs", "pyproject.toml", "workspace.yaml", ".env.example"):
        (folder / name).symlink_to(ROOT / name)
    (folder / ".venv").symlink_to(sys.prefix)
    downloads = folder / "home" / "Downloads"
    downloads.mkdir(parents=True)
    (downloads / "my_spotify_data.zip").write_bytes(extended([streamed(n) for n in range(400)]))
    (downloads / Path(chart_file(GLOBAL.key)).name).write_bytes(csv_of([line(1), line(2)]))
    return folder


def demo(folder: Path) -> Path:
    """A checkout after `make run`, with three artists, and a timeline of one of their songs."""
    checkout(folder)
    (folder / "data" / "dagster").mkdir(parents=True)
    shutil.copy(SETTINGS, folder / "data" / "dagster")
    pages = [{"items": list(small_world().followed)[:3]}]
    put_follow_list(FolderStorage(root=str(folder / "data" / "storage")), pages)
    ran = Reader(folder).type(Block("the demo", 0, "console", "music-assets run"))
    assert ran.returncode == 0, ran.stdout
    days = (dt.date.fromisoformat(newest_key()) - dt.timedelta(days=n) for n in range(1, 15))
    timeline = "\n".join(["date,streams", *(f"{day},5" for day in sorted(days))])
    (folder / "Waterloo-timeline.csv").write_text(timeline)
    own_song(folder)
    return folder


def own_song(folder: Path) -> None:
    """Name a track as the song whose timeline they have downloaded."""
    with closing(sqlite3.connect(folder / "data" / "music.db")) as connection, connection:
        [one] = connection.execute("SELECT min(SongID) FROM tracks").fetchone()
        connection.execute("UPDATE tracks SET Title = 'Waterloo' WHERE SongID = ?", [one])


def spotify(server: SandboxServer) -> dict[str, str]:
    """The variables of somebody whose app Spotify knows, with a browser that agrees at once."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    return {
        "SPOTIPY_CLIENT_ID": server.options.client_id,
        "SPOTIPY_CLIENT_SECRET": server.options.client_secret,
        "SPOTIPY_REDIRECT_URI": f"http://127.0.0.1:{port}/callback",
        "SPOTIFY_API_URL": server.url,
        "SPOTIFY_ACCOUNTS_URL": server.url,
        "MUSICBRAINZ_URL": server.url,
        "MUSICBRAINZ_CONTACT": "me@example.com",
        "BROWSER": f'{sys.executable} -c "{BROWSER}" %s &',
    }


def missing(expected: str, actual: str) -> Iterator[str]:
    """The lines of an expected output that the actual one lacks, in this order.

    Numbers may differ, and an ellipsis stands for anything.
    """
    printed = iter([_form(each) for each in actual.splitlines()])
    for wanted in filter(None, map(_form, expected.splitlines())):
        pattern = re.sub(r"([\[\]?*])", r"[\1]", wanted).replace("…", "*")
        if not any(fnmatchcase(each, pattern) for each in printed):
            yield wanted


def _form(line: str) -> str:
    return " ".join(re.sub(r"\d[\d.,]*", "0", line).split())
