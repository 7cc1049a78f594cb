"""The sound objects of a damaged text are found, and what is not sound is told by its place."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from music_assets.landing.damaged_json import objects

RECORD = {"id": 1, "name": 'Song { } [ ] \\ " ü 歌', "more": {"id": 2, "list": [{"id": 3}]}}


def is_record(value: object) -> bool:
    return isinstance(value, dict) and value.keys() >= {"id", "name"}


def read(text: str | bytes) -> list[Any]:
    """The objects, and for each place that is none its reason."""
    content = text if isinstance(text, bytes) else text.encode()
    found = list(objects(content, is_record))
    assert [each.number for each in found] == list(range(1, len(found) + 1))
    return [json.loads(each.content) if each.content else each.reason for each in found]


def many(count: int) -> list[dict[str, Any]]:
    return [RECORD | {"id": number} for number in range(count)]


@pytest.mark.parametrize("indent", [None, 0, 2])
def test_a_sound_list_gives_its_objects(indent: int | None) -> None:
    assert read(json.dumps(many(3), indent=indent, ensure_ascii=False)) == many(3)


def test_lines_give_their_objects() -> None:
    assert read("\r\n".join(json.dumps(each) for each in many(3))) == many(3)
    assert read("\n".join(json.dumps(each, indent=2) for each in many(3))) == many(3)


def test_nothing_is_found_in_nothing() -> None:
    assert read("") == read("[]") == read(" [\n]\n") == []


@pytest.mark.parametrize(
    ("sound", "broken"),
    [
        ('"id": 1,', '"id": ,'),
        ('"id": 1,', '"id": 1'),
        ('"id": 1,', '"id: 1,'),
        ('"id": 1,', '"id": {"x": [,'),
        ('"id": 1, ', '"id": 1, {'),
        ('{"id": 1,', '"id": 1,'),
    ],
)
def test_one_broken_object_costs_only_itself(sound: str, broken: str) -> None:
    text = json.dumps(many(3), ensure_ascii=False).replace(sound, broken, 1)
    first, reason, last = read(text)
    assert (first, last) == (many(3)[0], many(3)[2])
    assert reason.startswith("not JSON")
    assert "Song" not in reason


def test_parts_of_a_broken_object_are_no_objects() -> None:
    text = json.dumps(many(2)).replace('"id": 0,', '"id": oops,', 1)
    assert read(text)[1:] == many(2)[1:]
    assert len(read(text)) == 2


@pytest.mark.parametrize("cut", [2, 10, 40, 70])
def test_a_text_that_was_cut_has_all_before_the_cut(cut: int) -> None:
    *sound, reason = read(json.dumps(many(5))[:-cut])
    assert sound == many(4)
    assert reason.startswith("not JSON")


def test_a_list_that_does_not_end_has_all_its_objects() -> None:
    assert read(json.dumps(many(5))[:-1]) == many(5)


def test_what_is_no_object_is_told() -> None:
    text = '[{"id": 1, "name": ""}, null, "private", {"id": 2, "name": ""}, 7]'
    assert read(text) == [
        {"id": 1, "name": ""},
        "not JSON: no object",
        {"id": 2, "name": ""},
        "not JSON: no object",
    ]
    assert read("<html>private</html>") == ["not JSON: no object"]


def test_bytes_that_are_no_utf_8_stay_where_they_are() -> None:
    content = json.dumps(many(3)).encode().replace(b'"id": 1, "name": "', b'"id": 1, "name": "\xff')
    found = list(objects(content, is_record))
    assert len(found) == 3
    assert b"\xff" in found[1].content
    assert json.loads(found[2].content) == many(3)[2]


@pytest.mark.parametrize("text", ["{" * 10**6, '{"a":' * 10**5, "[{" * 10**6, '{"' * 10**4])
def test_a_text_that_is_all_damage_is_read_in_no_time(text: str) -> None:
    started = time.process_time()
    assert len(read(text)) == 1
    assert time.process_time() - started < 10


@given(st.integers(0, 3_000), st.binary(max_size=5))
def test_any_damage_costs_few_objects(place: int, damage: bytes) -> None:
    content = json.dumps(many(20), ensure_ascii=False).encode()
    place %= len(content)
    spoilt = content[:place] + damage + content[place + len(damage) :]
    found = [each.content for each in objects(spoilt, is_record)]
    sound = {json.dumps(each, ensure_ascii=False).encode() for each in many(20)}
    assert len(sound & set(found)) >= 17
