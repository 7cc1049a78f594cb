"""Follow lists without a login: a library, the zip that holds it, and a text of addresses."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from music_assets.landing.follow_files import follow_list_in
from music_assets.landing.follow_inbox import (
    FollowList,
    land_follow_list,
    put_follow_list,
    read_follow_list,
)
from music_assets.landing.ingests import IngestError
from music_assets.landing.pages import to_line
from music_assets.storage.blobs import StorageResource

ABBA, ZOE = "0LcJLqbBmaGUft1e9Mm8HV", "3fMbdgg4jU18AjLCKBhRSm"


def library(*artists: object, **others: Any) -> bytes:
    return json.dumps({"tracks": [], "albums": [], "artists": artists, **others}).encode()


def entry(identity: str, name: object = "Abba", kind: str = "artist") -> dict[str, object]:
    return {"name": name, "uri": f"spotify:{kind}:{identity}"}


def zipped(**files: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"Spotify Account Data/{name.replace('_', '.')}", text)
    return content.getvalue()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file"


def read(file: Path, content: bytes) -> FollowList:
    file.write_bytes(content)
    return follow_list_in(file)


def artists_of(followed: FollowList) -> list[tuple[str, str | None]]:
    return [(item["id"], item["name"]) for page in followed.pages for item in page["items"]]


def test_a_library_names_everybody_who_is_followed(file: Path) -> None:
    followed = read(file, library(entry(ABBA), entry(ZOE, "Zoë")))
    assert artists_of(followed) == [(ABBA, "Abba"), (ZOE, "Zoë")]
    assert (followed.whole, followed.rejects) == (True, [])


def test_a_library_is_found_in_the_zip_that_spotify_sends(file: Path) -> None:
    content = zipped(
        YourLibrary_json=library(entry(ABBA)),
        StreamingHistory_music_0_json=b"[]",
        Read_Me_First_pdf=b"%PDF",
    )
    assert artists_of(read(file, content)) == [(ABBA, "Abba")]


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_a_library_may_be_pretty_printed_after_a_byte_order_mark(file: Path, bom: bytes) -> None:
    content = bom + json.dumps({"artists": [entry(ABBA)]}, indent=2).encode()
    assert artists_of(read(file, content)) == [(ABBA, "Abba")]


@pytest.mark.parametrize(
    "bad",
    [None, 7, "x", {}, {"name": "Abba"}, {"uri": None}, {"uri": 7}, entry(ABBA, kind="track"),
     entry(""), entry("a b"), {"name": "Abba", "uri": ABBA}],
)  # fmt: skip
def test_an_artist_whose_uri_is_none_is_told_and_makes_the_list_delete_nobody(
    file: Path, storage: StorageResource, bad: object
) -> None:
    followed = read(file, library(entry(ABBA), bad, entry(ZOE)))
    assert [each for each, _ in artists_of(followed)] == [ABBA, ZOE]
    [reject] = followed.rejects
    assert (followed.unit, reject.line) == ("Artist", 2)
    put_follow_list(storage, followed.pages)
    assert not land_follow_list(storage, "run")[1].whole


def test_an_artist_who_is_named_twice_counts_once(file: Path) -> None:
    followed = read(file, library(entry(ABBA), entry(ABBA)))
    assert (followed.artists, followed.whole) == ([ABBA], True)


@pytest.mark.parametrize("name", [None, "", "  ", 7, []])
def test_a_name_that_is_not_told_is_unknown(file: Path, name: object) -> None:
    assert artists_of(read(file, library(entry(ABBA, name)))) == [(ABBA, None)]


def test_half_a_character_in_a_name_costs_the_name(file: Path) -> None:
    followed = read(file, library(entry(ABBA, "\ud800")))
    assert followed.artists == [ABBA]


TEXT = f"""\
# whom I follow

spotify:artist:{ABBA}
  https://open.spotify.com/artist/{ZOE}?si=4bDa31  # a comment
