"""A process that has imported the project, and forks one that does a command's work when asked.

A command of its own would import for seconds. The forked process is killed like any other.

Run as a module, it reads requests from its input, one JSON object per line, and answers each with
one when the forked process has ended.
"""

import json
import os
import runpy
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Ended:
    """A command that has ended: its exit code, negative for a signal, and its output."""

    code: int
    boundaries: int
    output: str


class Forks:
    """Runs commands in forked processes of one that has imported the project."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def run(
        self,
        folder: Path,
        command: Sequence[str],
        *,
        kill_at: int | None = None,
        kill_after: float | None = None,
        patience: float = 120,
    ) -> Ended:
        """Run a command in a folder.

        Args:
            folder: that the command works in, with `dagster/` as its DAGSTER_HOME.
            command: module, and arguments.
            kill_at: the boundary at which it is killed.
            kill_after: the seconds after which it is killed.
            patience: the seconds after which it counts as hanging.
        """
        request = {
            "folder": str(folder),
            "command": list(command),
            "kill_at": kill_at,
            "kill_after": kill_after or patience,
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        output = (folder / "output.txt").read_text("utf-8", "replace")
        if answer["late"]:
            assert kill_after is not None, f"it hangs:\n{output[-3000:]}"
        return Ended(answer["code"], answer["boundaries"], output)


@contextmanager
def forks(environment: Mapping[str, str]) -> Iterator[Forks]:
    """A process to fork from, for a `with` block. Its variables are the commands' too."""
    command = [sys.executable, "-m", "music_assets_tests.faults.forking"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        yield Forks(process)
        assert process.stdin is not None
        process.stdin.close()
        process.wait(timeout=60)


def _serve() -> None:
    import music_assets.definitions  # noqa: F401, PLC0415

    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            _work(request)
        timer = threading.Timer(request["kill_after"], os.kill, (child, signal.SIGKILL))
        timer.start()
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        late = not timer.is_alive()
        timer.cancel()
        timer.join()
        count = Path(request["folder"]) / "boundaries.txt"
        passed = int(count.read_text()) if code >= 0 and count.exists() else 0
        sys.stdout.write(json.dumps({"code": code, "boundaries": passed, "late": late}) + "\n")
        sys.stdout.flush()


def _work(request: dict[str, Any]) -> None:
    """Do the command's work in this forked process, which then ends."""
    from music_assets_tests.faults.boundaries import Boundaries  # noqa: PLC0415

    os.chdir(request["folder"])
    os.environ["DAGSTER_HOME"] = str(Path("dagster").resolve())
    output = os.open("output.txt", os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(output, stream)
    sys.stdin = Path(os.devnull).open("r")  # noqa: SIM115
    boundaries = Boundaries(request["kill_at"])
    boundaries.watch(str(Path("music.db").resolve()))
    module, *arguments = request["command"]
    sys.argv = [module, *arguments]
    code: Any = 0
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        Path("boundaries.txt").write_text(str(boundaries.passed))
        os._exit(code or 0)


if __name__ == "__main__":
    _serve()
