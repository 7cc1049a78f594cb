"""The generated part of docs/performance.md: the table, and the charts beside it.

Lines of rooms that were not measured stay as they were, with their date.
"""

import datetime as dt
import json
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.lines import Growth, Line, Result
from benchmarks.workshop import PEERS, ROOT

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- generated: begin -->", "<!-- generated: end -->"
HEADER = (
    "| room | work | floor | peers | ours | bounds: figure of the most | outcome | date |\n"
    "|---|---|---|---|---|---|---|---|\n"
)
#: The charts, by the name of their growth.
CHARTS = {
    "weeks": "CPU seconds of one new week, over the weeks before it",
    "artists": "CPU seconds of a catalogue's first load, over its artists",
}


def write(room: str, result: Result, rounds: int, rooms: Sequence[str]) -> None:
    """Write the lines and the charts of a room's result.

    Args:
        room: that was measured.
        result: of it.
        rounds: that its medians are of.
        rooms: all of them, in the order of the table.
    """
    text = PAGE.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    old, _, after = rest.partition(END)
    rows = {each: _kept(old, each) for each in rooms}
    when = f"{dt.datetime.now(dt.UTC).date()}, {rounds} rounds"
    rows[room] = "".join(_row(room, line, when) for line in result.lines)
    for growth in result.growth:
        _draw(growth)
    charts = (
        f"\n![{told}]({_chart(name).name})\n"
        for name, told in CHARTS.items()
        if _chart(name).exists()
    )
    generated = f"{machine()}\n\n{HEADER}{''.join(rows.values())}{''.join(charts)}"
    PAGE.write_text(f"{before}{BEGIN}\n{generated}{END}{after}", "utf-8")


def machine() -> str:
    """The machine, its Python, and their versions, as a sentence."""
    processor = _first("/proc/cpuinfo", "model name") or platform.processor()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"Measured on {processor}, {len(os.sched_getaffinity(0))} cores, {memory:.0f} GB of "
        f"memory, {platform.system()} {platform.release()}, Python {platform.python_version()}."
    )


def _first(file: str, name: str) -> str:
    lines = Path(file).read_text().splitlines() if Path(file).exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(name)), "")


def _kept(table: str, room: str) -> str:
    """The rows of a room in the table as it was."""
    return "".join(
        line for line in table.splitlines(keepends=True) if line.startswith(f"| {room} |")
    )


def _row(room: str, line: Line, when: str) -> str:
    bounds = "<br>".join(map(str, line.bounds))
    cells = (room, line.work, line.floor, line.peers, line.ours, bounds, line.outcome, when)
    return f"| {' | '.join(cells)} |\n"


def _draw(growth: Growth) -> None:
    command = [str(PEERS), "-m", "benchmarks.peers.chart", str(_chart(growth.name))]
    subprocess.run(command, check=True, input=json.dumps(asdict(growth)), text=True, cwd=ROOT)


def _chart(name: str) -> Path:
    return PAGE.with_name(f"performance-{name}.svg")
