"""Random numbers that are a function of their coordinates and of nothing else.

Every draw comes from a hash (a counter-based generator), so neither the order of draws, nor other
things, nor the span of time that is asked for matters.
"""

import hashlib
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
Draws = npt.NDArray[np.float64]

GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def hashes_of(names: Iterable[str], seed: int) -> Hashes:
    """A hash for each name, such as a SongID; another seed gives other ones."""
    key = seed.to_bytes(8, "little", signed=True)
    digests = b"".join(
        hashlib.blake2b(name.encode(), digest_size=8, key=key).digest() for name in names
    )
    return np.frombuffer(digests, dtype="<u8").astype(np.uint64)


def uniform(hashes: Hashes, counters: npt.ArrayLike) -> Draws:
    """Numbers in [0, 1), one for each hash and counter; the shapes are broadcast."""
    bits = _mixed(hashes ^ _mixed(np.atleast_1d(np.asarray(counters, dtype=np.uint64))))
    return (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _mixed(values: Hashes) -> Hashes:
    """SplitMix64's output function (Steele, Lea, Flood, 2014): all bits depend on all bits."""
    z = values + GOLDEN
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))
