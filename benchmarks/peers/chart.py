"""A chart of a figure over a size, from JSON on the standard input to an SVG file.

python -m benchmarks.peers.chart FILE
"""

import json
import sys

import matplotlib as mpl

mpl.use("svg")
# The same figures give the same file.
mpl.rcParams["svg.hashsalt"] = "performance"
mpl.rcParams["svg.fonttype"] = "none"

from matplotlib import pyplot  # noqa: E402


def main() -> None:
    """Draw it."""
    growth = json.load(sys.stdin)
    figure, axes = pyplot.subplots(figsize=(7, 4), layout="constrained")
    # Room for the figure above the last point.
    axes.set_ymargin(0.12)
    for name, points in growth["curves"].items():
        sizes, figures = zip(*points, strict=True)
        axes.plot(sizes, figures, marker="o", label=name)
        axes.annotate(f"{figures[-1]:.1f}", points[-1], (0, 6), textcoords="offset points")
    axes.set_xlabel(growth["size"])
    axes.set_ylabel(growth["figure"])
    axes.set_ylim(bottom=0)
    axes.set_xlim(left=0)
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(sys.argv[1], metadata={"Date": None})


if __name__ == "__main__":
    main()