https://open.spotify.com/intl-de/artist/{ABBA}
open.spotify.com/artist/{ZOE}/
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_text_has_an_artist_on_each_line(file: Path, encoding: str, end: str) -> None:
    followed = read(file, TEXT.replace("\n", end).encode(encoding))
    assert artists_of(followed) == [(ABBA, None), (ZOE, None), (ABBA, None), (ZOE, None)]
    assert followed.artists == [ABBA, ZOE]
    assert (followed.whole, followed.rejects, followed.shortfall) == (False, [], "")


@pytest.mark.parametrize(
    "line",
    [
        "Abba",
        ABBA,
        f"spotify:track:{ABBA}",
        f"spotify:artist:{ABBA}:x",
        "spotify:artist:",
        f"https://open.spotify.com/album/{ABBA}",
        f"https://example.com/artist/{ABBA}",
        f"https://open.spotify.com.example.com/artist/{ABBA}",
        f"https://open.spotify.com/user/x/artist/{ABBA}",
        f"https://open.spotify.com/artist/{'a' * 65}",
        f"https://open.spotify.com/artist/{ABBA[:-1]}é",
    ],
)
def test_a_line_that_is_neither_is_told_by_its_number(file: Path, line: str) -> None:
    followed = read(file, f"spotify:artist:{ZOE}\n\n{line}\n".encode())
    assert followed.artists == [ZOE]
    [reject] = followed.rejects
    assert (followed.unit, reject.line) == ("Line", 3)
    assert "is neither an artist's URI (spotify:artist:…) nor a link to one" in reject.reason


ids = st.from_regex(r"[0-9A-Za-z]{22}", fullmatch=True)
links = st.sampled_from(
    ["spotify:artist:{}", "https://open.spotify.com/artist/{}", "http://open.spotify.com/artist/{}",
     "https://open.spotify.com/intl-pt-br/artist/{}?si=a_b-c", " open.spotify.com/artist/{} # x"]
)  # fmt: skip


@given(st.lists(st.tuples(ids, links), min_size=1, max_size=9))
def test_every_address_gives_its_id(
    tmp_path_factory: pytest.TempPathFactory, artists: list[tuple[str, str]]
) -> None:
    text = "\n".join(link.format(identity) for identity, link in artists)
    followed = read(tmp_path_factory.mktemp("text") / "file", text.encode())
    assert followed.artists == list(dict.fromkeys(identity for identity, _ in artists))


def test_pages_of_spotifys_are_read_as_before(file: Path) -> None:
    pages = [{"items": [{"id": ABBA, "name": "Abba", "genres": ["pop"]}], "total": 1}]
    content = b"not JSON\n" + b"".join(map(to_line, pages))
    assert read(file, content) == read_follow_list(content, str(file))
    wrapped = json.dumps({"artists": {"items": [{"id": ABBA}], "total": 1}}, indent=2).encode()
    assert read(file, wrapped) == read_follow_list(wrapped, str(file))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "it is empty"),
        (b"# nobody\n", "names no artist"),
        (b"Abba\n", "line 1, 'Abba' is neither an artist's URI"),
        (library(), "names no artist"),
        (library(7), "artist 1, its uri absent is neither"),
        (b'{"artists": 7}', "can be read"),
        (b"[" * 100_000, "can be read"),
        (zipped(Other_json=b"{}", More_json=b"{}"), "holds no YourLibrary.json"),
        (zipped(YourLibrary_json=library(entry(ABBA)))[:-30], "damaged or was cut short"),
        (zipped(YourLibrary_json=b"[" + b" " * 10**7), r"\."),
    ],
    ids=range(10),
)
def test_a_list_that_cannot_be_used_is_refused_in_a_sentence(
    file: Path, content: bytes, why: str
) -> None:
    with pytest.raises(IngestError, match=why):
        read(file, content)


@pytest.mark.parametrize("name", ["../YourLibrary.json", "/etc/YourLibrary.json", "C:\\x.json"])
def test_a_zip_that_leads_out_of_itself_is_refused(file: Path, name: str) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(name, library(entry(ABBA)))
    with pytest.raises(IngestError, match="leads out of the archive"):
        read(file, content.getvalue())


def test_a_zip_that_is_made_to_fill_memory_is_refused(file: Path) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("YourLibrary.json", b" " * 10**8)
    with pytest.raises(IngestError, match="unpacks to 100 times its size or more"):
        read(file, content.getvalue())
