"""Pages: what people and servers send, read into the lines that a landing holds.

A landing line is one page, `{"href": …, "items": […]}` or `{"songs": […]}`. What cannot become one
is a `Reject`: it goes to quarantine and its neighbours go on.
"""

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import narwhals as nw

from music_assets.transforms.rows import Transform

Page = dict[str, Any]
BYTE_ORDER_MARK = "\ufeff"
#: Of a whole number: Polars reads 128 bits, and gives up the whole file at one that has more.
MOST_DIGITS = 38
#: The smallest fraction that everybody writes without an exponent.
LEAST_FRACTION = 1e-4
#: Of a member's name, and of values in values: Spark's reader ends a whole run at more than twice.
LONGEST_MEMBER = 20_000
DEEPEST_VALUE = 200
UNREADABLE = "that no reader takes: half a character, too long a name or too deep a value"
#: What readers take of a page beside its items, as text.
READ_OF_PAGES = ("requested", "href")


@dataclass(frozen=True)
class Reject:
    """Something that arrived and cannot be used: where it stood, why not, and what it was."""

    line: int
    reason: str
    record: str

    def to_line(self, source: str) -> bytes:
        """One line of a quarantine file."""
        fields = {"Reason": self.reason, "Source": source, "Line": self.line, "Record": self.record}
        return json.dumps(fields).encode() + b"\n"


def parse_pages(content: bytes, transform: Transform) -> tuple[list[Page], list[Reject]]:
    """The pages in a file that people wrote, and what in it is none.

    Takes one page per line, pages one after the other, pretty-printed ones, lists of pages, byte
    order marks, and the wrapper in which Spotify sends followed artists.
    """
    pages: list[Page] = []
    rejects: list[Reject] = []
    for first_line, text in _documents(content, rejects):
        for line, value in _values(first_line, text, rejects):
            page, unsound = sound_page(value, transform, line)
            rejects += unsound
            if page is not None:
                pages.append(page)
    return pages, rejects


def sound_page(
    value: object, transform: Transform, line: int = 1
) -> tuple[Page | None, list[Reject]]:
    """A page with the items that a reader of the transform's schema can read, and the others.

    Of what stands beside the items, the page keeps what readers can take too.
    """
    page = value.get("artists", value) if isinstance(value, dict) else None
    items = page.get(transform.items) if isinstance(page, dict) else None
    if not isinstance(page, dict) or not isinstance(items, list):
        return None, [Reject(line, f"not a page with a list of {transform.items}", _text(value))]
    shape, kept = nw.Struct(dict(transform.item)), list[Any]()
    beside, rejects = _beside(page, transform, line)
    for item in items:
        if not _fits(item, shape):
            why = f"an entry of {transform.items} with a field of the wrong kind"
        elif not _can_be_read(item):
            why = f"an entry of {transform.items} {UNREADABLE}"
        else:
            kept.append(_plain(item, shape))
            continue
        rejects.append(Reject(line, why, _text(item)))
    return {**beside, transform.items: kept}, rejects


def to_line(page: Page) -> bytes:
    """A page as a landing line, escaped to ASCII so that any text survives.

    Raises:
        ValueError: a number of the page is beyond what JSON can hold.
    """
    return json.dumps(page, allow_nan=False, separators=(",", ":")).encode() + b"\n"


def _documents(content: bytes, rejects: list[Reject]) -> Iterator[tuple[int, str]]:
    """Texts that may each be JSON, with the number of their first line.

    A line is a document of its own unless it opens one that the lines below it continue, which
    pretty-printers indent. So one bad line costs itself and not the rest of the file.
    """
    start, open_lines = 0, list[str]()
    for number, raw in enumerate(content.split(b"\n"), start=1):
        try:
            text = raw.decode("utf-8-sig").rstrip("\r").replace(BYTE_ORDER_MARK, "")
        except UnicodeDecodeError:
            shown = raw.decode("utf-8", errors="backslashreplace")
            rejects.append(Reject(number, "not UTF-8", shown))
            continue
        if open_lines and not (text.startswith((" ", "\t", "}", "]")) or not text):
            yield start, "\n".join(open_lines)
            open_lines = []
        if text.strip():
            start = start if open_lines else number
            open_lines.append(text)
    if open_lines:
        yield start, "\n".join(open_lines)


