"""Tables of text with a line per record (CSV, TSV), as people download and save them.

Programs and countries differ in all but the order of the fields: in the separator, the encoding,
the words of the header, the form of numbers and days. What is read here is text by column; what it
is worth is judged elsewhere.
"""

import datetime as dt
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from music_assets.landing.delimited_rows import SPACES, Row, decoded, folded_word, rows_in, shown

# Header words of English, German, French, Spanish, Portuguese and Italian.
RANK = (
    *("rank", "position", "pos", "platz", "rang", "classement", "puesto", "posición", "posição"),
    *("classificação", "posizione"),
)
TITLE = (
    *("track name", "track", "song", "song name", "title", "titel", "titre", "morceau", "chanson"),
    *("canción", "título", "música", "faixa", "titolo", "brano"),
)
ARTIST = (
    *("artist names", "artist", "artists", "artist name", "künstler", "interpret", "artiste"),
    *("artistes", "artista", "artistas", "intérprete", "artisti"),
)
STREAMS = (
    *("streams", "plays", "wiedergaben", "écoutes", "lectures", "reproducciones", "reproduções"),
    *("ascolti", "riproduzioni"),
)
DATE = ("date", "day", "datum", "tag", "jour", "fecha", "día", "data", "dia", "giorno")

#: Separators of fields; the one that finds the most columns is taken.
SEPARATORS = ",;\t|"
#: Some programs write a title or a note above the header.
MOST_LINES_ABOVE = 10
_NUMBER = re.compile(
    rf"(?P<sign>[-\u2212]?)"
    rf"(?P<whole>[0-9]{{1,18}}|[0-9]{{1,3}}(?P<mark>[.,{SPACES}])[0-9]{{3}}(?:(?P=mark)[0-9]{{3}}){{0,4}})"
    rf"(?:[.,]0{{1,2}})?"
)
_YEAR_FIRST = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})(?:[T ].*)?")
_YEAR_LAST = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4})(?:[T ].*)?")
_ISO_DAY = re.compile(r"(?<![0-9])[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])")

#: The part that days written as 05/03/2026 begin with.
First = Literal["day", "month"]
_EACH_FIRST: tuple[First, First] = ("day", "month")
#: The number of each column's field; None for one that is not there.
_Places = dict[str, int | None]


class DelimitedError(ValueError):
    """A file, or a day in it, cannot be read; the message is a sentence."""


@dataclass(frozen=True)
class Column:
    """A column of a file.

    Attributes:
        name: under which its texts are given.
        called: its words in headers, the best first; case, accents, `_` and `-` make no difference.
        needed: False if a file may do without it.
    """

    name: str
    called: tuple[str, ...]
    needed: bool = True


def read_delimited(
    content: bytes, name: str, columns: Sequence[Column]
) -> Iterator[tuple[int, dict[str, str | None]]]:
    """The records of a file: the line that each begins on, and its texts by column.

    Every column has a text, or None where the file says nothing. A record with more fields than the
    header gives None for all: nobody can tell which field is which.

    Args:
        content: of the file, not compressed.
        name: of the file, for sentences.
        columns: that are wanted.

    Raises:
        DelimitedError: there is no header, or one without a needed column.
    """
    text = decoded(content)
    if not text.strip():
        raise DelimitedError(f"{name} is empty; put it there again.")
    if text.lstrip()[:1] == "<":
        raise DelimitedError(
            f"{name} holds a web page and no table, as a browser saves one that asks for a login; "
            "download it again."
        )
    if text.startswith("PK\x03\x04"):
        raise DelimitedError(f"{name} is an archive or a workbook; save its table as CSV.")
    # `splitlines` would also break lines at characters that titles may hold.
    lines = list(io.StringIO(text, newline=""))
    return _records(lines, *_header(lines, name, columns))


def whole_number_of(text: str | None) -> int | None:
    """A whole number as people write it, such as `1,234,567`, `1.234`, `1 234` or `'1234`.

    None for anything else; so a number with a fraction is none.
    """
    bare = (text or "").strip().removeprefix("=").strip(f'"{SPACES}')
    found = _NUMBER.fullmatch(bare)
    if not found:
        return None
    number = int(re.sub(r"[^0-9]", "", found["whole"]))
    return -number if found["sign"] else number


