"""Poisoned JSON: values and bytes that no honest server sends, and dishonest ones do.

A mutation is drawn from a `random.Random`, so that a number gives the same one again.
"""

import json
import random
from collections.abc import Callable
from typing import Any

#: JSON as raw text, in place of a value.
VALUES = (
    "null", "true", "0", "-1", "1.5", "1e400", "-1e400", "NaN", "Infinity", "-Infinity",
    "1" * 40, "-" + "9" * 400, "1" * 5000, "1e-400", "0.1e1",
    '""', '" "', '"0000"', '"0000-00-00"', '"2024-02-30"', '"9999-12-31"', '"-1"', '"NaN"',
    '"\\ud800"', '"\\udc00x"', '"\\u0000"', '"a\\nb"', '"\\u2028"', '"=1+1"', '"<script>"',
    f'"{"x" * 60_000}"', f'"{"🎵" * 600}"', '"' + "é" * 1_000 + '"',
    "[]", "{}", "[null]", "[[[]]]", '{"": null}', '{"id": {"id": []}}', "[1, 2, 3]",
    "[" * 1_000 + "]" * 1_000, '{"a":' * 1_000 + "1" + "}" * 1_000, "[" * 100 + "]" * 100,
)  # fmt: skip
#: Members that readers know, as additional members of any object.
MEMBERS = ("artists", "items", "songs", "id", "requested", "continued", "href", "total", "next", "")
Mutation = Callable[[random.Random, bytes], bytes]


def poisoned(chance: random.Random, content: bytes) -> bytes:
    """One JSON document with one thing wrong."""
    mutate = chance.choice((_value, _value, _value, _value, _member, _without, _twice, *_BYTES))
    return mutate(chance, content)


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every container of a document with every key or index in it."""
    found: list[tuple[Any, Any]] = []
    if isinstance(value, dict | list):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            found += [(value, key), *_places(value[key])]
    return found


def _value(chance: random.Random, content: bytes) -> bytes:
    """Another value somewhere."""
    document = json.loads(content)
    container, key = chance.choice(_places(document))
    container[key] = "@poison@"
    return json.dumps(document).replace('"@poison@"', chance.choice(VALUES)).encode()


def _member(chance: random.Random, content: bytes) -> bytes:
    """One more member of some object."""
    document = json.loads(content)
    objects = [document, *(value[key] for value, key in _places(document))]
    chosen = chance.choice([each for each in objects if isinstance(each, dict)])
    chosen.setdefault(chance.choice(MEMBERS), "@poison@")
    return json.dumps(document).replace('"@poison@"', chance.choice(VALUES)).encode()


def _without(chance: random.Random, content: bytes) -> bytes:
    """One member less."""
    document = json.loads(content)
    container, key = chance.choice(_places(document))
    del container[key]
    return json.dumps(document).encode()


def _twice(chance: random.Random, content: bytes) -> bytes:
    """Some entry of a list twice."""
    document = json.loads(content)
    entries = [place for place in _places(document) if isinstance(place[0], list)]
    container, key = chance.choice(entries or [([None], 0)])
    container.append(container[key])
    return json.dumps(document).encode()


def _cut(chance: random.Random, content: bytes) -> bytes:
    return content[: chance.randrange(1, len(content))]


def _no_unicode(chance: random.Random, content: bytes) -> bytes:
    at = chance.randrange(len(content))
    return content[:at] + b"\xff\xfe" + content[at:]


def _flipped(chance: random.Random, content: bytes) -> bytes:
    at = chance.randrange(len(content))
    return content[:at] + bytes([chance.randrange(256)]) + content[at + 1 :]


def _marked(_: random.Random, content: bytes) -> bytes:
    return b"\xef\xbb\xbf" + content


def _with_more(chance: random.Random, content: bytes) -> bytes:
    return content + chance.choice((b" {}", b"null", b"]", b"\x00", b",,"))


def _instead(chance: random.Random, _: bytes) -> bytes:
    return chance.choice(
        (b"<html>Bad gateway</html>", b"null", b"[]", b"42", b'"text"', b"[" * 5_000, b"\x00" * 9)
    )


_BYTES: tuple[Mutation, ...] = (_cut, _no_unicode, _flipped, _marked, _with_more, _instead)
