"""The cost of a process, measured from outside: CPU, wall and peak memory, and medians of them.

Whoever measures stays small: a process that it starts inherits its peak memory as the least one.
"""

import json
import os
import subprocess
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import median

import click

from benchmarks.notes import NOTES

#: Runs a step of a case and returns its cost.
Step = Callable[[], "Cost"]


@dataclass(frozen=True)
class Cost:
    """The cost of one process with its children, or the median of several.

    Attributes:
        cpu: seconds of user and system time.
        wall: seconds.
        peak: megabytes of the largest process at its peak.
        begun: CPU seconds that had passed when the work began: after the imports, and here after
            the definitions were loaded.
        http: CPU seconds spent in the HTTP client.
        report: seconds of the step that writes the report.
        pages: the report's files that it wrote.
    """

    cpu: float
    wall: float
    peak: float
    begun: float = 0.0
    http: float = 0.0
    report: float = 0.0
    pages: float = 0.0

    @property
    def work(self) -> float:
        """CPU seconds after the imports and outside the HTTP client."""
        return self.cpu - self.begun - self.http

    def beyond(self, start: "Cost") -> float:
        """CPU seconds beyond those of a trivial Dagster project."""
        return self.cpu - start.cpu

    def __str__(self) -> str:
        return f"{self.cpu:.2f} s ({self.wall:.2f} s, {self.peak:,.0f} MB)"


def measure(command: Sequence[object], environment: Mapping[str, str], folder: Path) -> Cost:
    """Run a command to its end in the current folder; its output goes into `folder`.

    Raises:
        ClickException: the command failed; the message ends as its output does.
    """
    log, notes = folder / "output.log", folder / "notes.json"
    notes.unlink(missing_ok=True)
    began = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(each) for each in command],
            env={**environment, NOTES: str(notes)},
            stdout=output,
            stderr=output,
        )
        _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        told = log.read_text(errors="replace")[-2_000:]
        raise click.ClickException(f"{' '.join(map(str, command))} failed:\n{told}")
    noted = json.loads(notes.read_text()) if notes.exists() else {}
    return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024, **noted)


def interleaved(
    steps: Mapping[str, Step],
    rounds: int,
    tell: Callable[[str], None],
    once: Collection[str] = (),
) -> dict[str, Cost]:
    """The median cost of each step, where every round runs all of them in order.

    Args:
        steps: by name.
        rounds: of all steps.
        tell: takes a line for each cost.
        once: the steps of the first round only, which take so long that no median is needed.
    """
    costs: dict[str, list[Cost]] = {name: [] for name in steps}
    for number in range(1, rounds + 1):
        for name, step in steps.items():
            if number > 1 and name in once:
                continue
            costs[name].append(step())
            tell(f"round {number}: {name} {costs[name][-1]}")
    return {name: _median(each) for name, each in costs.items()}


def _median(costs: Sequence[Cost]) -> Cost:
    names = [each.name for each in fields(Cost)]
    return Cost(**{name: median(getattr(each, name) for each in costs) for name in names})
