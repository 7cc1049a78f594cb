"""Simulated weekly figures: a function of (seed, song, week) and of nothing else.

Spotify publishes no streams or downloads per song. The law is the original generator's: for each
song and week a mean and a standard deviation are drawn uniformly, then a figure from that normal
distribution, truncated to an integer and never below 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from music_assets.sandbox.draws import hashes_of, uniform

Figures = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Law:
    """The ranges from which the mean and the standard deviation of a weekly figure are drawn."""

    mean: tuple[float, float]
    deviation: tuple[float, float]


#: The ranges of the original generator.
DOWNLOADS = Law(mean=(30_000, 70_000), deviation=(10_000, 30_000))
STREAMS = Law(mean=(400_000, 800_000), deviation=(150_000, 300_000))

# Numbers of the draws per song and week: mean, deviation, and two for a normal variate.
DRAWS = 4


class WeeklySimulator:
    """The figures of a set of songs.

    Args:
        songs: SongIDs; the arrays that the methods return keep their order.
        seed: another seed gives other figures.
    """

    def __init__(self, songs: Sequence[str], seed: int = 1) -> None:
        self.songs = list(songs)
        self._hashes = hashes_of(self.songs, seed)

    def downloads(self, week_id: int) -> Figures:
        """TotalWeeklyDownloads of each song in a week."""
        return self._figures(DOWNLOADS, week_id, first_draw=0)

    def streams(self, week_id: int) -> Figures:
        """WeeklyStreams of each song in a week."""
        return self._figures(STREAMS, week_id, first_draw=DRAWS)

    def _figures(self, law: Law, week_id: int, *, first_draw: int) -> Figures:
        draws = [uniform(self._hashes, week_id * 16 + first_draw + i) for i in range(DRAWS)]
        mean = law.mean[0] + (law.mean[1] - law.mean[0]) * draws[0]
        deviation = law.deviation[0] + (law.deviation[1] - law.deviation[0]) * draws[1]
        # Box and Muller, 1958. 1 - u lies in (0, 1], where the logarithm is finite.
        normal = np.sqrt(-2 * np.log(1 - draws[2])) * np.cos(2 * np.pi * draws[3])
        figures: Figures = np.maximum((mean + deviation * normal).astype(np.int64), 0)
        return figures
