"""The start: imports, and the smallest asset, against Dagster's own."""

import shutil
import sys

from benchmarks.lines import Line, Result, times
from benchmarks.measuring import Cost, interleaved, measure
from benchmarks.workshop import (
    Workshop,
    copied_house,
    empty_house,
    environment,
    make_inputs,
    ours,
)

MOST = 1.5
#: The asset with the fewest rows.
SMALLEST = "genres"


def result(workshop: Workshop) -> Result:
    """Measure both."""
    inputs = workshop.place("start")
    make_inputs("catalogue", 10, 20, 100, inputs)
    ours(inputs / "house", "benchmarks.worker", "--assets", "artists")

    def imports(module: str) -> Cost:
        command = [sys.executable, "-c", f"import {module}"]
        return measure(command, environment(inputs / "house"), inputs)

    def smallest() -> Cost:
        house = copied_house(inputs / "house", inputs / "ours")
        shutil.rmtree(house / "dagster")
        empty_house(house)
        return ours(house, "benchmarks.worker", "--assets", SMALLEST)

    steps = {
        "start": workshop.start,
        "import dagster": lambda: imports("dagster"),
        "import music_assets.definitions": lambda: imports("music_assets.definitions"),
        "smallest asset": smallest,
    }
    costs = interleaved(steps, workshop.rounds, workshop.tell)
    start, dagster, definitions, asset = costs.values()
    return Result(
        [
            Line(
                "`import music_assets.definitions`, against `import dagster`",
                str(definitions),
                str(dagster),
                bounds=[times(definitions.cpu, dagster.cpu, MOST, "`import dagster`")],
            ),
            Line(
                f"the smallest asset, `{SMALLEST}`, against a trivial project of one asset (start)",
                str(asset),
                str(start),
                bounds=[times(asset.cpu, start.cpu, MOST, "start")],
            ),
        ]
    )
