"""A running `dg dev`: daemon, webserver and code server, as a user starts them."""

import signal
import socket
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psutil

from music_assets_tests.conftest import ROOT

#: Options for `dg dev`: the project's code, with sensors that look every few seconds.
QUICK = ("-m", "music_assets_tests.faults.quick_sensors", "--working-directory", str(ROOT))


@contextmanager
def dagster_dev(
    folder: Path, environment: Mapping[str, str], *code: str
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run `dg dev` for a `with` block, with its output in `dev.log`.

    Args:
        folder: that it works in.
        environment: of the process.
        code: options that name the code; the project's workspace unless given.
    """
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).parent / "dg"), "dev", "--port", str(port)]
    command += code or ["--workspace", str(ROOT / "workspace.yaml")]
    with (
        (folder / "dev.log").open("wb") as log,
        subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log) as server,
    ):
        try:
            yield server
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(timeout=60)


def runs_by_status(environment: Mapping[str, str]) -> Counter[str]:
    """The number of runs in the history, by status."""
    history = Path(environment["DAGSTER_HOME"]) / "history" / "runs.db"
    if not history.is_file():
        return Counter()
    with closing(sqlite3.connect(f"file:{history}?mode=ro", uri=True)) as connection:
        return Counter(status for (status,) in connection.execute("SELECT status FROM runs"))


def below(server: int, *, runs: bool) -> list[psutil.Process]:
    """The processes that `dg dev` has started: those of runs, or all others."""
    found = []
    for each in psutil.Process(server).children(recursive=True):
        # Some of them end while this looks at them.
        with suppress(psutil.NoSuchProcess):
            if ("spawn_main" in " ".join(each.cmdline())) == runs:
                found.append(each)
    return found
