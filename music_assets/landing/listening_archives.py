"""A file of a person's downloads as members: those of a zip, or the file itself, packed or not.

An archive of strangers may be made to harm whoever unpacks it. Nothing is unpacked to a disk here,
no member is held as a whole, and an archive that looks like one of these is refused before its
first member is read.
"""

import gzip
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from music_assets.landing.inboxes import GZIP, MOST_BYTES
from music_assets.landing.ingests import IngestError

ZIP = b"PK\x03\x04"
#: How the archives begin that may lie in an archive.
ARCHIVES = (ZIP, GZIP, b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"\xfd7zXZ\x00", b"BZh")
#: An archive that grows so many times is made to fill memory. Histories grow 20 times.
BOMB = 100
#: Bytes at the beginning of a member that tell what it is, and bytes of a block.
HEAD, BLOCK = 65_536, 4_000_000
_ENCRYPTED = 0x1
_OUTSIDE = re.compile(r"(?:^|[/\\])\.\.(?:[/\\]|$)|^[/\\]|^[A-Za-z]:")
#: Errors of Python's readers of archives. Some quote the archive, so that none is passed on.
_DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError)
AGAIN = "download it again"


@dataclass(frozen=True)
class Member:
    """A file of an archive, or one that is no archive.

    Attributes:
        name: without its folders.
        head: how it begins.
        blocks: gives all of it, in blocks, each time anew.
    """

    name: str
    head: bytes
    blocks: Callable[[], Iterator[bytes]]

    def read(self) -> bytes:
        """All of it."""
        return b"".join(self.blocks())


@contextmanager
def members_of(file: Path, name: str) -> Iterator[Sequence[Member]]:
    """A `with` block with the members of a file. A member's content is read when it is asked for.

    Args:
        file: that somebody downloaded.
        name: of the file, for sentences.

    Raises:
        IngestError: it is an archive that is not taken; nothing of it is used.
    """
    with file.open("rb") as opened:
        start = opened.read(len(ZIP))
    if start == ZIP or (start[:2] == ZIP[:2] and zipfile.is_zipfile(file)):
        with _sentences(name):
            archive = zipfile.ZipFile(file)
        with archive:
            yield _members(archive, name, file.stat().st_size)
    else:
        yield [_only_member(file, name, is_packed=start.startswith(GZIP))]


def _only_member(file: Path, name: str, *, is_packed: bool) -> Member:
    size = file.stat().st_size
    most = min(MOST_BYTES, BOMB * size - 1) if is_packed else MOST_BYTES

    def opened() -> IO[bytes]:
        return gzip.open(file) if is_packed else file.open("rb")  # type: ignore[return-value]

    def blocks() -> Iterator[bytes]:
        with opened() as content:
            for done, block in _blocks(content, name):
                if done > most:
                    raise IngestError(
                        f"{name} unpacks to more than {most:,} bytes; it is not read."
                    )
                yield block

    if not is_packed and size > MOST_BYTES:
        raise IngestError(f"{name} has more than {MOST_BYTES:,} bytes; it is not read.")
    with _sentences(name), opened() as content:
        head = content.read(HEAD)
    if head.startswith(ARCHIVES):
        raise IngestError(
            f"{name} is an archive of a kind that is not read, or holds another; unpack it and put "
            "its files there."
        )
    return Member(PurePosixPath(file.name).name, head, blocks)


def _blocks(content: IO[bytes], name: str) -> Iterator[tuple[int, bytes]]:
    """The blocks of a content, each with the bytes until its end."""
    done = 0
    while True:
        with _sentences(name):
            block = content.read(BLOCK)
        if not block:
            return
        done += len(block)
        yield done, block


def _members(archive: zipfile.ZipFile, name: str, packed: int) -> list[Member]:
    if why := _refusal(archive.infolist(), packed):
        raise IngestError(f"{name} {why}, so it is not read; {AGAIN}.")
    entries = [each for each in archive.infolist() if not each.is_dir()]
    members = [_member(archive, entry, name) for entry in entries]
    if any(each.head.startswith(ARCHIVES) for each in members):
        raise IngestError(
            f"{name} holds another archive; unpack that one, and put its files there instead."
        )
    return members


def _refusal(entries: Sequence[zipfile.ZipInfo], packed: int) -> str:
    """The middle of a sentence about an archive that is not taken; "" for any other."""
    if any(_OUTSIDE.search(entry.orig_filename) for entry in entries):
        return "holds a file whose name leads out of the archive"
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        return "is encrypted"
    grown = any(entry.file_size >= BOMB * max(entry.compress_size, 1) for entry in entries)
    if grown or sum(entry.file_size for entry in entries) >= BOMB * packed:
        return f"unpacks to {BOMB} times its size or more"
    if any(entry.file_size > MOST_BYTES for entry in entries):
        return f"holds a file of more than {MOST_BYTES:,} bytes"
    return ""


def _member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> Member:
    def blocks() -> Iterator[bytes]:
        done = 0
        with _sentences(name):
            content = archive.open(entry)
        with content:
            # Python unpacks no more than the archive says that there is, and compares its sum.
            for done, block in _blocks(content, name):  # noqa: B007
                yield block
        if done < entry.file_size:
            raise IngestError(_cut(name))

    with _sentences(name), archive.open(entry) as content:
        head = content.read(HEAD)
    return Member(PurePosixPath(entry.filename).name, head, blocks)


def _cut(name: str) -> str:
    return f"{name} is damaged or was cut short; {AGAIN}."


@contextmanager
def _sentences(name: str) -> Iterator[None]:
    """A `with` block whose errors about an archive are sentences, and quote nothing of it."""
    try:
        yield
    except NotImplementedError:
        raise IngestError(
            f"{name} is packed in a way that is not read; unpack it, and put its files there."
        ) from None
    except RuntimeError:
        raise IngestError(f"{name} is encrypted, so it is not read; {AGAIN}.") from None
    except _DAMAGED:
        raise IngestError(_cut(name)) from None
