"""A long file comes in blocks that end between two records, wherever it was cut."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from music_assets.landing.ingests import IngestError
from music_assets.landing.record_blocks import ahead, whole_records
from music_assets_tests.outside.histories import lines, listen, streamed, text

ODD = [
    streamed(number, master_metadata_track_name=name)
    for number, name in enumerate(['},{"ts": 1', "{[", '"}, {"', "\\", "\n", "歌 ü 🎵"] * 5)
]
LISTENS = [
    listen(number, mbid_mapping={"artists": [{"artist_mbid": "a"}, {"artist_mbid": "b"}]})
    for number in range(30)
]
FORMS = {
    "list": text(ODD),
    "pretty": text(ODD, indent=2),
    "lines": lines(ODD),
    "listens": text(LISTENS),
    "lines of listens": lines(LISTENS),
}


def cut(content: bytes, size: int) -> Iterator[bytes]:
    return (content[begin : begin + size] for begin in range(0, len(content), size))


@given(st.sampled_from(sorted(FORMS)), st.integers(1, 5_000))
def test_every_block_is_of_whole_records(form: str, size: int) -> None:
    content = FORMS[form]
    blocks = list(whole_records(cut(content, size), content[:1_000]))
    assert b"".join(blocks) == content
    records: list[object] = []
    for block in blocks:
        bare = block.decode().strip(" \n,[]")
        records += json.loads(f"[{bare}]") if "lines" not in form else _of_lines(bare)
    assert records == (ODD if form in {"list", "pretty", "lines"} else LISTENS)


def _of_lines(block: str) -> list[object]:
    return [json.loads(line) for line in block.split("\n")]


def test_blocks_are_no_longer_than_they_came_and_a_record() -> None:
    content = text([streamed(number) for number in range(2_000)])
    blocks = list(whole_records(cut(content, 100_000), content[:1_000]))
    assert len(blocks) > 10
    assert max(map(len, blocks)) < 102_000


@pytest.mark.parametrize("content", [b"", b"[]", b"[1, 2, 3]", b"no JSON at all", b'{"a'])
def test_what_holds_no_record_comes_as_it_is(content: bytes) -> None:
    assert b"".join(whole_records(cut(content, 2), content)) == content


def test_an_error_of_a_block_that_is_read_ahead_comes_in_its_turn() -> None:
    def failing() -> Iterator[bytes]:
        yield b"a"
        yield b"b"
        raise IngestError("It is cut.")

    blocks = ahead(failing())
    assert [next(blocks), next(blocks)] == [b"a", b"b"]
    with pytest.raises(IngestError, match="It is cut"):
        next(blocks)
