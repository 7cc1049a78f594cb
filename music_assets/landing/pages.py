"""Pages: the contents of files and answers, read into the lines of a landing.

A line is one page, `{"href": …, "items": […]}` or `{"songs": […]}`. Anything else, page or
entry, becomes a `Reject`, and the rest lands.
"""

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import narwhals as nw

from music_assets.landing.readable import MOST_DIGITS, can_be_read, fits, plain
from music_assets.transforms.rows import Page, Transform

BYTE_ORDER_MARK = "\ufeff"
UNREADABLE = "that no reader takes: half a character, too long a name or too deep a value"
#: Members of a page that readers take as text, beside its items.
READ_OF_PAGES = ("requested", "href")


@dataclass(frozen=True)
class Reject:
    """A record that cannot be used.

    Attributes:
        line: of the file or the page, from 1.
        reason: the end of a sentence that begins with the record.
        record: its text.
    """

    line: int
    reason: str
    record: str

    def to_line(self, source: str) -> bytes:
        """One line of a quarantine file."""
        fields = {"Reason": self.reason, "Source": source, "Line": self.line, "Record": self.record}
        return json.dumps(fields).encode() + b"\n"


def parse_pages(content: bytes, transform: Transform) -> tuple[list[Page], list[Reject]]:
    """The pages in a file, and the rejects.

    Pages may be one per line, one after the other, pretty-printed, in lists, after a byte order
    mark, or in the wrapper in which Spotify sends followed artists.
    """
    rejects: list[Reject] = []
    return list(read_pages(content, transform, rejects)), rejects


def read_pages(content: bytes, transform: Transform, rejects: list[Reject]) -> Iterator[Page]:
    """The pages in a file, one after the other; rejects are added to a list."""
    for first_line, text in _documents(content, rejects):
        for line, value in _values(first_line, text, rejects):
            page, rejected = sound_page(value, transform, line)
            rejects += rejected
            if page is not None:
                yield page


def sound_page(
    value: object, transform: Transform, line: int = 1
) -> tuple[Page | None, list[Reject]]:
    """The page with the items that readers of the transform's schema can take, and the rejects.

    The other members of the page are kept and rejected in the same way.
    """
    page = value.get("artists", value) if isinstance(value, dict) else None
    items = page.get(transform.items) if isinstance(page, dict) else None
    if not isinstance(page, dict) or not isinstance(items, list):
        return None, [Reject(line, f"not a page with a list of {transform.items}", _shown(value))]
    shape, kept = nw.Struct(dict(transform.item)), list[Any]()
    others, rejects = _other_members(page, transform, line)
    for item in items:
        if not fits(item, shape):
            why = f"an entry of {transform.items} with a field of the wrong kind"
        elif not can_be_read(item):
            why = f"an entry of {transform.items} {UNREADABLE}"
        else:
            kept.append(plain(item, shape))
            continue
        rejects.append(Reject(line, why, _shown(item)))
    return {**others, transform.items: kept}, rejects


def to_line(page: Page) -> bytes:
    """A page as a landing line, escaped to ASCII so that any text survives.

    Raises:
        ValueError: a number of the page is beyond what JSON can hold.
    """
    return json.dumps(page, allow_nan=False, separators=(",", ":")).encode() + b"\n"


def _documents(content: bytes, rejects: list[Reject]) -> Iterator[tuple[int, str]]:
    """Texts that may each be JSON, with the number of their first line.

    Each line is a document, unless indented lines follow it, which a pretty-printer writes. So one
    bad line spoils only itself.
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
    """The JSON values in a text, each with its line; the members of a list singly.

    After a value that cannot be read, the rest of the text is one reject.
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


def _other_members(page: Page, transform: Transform, line: int) -> tuple[Page, list[Reject]]:
    """The other members of a page that readers can take, and the rejects."""
    kept, rejects = Page(), list[Reject]()
    for name, value in page.items():
        if name == transform.items:
            continue
        # Readers make different texts of a value that is no text.
        if name in READ_OF_PAGES and not isinstance(value, str | None):
            rejects.append(Reject(line, f"{name} of a page that is no text", _shown(value)))
        elif not can_be_read({name: value}):
            rejects.append(Reject(line, f"a member of a page {UNREADABLE}", _shown({name: value})))
        else:
            kept[name] = value
    return kept, rejects


def _shown(value: object) -> str:
    try:
        return json.dumps(value)
    except RecursionError:
        return "(too deep to show)"


def ids(pages: Iterable[Page], transform: Transform) -> list[str]:
    """The distinct ids of the pages' items, in order."""
    items = (item for page in pages for item in page[transform.items] if item)
    return list(dict.fromkeys(item["id"] for item in items if item.get("id")))
