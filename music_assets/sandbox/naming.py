"""Ids, awkward names and genres of invented artists, albums and tracks; `phrases` has other names.

Each is a function of a seed, a kind and a position, by BLAKE2b and integer arithmetic alone, so it
is the same on every machine and Python version. No name belongs to a real artist.
"""

import string
import sys
from hashlib import blake2b

#: Names that break careless code, for the artists, albums and tracks 1, 2, 3 … in this order.
AWKWARD_NAMES = (
    "架空の楽団・존재하지 않는 밴드",
    "Zorvane 🎧🪐👩🏽‍🚀",
    "Cafe\u0301 Norvu\u0308ln\u0303o",
    "فرقة خيالية / להקה בדיונית",
    'O\'Zannik & "The Quills" \u2018of\u2019 \u201cNowhere\u201d',
    "Bobbix'); DROP TABLE tracks;--",
    "100% Vellanor %s {0} ${HOME}",
    "C:\\Umbrix\\new\\table, comma; semicolon",
    "NULL",
    "=SUM(1,2)|cmd",
    ("Interminavo Lungovasterano " * 9)[:200],
)
#: The object of each kind whose id is its predecessor's with the case of letters swapped.
TWIN = 5
#: Positions of artists without genres, and of two whose only genres differ only in case.
GENRELESS = range(5, sys.maxsize, 7)
CASE_GENRES = {2: ["vapor drill"], 3: ["Vapor Drill"]}
GENRES = (
    "glimmer fusk",
    "polder swing",
    "næbcore",
    "tundra bop",
    "moss wave",
    "harbour trance",
    "brass gaze",
    "paper punk",
    "lowland choir",
    "attic soul",
    "ferro jazz",
    "salt folk",
    "r&b-ish & blues-ish",
    "ночной гул",
    "clockwork ska",
    "orchard house",
)
ONSETS = (
    "b",
    "br",
    "d",
    "dr",
    "f",
    "g",
    "gr",
    "h",
    "j",
    "k",
    "l",
    "m",
    "n",
    "p",
    "r",
    "s",
    "t",
    "v",
)
RIMES = ("a", "el", "en", "io", "or", "um")
SYLLABLES = [onset + rime for onset in ONSETS for rime in RIMES]
_DIGITS = string.digits + string.ascii_lowercase + string.ascii_uppercase
_PAIRS = [a + b for a in _DIGITS for b in _DIGITS]
_VALUES = {digit: value for value, digit in enumerate(_DIGITS)}
_ID_LENGTH = 22
_ID_SPACE = 2**128


def digest_of(seed: int, kind: str, position: int) -> bytes:
    """The 32 bytes that decide everything about one object."""
    return blake2b(f"{seed} {kind} {position}".encode(), digest_size=32).digest()


class Ids:
    """Maps positions 0, 1, 2 … to 22-digit base-62 ids and back, without a table.

    A position is multiplied by an odd number modulo 2**128, which is reversible and looks random.
    """

    def __init__(self, seed: int, kind: str) -> None:
        digest = digest_of(seed, f"{kind} ids", 0)
        self._factor = int.from_bytes(digest[:16]) | 1
        self._inverse = pow(self._factor, -1, _ID_SPACE)
        self._offset = int.from_bytes(digest[16:])

    def at(self, position: int) -> str:
        """The id at a position."""
        if position == TWIN:
            return self.at(TWIN - 1).swapcase()
        number = (self._offset + position * self._factor) % _ID_SPACE
        pairs = []
        for _ in range(_ID_LENGTH // 2):
            number, pair = divmod(number, len(_PAIRS))
            pairs.append(_PAIRS[pair])
        return "".join(reversed(pairs))

    def position(self, spotify_id: str) -> int:
        """The position of an id. Raises KeyError for any other text."""
        number = 0
        for digit in spotify_id:
            number = number * len(_DIGITS) + _VALUES[digit]
        position = (number - self._offset) * self._inverse % _ID_SPACE
        for candidate in (TWIN, position):
            if self.at(candidate) == spotify_id:
                return candidate
        raise KeyError(spotify_id)


def name_of(position: int, digest: bytes) -> str:
    """One to three invented words; bytes 0 to 7 of the digest decide."""
    if 1 <= position <= len(AWKWARD_NAMES):
        return AWKWARD_NAMES[position - 1]
    first, second = word_of(digest[:3]), word_of(digest[3:6])
    return (first, f"{first} {second}", f"The {first} {second}")[digest[6] % 3]


def word_of(choices: bytes) -> str:
    """An invented word of a syllable for each byte."""
    return "".join(SYLLABLES[choice % len(SYLLABLES)] for choice in choices).capitalize()


def genres_of(position: int, digest: bytes, *, awkward: bool) -> list[str]:
    """None to three genres; bytes 13 to 16 of the digest decide."""
    if awkward and position in CASE_GENRES:
        return CASE_GENRES[position]
    if position in GENRELESS:
        return []
    return sorted({GENRES[choice % len(GENRES)] for choice in digest[13 : 14 + digest[16] % 3]})
