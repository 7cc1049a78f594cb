"""Objects of a JSON text that is damaged: those that can be read, one by one.

A file that was cut, or has one bad object among thousands, is no JSON as a whole. Its other objects
are sound, and nothing says that they should be lost. What cannot be read is told by its place and
never quoted: nobody knows what stands in it.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

#: An object of some members begins, and is no member of another one.
_BEGIN = re.compile(r"(?:\A|(?<=[^:\s]))\s*(\{)(?=\s*\")")
#: No record is longer. Each attempt reads no further, since damage may begin at every character.
LONGEST_OBJECT = 32_768
#: Finds where an object ends. What it holds is read later, and more strictly.
_DECODER = json.JSONDecoder(strict=False, parse_int=float)
#: What may stand between objects.
_BETWEEN = " \t\r\n,[]"


@dataclass(frozen=True)
class Found:
    """An object of a text, or a place that is none.

    Attributes:
        number: from 1, of objects and places.
        content: of the object; "" for a place that cannot be read.
        reason: why it cannot.
    """

    number: int
    content: bytes = b""
    reason: str = ""


def objects(content: bytes, wanted: Callable[[object], bool]) -> Iterator[Found]:
    """The objects of a list, of lines or of a damaged text, in order, and the places between.

    Args:
        content: the text, in UTF-8.
        wanted: tells an object of the list from a part of one: where one cannot be read, its parts
            may be.
    """
    # A character per byte, so that places in the text are places in the content, and bytes that are
    # no UTF-8 disturb only their own object. All that JSON is made of is ASCII.
    text = content.decode("latin-1")
    number, end, position, reason = 0, 0, 0, ""
    while found := _BEGIN.search(text, position):
        begin, position = found.start(1), found.end()
        try:
            value, length = _DECODER.raw_decode(text[begin : begin + LONGEST_OBJECT])
        except (ValueError, RecursionError) as error:
            reason = reason or _why(error)
            continue
        reason = reason or _stray(text[end:begin])
        if reason and not wanted(value):
            continue
        if reason:
            number += 1
            yield Found(number, reason=reason)
        number, end, position, reason = number + 1, begin + length, begin + length, ""
        yield Found(number, content[begin:end])
    if reason := reason or _stray(text[end:]):
        yield Found(number + 1, reason=reason)


def _why(error: Exception) -> str:
    """The end of a sentence; it quotes nothing of the text."""
    return f"not JSON: {error.msg}" if isinstance(error, json.JSONDecodeError) else "not JSON"


def _stray(between: str) -> str:
    """The reason for what stands between two objects; "" where it may stand there."""
    return "not JSON: no object" if between.strip(_BETWEEN) else ""
