"""Simulated weekly figures: a function of (seed, song, week) and of nothing else.

Spotify publishes no streams or downloads per song. The law is the original generator's: for each
song and week a mean and a standard deviation are drawn uniformly, then a figure from that normal
distribution, truncated to an integer and never below 0. Every draw comes from a hash of its
coordinates (a counter-based generator), so neither order, other songs, nor the range of weeks
matter.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
Figures = npt.NDArray[np.int64]

GOLDEN = np.uint64(0x9E3779B97F4A7C15)


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
        key = seed.to_bytes(8, "little", signed=True)
        digests = b"".join(
            hashlib.blake2b(song.encode(), digest_size=8, key=key).digest() for song in songs
        )
        self.songs = list(songs)
        self._hashes: Hashes = np.frombuffer(digests, dtype="<u8").astype(np.uint64)

    def downloads(self, week_id: int) -> Figures:
        """TotalWeeklyDownloads of each song in a week."""
        return self._figures(DOWNLOADS, week_id, first_draw=0)

    def streams(self, week_id: int) -> Figures:
        """WeeklyStreams of each song in a week."""
        return self._figures(STREAMS, week_id, first_draw=DRAWS)

    def _figures(self, law: Law, week_id: int, *, first_draw: int) -> Figures:
        draws = [self._uniform(week_id, first_draw + i) for i in range(DRAWS)]
        mean = law.mean[0] + (law.mean[1] - law.mean[0]) * draws[0]
        deviation = law.deviation[0] + (law.deviation[1] - law.deviation[0]) * draws[1]
        # Box and Muller, 1958. 1 - u lies in (0, 1], where the logarithm is finite.
        normal = np.sqrt(-2 * np.log(1 - draws[2])) * np.cos(2 * np.pi * draws[3])
        figures: Figures = np.maximum((mean + deviation * normal).astype(np.int64), 0)
        return figures

    def _uniform(self, week_id: int, draw: int) -> npt.NDArray[np.float64]:
        """One number in [0, 1) per song: 53 bits of the mixed coordinates."""
        week_and_draw = _mixed(np.array([week_id * 16 + draw], dtype=np.uint64))
        bits = _mixed(self._hashes ^ week_and_draw)
        return (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _mixed(values: Hashes) -> Hashes:
    """SplitMix64's output function (Steele, Lea, Flood, 2014): all bits depend on all bits."""
    z = values + GOLDEN
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))
