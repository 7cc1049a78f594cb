"""Pages: the contents of files and answers, read into the lines of a landing.

A line is one page, `{"href": …, "items": […]}` or `{"songs": […]}`. Anything else, page or
entry, becomes a `Reject`, and the rest lands.
"""

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from music_assets.landing.readable import MOST_DIGITS, can_be_read, fits, plain, readable_part
from music_assets.transforms.rows import Form, Page, Shape

BYTE_ORDER_MARK = "\ufeff"
CANNOT_BE_TAKEN = (
    "no reader takes: of the wrong kind, half a character, too large a number, too long a name or "
    "too deep a value"
)
#: Characters of a member's name in a sentence.
LONGEST_SHOWN = 100
#: Members of a page that readers take as text, beside its items.
READ_OF_PAGES = ("requested", "href")
#: Items that are looked at in one go, and singly only if one of them cannot be read. So many
#: usually stay below the limits of `can_be_read` for a simple text.
TOGETHER = 8
#: Made once: `json.dumps` makes one for each value.
_ENCODER = json.JSONEncoder(allow_nan=False, separators=(",", ":"))


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


def parse_pages(content: bytes, form: Form) -> tuple[list[Page], list[Reject]]:
    """The pages in a file, and the rejects.

    Pages may be one per line, one after the other, pretty-printed, in lists, after a byte order
    mark, or in the wrapper in which Spotify sends followed artists.
    """
    rejects: list[Reject] = []
    return list(read_pages(content, form, rejects)), rejects


def read_pages(content: bytes, form: Form, rejects: list[Reject]) -> Iterator[Page]:
    """The pages in a file, one after the other; rejects are added to a list."""
    found = _only_document(content)
    for line, value in _lines_values(content, rejects) if found is None else found:
        page, rejected = sound_page(value, form, line)
        rejects += rejected
        if page is not None:
            yield page


def sound_page(value: object, form: Form, line: int = 1) -> tuple[Page | None, list[Reject]]:
    """The page with what readers of the form's schema can take, and the rejects.

    This is the one gate for whatever comes from outside. An item is judged by its parts: one that
    no reader takes becomes null, or is left out where the schema does not know it. Only an item
    whose identity cannot be read is left out as a whole.
    """
    page, shape = _unwrapped(value, form), form.shape
    items = page.get(form.items) if page else None
    if page is None or not isinstance(items, list):
        return None, [Reject(line, f"not a page with a list of {form.items}", _shown(value))]
    others, rejects = _other_members(page, form, line)
    kept = list[Any]()
    for begin in range(0, len(items), TOGETHER):
        together = items[begin : begin + TOGETHER]
        readable = can_be_read(together)
        for item in together:
            sound, why = item, ""
            if not fits(item, shape) or not (readable or can_be_read(item)):
                sound, why = _sound_members(item, form)
                why = why and f"an entry of {form.items} {why}"
                rejects += [Reject(line, why, _shown(item))] if why else []
            if sound is not None or not why:
                kept.append(plain(sound, shape))
    return {**others, form.items: kept}, rejects


def _unwrapped(value: object, form: Form) -> Page | None:
    """The page in a value: itself, or in the wrapper in which Spotify sends followed artists."""
    if not isinstance(value, dict):
        return None
    inner = value.get("artists")
    return inner if form.items not in value and isinstance(inner, dict) else value


def _sound_members(item: object, form: Form) -> tuple[Page | None, str]:
    """The item without the parts that no reader takes, and the end of a sentence about it."""
    if not isinstance(item, dict):
        return None, "that is no object"
    bad: list[str] = []
    sound = readable_part(item, form.shape, "", bad)
    if not bad:  # Too deep by the levels of the item, which readers still take.
        return sound, ""
    names = ", ".join(name[:LONGEST_SHOWN] for name in bad)
    if any(sound.get(name) is None for name in form.needs):
        return None, f"whose {names} {CANNOT_BE_TAKEN}"
    return sound, f"whose {names} {CANNOT_BE_TAKEN}; it lands without"


