"""Placings: where something stood in the lists of earlier weeks."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from music_assets.weeks import Week


class Placing(NamedTuple):
    """A place in a week's list, and the places before it.

    Attributes:
        rank: the place in this week.
        before: the place in the week before; None if it was not on the list.
        weeks: the number of lists of this kind of figures that it was on, this one among them.
        peak: the best place on them.
        compared: True if the week before has a list of the same kind of figures.
    """

    rank: int
    before: int | None
    weeks: int
    peak: int
    compared: bool

    @property
    def movement(self) -> str:
        """`new`, `back`, `up`, `down` or `same`; "" where there is nothing to compare with."""
        if not self.compared:
            return ""
        if self.before is None:
            return "new" if self.weeks == 1 else "back"
        if self.before == self.rank:
            return "same"
        return "up" if self.before > self.rank else "down"

    @property
    def places(self) -> int:
        """The number of places that it has moved."""
        return abs((self.before or self.rank) - self.rank)


def placings(lists: Iterable[tuple[Week, str, Sequence[str]]]) -> dict[Week, dict[str, Placing]]:
    """The placing of each member of each week's list.

    Simulated and real lists are never compared, so each kind of figures has a past of its own.

    Args:
        lists: the weeks, oldest first, each with its kind of figures and its members in order.
    """
    found: dict[Week, dict[str, Placing]] = {}
    past: dict[tuple[str, str], Placing] = {}
    newest: dict[str, Week] = {}
    for week, kind, members in lists:
        compared = newest.get(kind) == week.and_before(2)[1]
        earlier = found[newest[kind]] if compared else {}
        found[week] = {}
        for rank, member in enumerate(members, 1):
            before = past.get((kind, member))
            here = earlier.get(member)
            found[week][member] = past[kind, member] = Placing(
                rank,
                here.rank if here else None,
                before.weeks + 1 if before else 1,
                min(before.peak, rank) if before else rank,
                compared,
            )
        newest[kind] = week
    return found
