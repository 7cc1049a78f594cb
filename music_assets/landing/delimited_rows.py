"""The text of a table with a line per record, and its rows, however a program has written them."""

import codecs
import csv
import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

from music_assets.landing.subjects import folded

#: A quoted field may hold line breaks, but an open quote must not take the rest of the file.
MOST_LINES_OF_A_RECORD = 20
#: Words of a header in a sentence, and characters of each.
MOST_SHOWN, LONGEST_SHOWN = 20, 40
#: Spaces and apostrophes that programs set between the digits of a number, or before them.
SPACES = " \u00a0\u2009\u202f'\u2019"

#: The line that a row begins on, and its fields.
Row = tuple[int, list[str]]


def decoded(content: bytes) -> str:
    """The text of a file in UTF-8, UTF-16 or Windows' Latin-1, without a byte order mark."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")
    begin = content[:200]
    if begin.count(0) > len(begin) // 3:
        # Latin letters in UTF-16 have a zero as every second byte.
        return content.decode("utf-16-be" if begin[0] == 0 else "utf-16-le", "replace")
    text = content.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace")
    unreadable = text.count("\ufffd")
    # A file that was cut, or has one bad byte, is still in UTF-8 if most letters are.
    if unreadable == 0 or unreadable < sum(not each.isascii() for each in text) - unreadable:
        return text
    return content.decode("cp1252", "replace")


def shown(header: Sequence[str]) -> str:
    """The words of a header for a sentence."""
    clean = ("".join(filter(str.isprintable, each)).strip() for each in header[:MOST_SHOWN])
    return ", ".join(each[:LONGEST_SHOWN] or "''" for each in clean)


# Each row that may be a header is compared with every word that is known.
@lru_cache(maxsize=10_000)
def folded_word(text: str) -> str:
    """A header's word as it compares."""
    letters = unicodedata.normalize("NFD", text.strip(f'"{SPACES}'))
    bare = "".join(each for each in letters if not unicodedata.combining(each))
    return folded(re.sub(r"[_-]", " ", bare))


def rows_in(lines: Sequence[str], separator: str, width: int = 0, start: int = 0) -> Iterator[Row]:
    """The rows that are not blank: the line that each begins on, and its fields."""
    at = start
    while at < len(lines):
        row, used = _row(lines, at, separator, width)
        if any(each.strip() for each in row):
            yield at + 1, row
        at += used


def _row(lines: Sequence[str], at: int, separator: str, width: int) -> tuple[list[str], int]:
    """The fields of the row on a line, and the number of its lines.

    A quote that is not closed makes a record of several lines only if that has the header's width:
    it may as well be an inch, or the end of what a broken program has written.
    """
    if width and lines[at].count('"') % 2:
        for end in range(at + 2, min(at + MOST_LINES_OF_A_RECORD, len(lines)) + 1):
            if lines[end - 1].count('"') % 2:
                row = _fields("".join(lines[at:end]), separator, strict=True)
                if len(row) == width:
                    return row, end - at
                break
    return _fields(lines[at], separator), 1


def _fields(text: str, separator: str, *, strict: bool = False) -> list[str]:
    try:
        return next(csv.reader([text], delimiter=separator, strict=strict), [])
    except csv.Error:
        return [text[:LONGEST_SHOWN]]
