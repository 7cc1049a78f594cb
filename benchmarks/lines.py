"""Lines of the table of results, with the bounds that they keep or miss."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.measuring import Cost


@dataclass(frozen=True)
class Bound:
    """A figure and the most that it may be.

    Attributes:
        says: the figure's unit in words, such as `x by hand`.
        value: the figure.
        most: the largest value that keeps the bound.
    """

    says: str
    value: float
    most: float

    @property
    def kept(self) -> bool:
        """True if the figure is within the bound."""
        return self.value <= self.most

    def __str__(self) -> str:
        return f"{self.says}: {self.value:,.2f} of {self.most:,.2f}"


@dataclass(frozen=True)
class Line:
    """One line: a piece of work, and its cost by hand, with other tools and here.

    Attributes:
        work: in words.
        ours: the project's cost.
        floor: the cost by hand.
        peers: other tools' costs.
        bounds: of the project's cost.
    """

    work: str
    ours: str
    floor: str = ""
    peers: str = ""
    bounds: Sequence[Bound] = field(default_factory=tuple)

    @property
    def kept(self) -> bool:
        """True if every bound is kept."""
        return all(bound.kept for bound in self.bounds)

    @property
    def outcome(self) -> str:
        """`kept` or `MISSED`; empty for a line without bounds."""
        if not self.bounds:
            return ""
        return "kept" if self.kept else "MISSED"


@dataclass(frozen=True)
class Growth:
    """A figure over a size, for a chart.

    Attributes:
        name: of the chart's file.
        size: the label of the x axis.
        figure: the label of the y axis.
        curves: by name, pairs of a size and a figure.
    """

    name: str
    size: str
    figure: str
    curves: Mapping[str, Sequence[tuple[float, float]]]


@dataclass(frozen=True)
class Result:
    """The result of one room: lines of the table, and what is drawn as charts."""

    lines: Sequence[Line]
    growth: Sequence[Growth] = field(default_factory=tuple)


def of_peers(costs: Mapping[str, Cost]) -> str:
    """The costs of several tools, the cheapest first."""
    ordered = sorted(costs.items(), key=lambda pair: pair[1].cpu)
    return "; ".join(f"{name} {cost}" for name, cost in ordered)


def times(ours: float, other: float, most: float, than: str) -> Bound:
    """A bound of the ratio of two costs."""
    return Bound(f"x {than}", ours / other, most)