def day_of(text: str | None, first: First | None = None) -> dt.date | None:
    """A day such as 2026-03-05, 05.03.2026 or 05/03/2026; None for what is no day.

    Args:
        text: of the day; a time after it is left out.
        first: the part that comes first, as `first_in` tells it.

    Raises:
        DelimitedError: it may be either of two days.
    """
    readings = _readings(text)
    days = {readings[each] for each in _EACH_FIRST if each in readings}
    if len(days) < 2:
        return next(iter(days), None)
    if first is None:
        either = " or ".join(day.isoformat() for day in sorted(days))
        raise DelimitedError(
            f"{text} may be {either}, and nothing else in the file tells which; write its days as "
            "2026-03-05."
        )
    return readings[first]


def first_in(texts: Iterable[str | None], name: str = "") -> First | None:
    """The part that the days of a file begin with, for `day_of`; None where nothing tells.

    A day after the 12th tells it, or else the days in the file's name: one of them, or all days
    between two of them.

    Args:
        texts: of the days of the whole file.
        name: of the file.

    Raises:
        DelimitedError: some days tell one thing, and others the other.
    """
    found = [each for text in texts if (each := _readings(text))]
    told = {first for each in found if len(each) == 1 for first in each}
    if len(told) == 2:
        raise DelimitedError(
            f"Some days of {name or 'the file'} begin with the day, and others with the month; "
            "write all as 2026-03-05."
        )
    if told:
        return told.pop()
    named = sorted(filter(None, map(day_of, _ISO_DAY.findall(name))))
    fitting = [each for each in _EACH_FIRST if _fit([days[each] for days in found], named)]
    return fitting[0] if len(fitting) == 1 else None


def _fit(days: Sequence[dt.date], named: Sequence[dt.date]) -> bool:
    """True if days are those that a file's name tells: one of them, or all between two."""
    if len(named) == 1:
        return named[0] in days
    return bool(named) and all(named[0] <= day <= named[-1] for day in days)


def _readings(text: str | None) -> dict[First, dt.date]:
    """The days that a text may mean, by the part that comes first; one day twice if it is plain."""
    bare = (text or "").strip()
    if found := _YEAR_FIRST.fullmatch(bare):
        year, month, day = map(int, found.groups())
        dates = {"day": (year, month, day), "month": (year, month, day)}
    elif found := _YEAR_LAST.fullmatch(bare):
        one, two, year = int(found[1]), int(found[3]), int(found[4])
        dates = {"day": (year, two, one), "month": (year, one, two)}
        if found[2] == ".":
            # With dots the day comes first, wherever they are in use.
            dates["month"] = dates["day"]
    else:
        return {}
    readings = dict[First, dt.date]()
    for first in _EACH_FIRST:
        with suppress(ValueError):
            readings[first] = dt.date(*dates[first])
    return readings


def _header(lines: Sequence[str], name: str, columns: Sequence[Column]) -> tuple[str, Row, _Places]:
    """The separator, the header, and the place of each column in it.

    Raises:
        DelimitedError: a needed column is missing.
    """
    best: tuple[tuple[int, int], str, Row, _Places] | None = None
    for separator in SEPARATORS:
        for row in islice(rows_in(lines, separator), MOST_LINES_ABOVE):
            places = _places(row[1], columns)
            score = (sum(place is not None for place in places.values()), len(row[1]))
            if best is None or score > best[0]:
                best = score, separator, row, places
    if best is None:
        raise DelimitedError(f"{name} holds no header; put it there again.")
    _, separator, header, places = best
    missing = [each for each in columns if each.needed and places[each.name] is None]
    if missing:
        wanted = " and none for ".join(f"{each.name} ({each.called[0]})" for each in missing)
        raise DelimitedError(
            f"{name} has no column for {wanted}; its columns are {shown(header[1])}."
        )
    return separator, header, places


def _places(header: Sequence[str], columns: Sequence[Column]) -> _Places:
    """The place of each column in a header."""
    words = [folded_word(each) for each in header]
    found: _Places = dict.fromkeys(column.name for column in columns)
    for column in columns:
        called = [word for each in column.called if (word := folded_word(each)) in words]
        if called:
            found[column.name] = words.index(called[0])
    return found


def _records(
    lines: Sequence[str], separator: str, header: Row, places: _Places
) -> Iterator[tuple[int, dict[str, str | None]]]:
    top, width = header[0], len(header[1])
    for line, row in rows_in(lines, separator, width, top):
        texts = [each.strip() or None for each in row]
        if any(texts[width:]):
            texts = []
        texts += [None] * (width - len(texts))
        yield (
            line,
            {name: place if place is None else texts[place] for name, place in places.items()},
        )
