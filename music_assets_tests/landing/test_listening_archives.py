"""Archives as people download them, and those that are made to harm whoever unpacks them."""

import gzip
import io
import struct
import zipfile
from pathlib import Path

import pytest

from music_assets.landing.ingests import IngestError
from music_assets.landing.listening_archives import BOMB, members_of
from music_assets.storage.folder import FolderStorage
from music_assets_tests.landed_plays import land, landed
from music_assets_tests.outside.histories import extended, streamed, text, zipped

SOUND = text([streamed(number) for number in range(20)])


def read(folder: Path, content: bytes, name: str = "my.zip") -> dict[str, bytes]:
    file = folder / name
    file.write_bytes(content)
    with members_of(file, name) as members:
        return {member.name: member.read() for member in members}


def encrypted() -> bytes:
    """A zip that says of its member that it is encrypted."""
    content = bytearray(zipped({"endsong_0.json": SOUND}))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def saying(size: int) -> bytes:
    """A zip that says of its member that it unpacks to fewer or more bytes than it does."""
    content = bytearray(zipped({"endsong_0.json": SOUND}))
    directory = content.index(b"PK\x01\x02")
    content[22:26] = content[directory + 24 : directory + 28] = struct.pack("<I", size)
    return bytes(content)


def damaged() -> bytes:
    """A zip with one byte changed in the middle of a member that is stored as it is."""
    content = zipped({"endsong_0.json": SOUND}, zipfile.ZIP_STORED)
    return content.replace(b"Song 7", b"Song 8", 1)


def overlapping() -> bytes:
    """A zip whose directory names one member many times, as bombs without layers do."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("endsong_0.json", SOUND)
        archive.filelist *= 400
    return packed.getvalue()


HOSTILE = {
    "up": (zipped({"../endsong_0.json": SOUND}), "leads out"),
    "up, later": (zipped({"a/../../endsong_0.json": SOUND}), "leads out"),
    "up, as Windows has it": (zipped({"a\\..\\endsong_0.json": SOUND}), "leads out"),
    "absolute": (zipped({"/tmp/endsong_0.json": SOUND}), "leads out"),
    "absolute, as Windows has it": (zipped({"\\endsong_0.json": SOUND}), "leads out"),
    "drive": (zipped({"C:\\endsong_0.json": SOUND}), "leads out"),
    "folder": (zipped({"endsong_0.json": SOUND, "../x/": b""}), "leads out"),
    "bomb": (zipped({"endsong_0.json": b" " * 10**7}), "100 times"),
    "bomb among others": (zipped({"endsong_0.json": SOUND, "x": b" " * 10**6}), "100 times"),
    "bomb without layers": (overlapping(), "100 times"),
    "bomb that says it is none": (saying(5), "damaged"),
    "short of what it says": (saying(len(SOUND) + 5), "damaged"),
    "encrypted": (encrypted(), "is encrypted"),
    "cut short": (zipped({"endsong_0.json": SOUND})[:-30], "damaged or was cut short"),
    "cut in the middle": (extended([streamed()])[:900], "damaged or was cut short"),
    "damaged": (damaged(), "damaged or was cut short"),
    "nested": (zipped({"endsong_0.json": SOUND, "a.bin": zipped({"x": b""})}), "another archive"),
    "nested gzip": (zipped({"endsong_0.json.gz": gzip.compress(SOUND)}), "another archive"),
    "gzip of a zip": (gzip.compress(zipped({"endsong_0.json": SOUND})), "unpack it"),
    "gzip bomb": (gzip.compress(b" " * 10**7), "unpacks to more than"),
    "gzip, cut": (gzip.compress(SOUND)[:-20], "damaged or was cut short"),
    "other archive": (b"7z\xbc\xaf\x27\x1c" + bytes(50), "unpack it"),
    "packed oddly": (
        zipped({"endsong_0.json": SOUND}).replace(b"\x08\x00", b"\x09\x00"),
        "packed in a way that is not read",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_an_archive_that_may_do_harm_is_refused_with_a_sentence(name: str, tmp_path: Path) -> None:
    content, why = HOSTILE[name]
    with pytest.raises(IngestError, match=why) as refused:
        read(tmp_path, content)
    assert str(refused.value).startswith("my.zip ")
    assert str(refused.value).endswith(".")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_of_a_refused_archive_lands(
    name: str, storage: FolderStorage, tmp_path: Path
) -> None:
    storage.write("listening/my.zip", HOSTILE[name][0])
    done = land(storage)
    assert list(done.problems) == ["listening/my.zip"]
    assert landed(storage) == {}
    assert [each.name for each in tmp_path.iterdir()] == ["storage"]


def test_the_members_of_a_sound_archive_come_without_their_folders(tmp_path: Path) -> None:
    found = read(tmp_path, zipped({"a/b/endsong_0.json": SOUND, "c.pdf": b"%PDF", "empty": b""}))
    assert found == {"endsong_0.json": SOUND, "c.pdf": b"%PDF", "empty": b""}


@pytest.mark.parametrize("content", [SOUND, gzip.compress(SOUND)], ids=["as it is", "gzip"])
def test_a_file_that_is_no_archive_is_its_own_only_member(tmp_path: Path, content: bytes) -> None:
    assert read(tmp_path, content, "endsong_0.json") == {"endsong_0.json": SOUND}


def test_a_history_is_far_from_a_bomb() -> None:
    content = text([streamed(number) for number in range(2_000)])
    assert len(content) < BOMB / 2 * len(zipped({"endsong_0.json": content}))