def to_line(page: Page) -> bytes:
    """A page as a landing line, escaped to ASCII so that any text survives.

    Raises:
        ValueError: a number of the page is beyond what JSON can hold.
    """
    return _ENCODER.encode(page).encode() + b"\n"


def _only_document(content: bytes) -> list[tuple[int, object]] | None:
    """The values of a file that is one JSON text, each with its line; None for any other file."""
    try:
        text = content.decode("utf-8-sig")
        value = None if BYTE_ORDER_MARK in text else json.loads(text)
    except (ValueError, RecursionError):
        return None
    line = 1 + text.count("\n", 0, _next_value(text, 0))
    return None if value is None else _singly(line, value)


def _singly(line: int, value: object) -> list[tuple[int, object]]:
    """A value with its line; the members of a list singly."""
    return [(line, each) for each in (value if isinstance(value, list) else [value])]


def _lines_values(content: bytes, rejects: list[Reject]) -> Iterator[tuple[int, object]]:
    """The values of a file's lines, each with its line, so that one bad line spoils only itself."""
    for first_line, text in _documents(content, rejects):
        yield from _values(first_line, text, rejects)


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
    decoder = json.JSONDecoder(parse_int=_integer)
    line, position = first_line, 0
    while (begin := _next_value(text, position)) < len(text):
        line += text.count("\n", position, begin)
        position = begin
        try:
            value, end = decoder.raw_decode(text, position)
        except (ValueError, RecursionError) as error:
            rejects.append(Reject(line, f"not JSON: {error}", text[position:]))
            return
        yield from _singly(line, value)
        line += text.count("\n", position, end)
        position = end


def _next_value(text: str, position: int) -> int:
    while position < len(text) and (text[position].isspace() or text[position] == ","):
        position += 1
    return position


def _integer(digits: str) -> int | float:
    """A whole number; infinity where Python would not read it, so that it costs one record."""
    return int(digits) if len(digits) <= 10 * MOST_DIGITS else math.inf


def _other_members(page: Page, form: Form, line: int) -> tuple[Page, list[Reject]]:
    """The other members of a page that readers can take, and the rejects."""
    kept, rejects = Page(), list[Reject]()
    others = {name: value for name, value in page.items() if name != form.items}
    readable = can_be_read(others)
    for name, value in others.items():
        if name in form.beside:
            sound, why = _sound_object(name, value, form.shapes_beside[name])
            kept |= sound
            rejects += [Reject(line, why, _shown({name: value}))] if why else []
        # Readers make different texts of a value that is no text.
        elif name in (*READ_OF_PAGES, *form.told) and not isinstance(value, str | None):
            rejects.append(Reject(line, f"{name} of a page that is no text", _shown(value)))
        elif not (readable or can_be_read({name: value})):
            why = f"a member of a page that {CANNOT_BE_TAKEN}"
            rejects.append(Reject(line, why, _shown({name: value})))
        else:
            kept[name] = value
    return kept, rejects


def _sound_object(name: str, value: object, shape: dict[str, Shape]) -> tuple[Page, str]:
    """A member of a page without the parts that no reader takes, and a reason that names these."""
    bad: list[str] = []
    if not fits(value, shape) or not can_be_read({name: value}):
        value = readable_part(value, shape, name, bad)
    names = ", ".join(part[:LONGEST_SHOWN] for part in bad)
    why = f"a page whose {names} {CANNOT_BE_TAKEN}; it lands without" if bad else ""
    return {} if value is None else {name: plain(value, shape)}, why


def _shown(value: object) -> str:
    try:
        return json.dumps(value)
    except RecursionError:
        return "(too deep to show)"


def ids(pages: Iterable[Page], form: Form) -> list[str]:
    """The distinct ids of the pages' items, in order."""
    items = (item for page in pages for item in page[form.items] if item)
    return list(dict.fromkeys(item["id"] for item in items if item.get("id")))
