"""The values that every engine's reader takes, and takes for the same.

An engine ends a whole run at a value that its reader cannot take. So such values never land.
"""

import json
import re
from collections.abc import Iterable
from typing import Any

from music_assets.transforms.rows import Shape

#: Digits of a whole number: Polars reads 128 bits, and rejects a file with a larger number.
MOST_DIGITS = 38
MANY_DIGITS = re.compile(rf"[0-9]{{{MOST_DIGITS + 1}}}")
#: The smallest fraction that all readers write without an exponent.
LEAST_FRACTION = 1e-4
#: Limits on the length of a member's name and on nesting; Spark's reader ends the run at about
#: twice these.
LONGEST_MEMBER = 20_000
DEEPEST_VALUE = 200
#: Made once: `json.dumps` makes one for each value.
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


def fits(value: object, shape: Shape) -> bool:
    """True if a value has the containers of a shape; an absent value fits."""
    if value is None:
        return True
    if shape is None:
        return not isinstance(value, dict | list) and _is_readable_number(value)
    if isinstance(shape, dict):
        return isinstance(value, dict) and _members_fit(value, shape)
    return isinstance(value, list) and all(fits(each, shape[0]) for each in value)


def _members_fit(value: dict[str, object], shape: dict[str, Shape]) -> bool:
    for name, inner in shape.items():
        member = value.get(name)
        # Most members are texts, and a call for each is most of the time that a landing takes.
        if inner is None and isinstance(member, str):
            continue
        if not fits(member, inner):
            return False
    return True


def plain(value: Any, shape: Shape) -> Any:  # noqa: ANN401
    """The value with `1.0` as `1`, since readers differ in the text that they make of `1.0`."""
    if shape is None:
        return int(value) if isinstance(value, float) and value.is_integer() else value
    if isinstance(shape, list):
        return value and [plain(each, shape[0]) for each in value]
    for name, inner in shape.items():
        before = value.get(name) if value else None
        # Most members are texts and whole numbers, so most values need no copy.
        if isinstance(before, float | dict | list):
            after = plain(before, inner)
            value = value if after is before else {**value, name: after}
    return value


def _is_readable_number(value: object) -> bool:
    """True unless the value is a number of which readers make different texts."""
    if not isinstance(value, int | float):
        return True
    # NaN compares as false with everything.
    return value == 0 or LEAST_FRACTION <= abs(value) < 10**MOST_DIGITS


def can_be_read(value: object) -> bool:
    """True if readers can take all of a value, also the members that no schema knows.

    Half of a surrogate pair cannot be written as UTF-8, and JSON has no NaN. Readers end a run at a
    number or a name that is too long, and at values that are nested too deeply.
    """
    try:
        text = _ENCODER.encode(value)
        text.encode()
    except (ValueError, RecursionError):
        return False
    simple = len(text) <= LONGEST_MEMBER and text.count("[") + text.count("{") <= DEEPEST_VALUE
    if not simple and not _is_within_bounds(value, DEEPEST_VALUE):
        return False
    return not MANY_DIGITS.search(text) or _has_readable_numbers(value)


def readable_part(value: Any, shape: Shape, name: str, bad: list[str]) -> Any:  # noqa: ANN401
    """The value with None for each part that no reader takes, and without unknown ones.

    Args:
        value: an item, or a part of one.
        shape: of the value.
        name: of the value, such as `weekly_data.week`; "" for an item.
        bad: takes the names of the parts that no reader takes.
    """
    if isinstance(shape, dict) and isinstance(value, dict):
        dotted = f"{name}." if name else ""
        kept = dict[str, Any]()
        for member, inner in value.items():
            if member in shape:
                kept[member] = readable_part(inner, shape[member], f"{dotted}{member}", bad)
            elif can_be_read({member: inner}):
                kept[member] = inner
            else:
                bad.append(f"{dotted}{member}")
        return kept
    if isinstance(shape, list) and isinstance(value, list):
        before = len(bad)
        parts = [readable_part(each, shape[0], name, bad) for each in value]
        pairs = zip(parts, value, strict=True)
        sound = [part for part, sent in pairs if part is not None or sent is None]
        # A list of which nothing can be read is not an empty one.
        return sound or (None if len(bad) > before else [])
    if fits(value, shape) and can_be_read({name: value}):
        return value
    bad.append(name)
    return None


def _has_readable_numbers(value: object) -> bool:
    if isinstance(value, dict):
        return all(map(_has_readable_numbers, value.values()))
    if isinstance(value, list):
        return all(map(_has_readable_numbers, value))
    return not isinstance(value, int) or abs(value) < 10**MOST_DIGITS


def _is_within_bounds(value: object, depth: int) -> bool:
    """True if names are short enough, and values are nested less than `depth` deep."""
    inner: Iterable[object] = ()
    if isinstance(value, dict):
        if any(len(name) > LONGEST_MEMBER for name in value):
            return False
        inner = value.values()
    elif isinstance(value, list):
        inner = value
    return depth > 0 and all(_is_within_bounds(each, depth - 1) for each in inner)
