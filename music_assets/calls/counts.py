"""Counts of calls."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Counts:
    """The calls that a pacer has let through.

    Attributes:
        calls: calls made.
        retries: calls made again after a fault.
        refusals: calls answered 429.
    """

    calls: int = 0
    retries: int = 0
    refusals: int = 0

    @property
    def accepted(self) -> int:
        """Calls that were not refused. Failed ones are among them: Spotify may count those too."""
        return self.calls - self.refusals

    def __sub__(self, earlier: "Counts") -> "Counts":
        return Counts(
            self.calls - earlier.calls,
            self.retries - earlier.retries,
            self.refusals - earlier.refusals,
        )
