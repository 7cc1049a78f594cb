"""Long files of records in blocks of whole records, so that memory does not grow with a file."""

import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

_FIRST_NAME = re.compile(rb"\{\s*(\"(?:[^\"\\]|\\.)*\"\s*:)")
#: Bytes at the end of a block in which a record begins, unless it is a very long one.
_TAIL = 65_536


def ahead(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The blocks, of which the next is read, and unpacked, while one is worked on."""
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(next, blocks, b"")
        while block := coming.result():
            coming = reader.submit(next, blocks, b"")
            yield block


def whole_records(blocks: Iterable[bytes], head: bytes) -> Iterator[bytes]:
    """The same content in blocks that end between two records, as far as one can tell.

    Args:
        blocks: of JSON, a list or a record per line.
        head: the beginning. What the first record begins with, others do.
    """
    first = _FIRST_NAME.search(head)
    begin = re.compile(rb"[,}\n]\s*(?=\{\s*" + re.escape(first[1]) + rb")") if first else None
    held = b""
    for block in blocks:
        held += block
        cut = _last(begin, held) if begin else 0
        if cut:
            yield held[:cut]
            held = held[cut:]
    if held:
        yield held


def _last(begin: re.Pattern[bytes], content: bytes) -> int:
    """The place of the last record that begins in the tail of a content; 0 where none does."""
    return max((found.end() for found in begin.finditer(content, len(content) - _TAIL)), default=0)