def _values(first_line: int, text: str, rejects: list[Reject]) -> Iterator[tuple[int, object]]:
    """The JSON values that stand one after the other in a text, each with its line.

    The members of a list come singly. Where no value can be read, the rest of the text is lost.
    """
    decoder = json.JSONDecoder(parse_constant=_not_json, parse_float=_finite, parse_int=_readable)
    position = _next_value(text, 0)
    while position < len(text):
        line = first_line + text.count("\n", 0, position)
        try:
            value, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError) as error:
            rejects.append(Reject(line, f"not JSON: {error}", text[position:]))
            return
        for each in value if isinstance(value, list) else [value]:
            yield line, each
        position = _next_value(text, position)


def _next_value(text: str, position: int) -> int:
    while position < len(text) and (text[position].isspace() or text[position] == ","):
        position += 1
    return position


def _not_json(constant: str) -> None:
    raise ValueError(f"{constant} is not a JSON value")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        _not_json(digits)
    return number


def _readable(digits: str) -> int:
    if len(digits.lstrip("-")) > MOST_DIGITS:
        raise ValueError(f"a whole number of more than {MOST_DIGITS} digits")
    return int(digits)


def _fits(value: object, shape: object) -> bool:
    """Whether a value has the containers that a schema expects; what is absent fits."""
    if value is None:
        return True
    if isinstance(shape, nw.Struct):
        return isinstance(value, dict) and all(
            _fits(value.get(member.name), member.dtype) for member in shape.fields
        )
    if isinstance(shape, nw.List):
        return isinstance(value, list) and all(_fits(each, shape.inner) for each in value)
    return not isinstance(value, dict | list) and _is_readable(value)


def _plain(value: Any, shape: object) -> Any:  # noqa: ANN401
    """A value whose whole numbers are written whole: a reader makes `1` or `1.0` of `1.0`."""
    if isinstance(shape, nw.Struct) and value is not None:
        known = {field.name: field.dtype for field in shape.fields if field.name in value}
        return {**value, **{name: _plain(value[name], dtype) for name, dtype in known.items()}}
    if isinstance(shape, nw.List) and value is not None:
        return [_plain(each, shape.inner) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _is_readable(value: object) -> bool:
    """Whether a number is one that every reader makes the same text of."""
    if not isinstance(value, int | float):
        return True
    return value == 0 or LEAST_FRACTION <= abs(value) < 10**MOST_DIGITS


def _beside(page: Page, transform: Transform, line: int) -> tuple[Page, list[Reject]]:
    """What stands beside the items and can be read, and what cannot."""
    kept, rejects = Page(), list[Reject]()
    for name, value in page.items():
        if name == transform.items:
            continue
        # What is no text, readers write each in their own way.
        if name in READ_OF_PAGES and not isinstance(value, str | None):
            rejects.append(Reject(line, f"{name} of a page that is no text", _text(value)))
        elif not _can_be_read({name: value}):
            rejects.append(Reject(line, f"a member of a page {UNREADABLE}", _text({name: value})))
        else:
            kept[name] = value
    return kept, rejects


def _can_be_read(value: object) -> bool:
    """Whether all of a value can be, the members that no schema knows included.

    Half of a surrogate pair cannot be written as UTF-8, and readers end a whole run at names that
    are too long and at values that are too deep.
    """
    try:
        text = json.dumps(value, ensure_ascii=False)
        text.encode()
    except (UnicodeEncodeError, RecursionError):
        return False
    simple = len(text) <= LONGEST_MEMBER and text.count("[") + text.count("{") <= DEEPEST_VALUE
    return simple or _is_within_bounds(value, DEEPEST_VALUE)


def _is_within_bounds(value: object, depth: int) -> bool:
    """Whether names are short enough, and values less than `depth` in each other."""
    inner: Iterable[object] = ()
    if isinstance(value, dict):
        if any(len(name) > LONGEST_MEMBER for name in value):
            return False
        inner = value.values()
    elif isinstance(value, list):
        inner = value
    return depth > 0 and all(_is_within_bounds(each, depth - 1) for each in inner)


def _text(value: object) -> str:
    try:
        return json.dumps(value)
    except RecursionError:
        return "(too deep to show)"


def ids(pages: Iterable[Page], transform: Transform) -> list[str]:
    """The distinct ids of the pages' items, in order."""
    items = (item for page in pages for item in page[transform.items] if item)
    return list(dict.fromkeys(item["id"] for item in items if item.get("id")))
