"""Addresses, countries, devices and users' names of listening histories stay in the inbox."""

import gzip
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from click.testing import CliRunner

from music_assets.cli.main import main
from music_assets.config.dagster_home import SETTINGS
from music_assets_tests.conftest import Sandbox
from music_assets_tests.faults.test_secrets import LOUD
from music_assets_tests.house import House, metadata_of, small_world
from music_assets_tests.landed_plays import plays, put
from music_assets_tests.outside.histories import (
    ADDRESS,
    CANARIES,
    COUNTRY,
    DEVICE,
    EXTENDED,
    USER,
    account,
    account_podcast,
    audiobook,
    endsong,
    episode,
    extended,
    lastfm,
    lines,
    listen,
    streamed,
    text,
    zipped,
)

PRIVATE = {"username": USER, "ip": ADDRESS, "country": COUNTRY, "device": {"name": DEVICE}}
#: Records of which something is wrong, each with private members that are sound.
WRONG: list[Any] = [
    streamed(10, ms_played="x"),
    streamed(11, ms_played={"ip": ADDRESS, "user": [USER]}),
    streamed(12, master_metadata_track_name={"user": USER, "device": DEVICE}),
    streamed(13, spotify_track_uri=f"spotify:user:{USER}:playlist:x", ms_played=float("nan")),
    streamed(14, spotify_track_uri=f"https://open.spotify.com/track/a?si={USER}", skipped=COUNTRY),
    streamed(15, skipped=[USER], offline=ADDRESS),
    streamed(16, ts={"x": ADDRESS}),
    {"user": USER, "ip": ADDRESS, "platform": DEVICE, "conn_country": COUNTRY},
    None,
    f"{USER} {ADDRESS} {DEVICE} {COUNTRY}",
]
RECORDS = [streamed(0), endsong(1), episode(2), audiobook(3)]


def table() -> bytes:
    """A CSV with columns that nobody asked for."""
    head, *rows = lastfm(range(3)).decode().splitlines()
    private = ",".join(f'"{each}"' for each in CANARIES)
    wide = [f"{head},ip,country,device,user", *(f"{row},{private}" for row in rows)]
    # One row has a field too many.
    return "\n".join([*wide, f"{rows[0]},{private},{USER}"]).encode()


def bare_table() -> bytes:
    """A CSV without a header."""
    return "\n".join(f'1,"{USER}","{ADDRESS}","{DEVICE}","{COUNTRY}"' for _ in range(3)).encode()


def unheaded() -> bytes:
    """A CSV whose header lacks what is needed."""
    return b"uts,artist\n" + "\n".join(f'1,"{each}"' for each in CANARIES).encode()


SOUND = text(RECORDS)
FILES: dict[str, tuple[str, bytes]] = {
    "zip": ("my.zip", extended(RECORDS, RECORDS)),
    "file": ("Streaming_History_Audio_2020_1.json", SOUND),
    "gzip": ("endsong_0.json.gz", gzip.compress(SOUND)),
    "account": (
        "StreamingHistory_music_0.json",
        text([account(0, **PRIVATE), account_podcast(1) | PRIVATE]),
    ),
    "listenbrainz": ("1.jsonl", lines([listen(0, {**PRIVATE, "duration": 5}), listen(1)])),
    "lastfm": ("scrobbles.csv", table()),
    "wrong records": ("endsong_1.json", json.dumps([*RECORDS, *WRONG]).encode()),
    "wrong account": (
        "StreamingHistory1.json",
        text([account(0), account(1, msPlayed=USER) | PRIVATE, account(2, trackName=[USER])]),
    ),
    "wrong listens": (
        "2.jsonl",
        lines([listen(0), listen(1, listened_at=None), listen(2, {"origin_url": USER})]),
    ),
    "cut": ("endsong_2.json", SOUND[: SOUND.rindex(COUNTRY.encode()) + 30]),
    "cut in a name": ("endsong_3.json", SOUND[: SOUND.rindex(DEVICE.encode()) + len(DEVICE)]),
    "no list": ("endsong_4.json", SOUND[1:].replace(b'"ts"', b'ts"')),
    "no JSON": ("endsong_5.json", f"<html>{' '.join(CANARIES)}</html>".encode()),
    "no UTF-8": ("endsong_6.json", SOUND.replace(b"Song", b"\xff")),
    "controls": ("endsong_7.json", SOUND.replace(b"Song 0", b"Song\n0")),
    "cut table": ("cut.csv", table()[:-10]),
    "table without a header": ("bare.csv", bare_table()),
    "table that lacks a column": ("lacks.csv", unheaded()),
    "other file": ("notes.txt", " ".join(CANARIES).encode()),
    "other JSON": ("Userdata.json", text(PRIVATE)),
    "cut zip": ("cut.zip", extended(RECORDS)[:-20]),
    "hostile zip": ("hostile.zip", zipped({f"../{USER}.json": SOUND})),
    "nested zip": ("nested.zip", zipped({f"{USER}.zip": extended(RECORDS)})),
    "zip of others": ("others.zip", zipped({f"{USER}/{ADDRESS}.pdf": text(PRIVATE)})),
    "zip with others": (
        "with.zip",
        zipped(
            {
                f"{EXTENDED}{USER}.pdf": b"%PDF",
                f"{USER}/endsong_0.json": text([*RECORDS, WRONG[0]]),
            }
        ),
    ),
}


def seen(folder: Path, said: str = "") -> list[str]:
    """`canary in place`, for each place but the inbox in which one stands."""
    places = {
        str(path): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "listening" not in path.relative_to(folder).parts
    }
    assert len(places) > 3
    places["what was said"] = said.encode()
    return [
        f"{canary} in {place}"
        for place, content in places.items()
        for canary in CANARIES
        if canary.encode() in content
    ]


@pytest.fixture
def lived_in(
    tmp_path: Path, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> Callable[[dict[str, tuple[str, bytes]]], tuple[House, str]]:
    """Runs everything over files in the inbox; gives the house and all that was said."""
    home = tmp_path / "dagster"
    home.mkdir()
    (home / "dagster.yaml").write_text(SETTINGS.read_text() + LOUD)
    house = House(tmp_path, sandbox(small_world()))

    def live(files: dict[str, tuple[str, bytes]]) -> tuple[House, str]:
        for name, content in files.values():
            put(house.storage, content, name)
        with (
            caplog.at_level(logging.DEBUG),
            dg.DagsterInstance.from_config(str(home)) as instance,
        ):
            results = [house.run("key:raw_plays+", weeks=(), instance=instance) for _ in range(2)]
            records = instance.all_logs(results[0].run_id)
        events = [repr(event) for result in results for event in result.all_events]
        told = metadata_of(results[0], "raw_plays")
        assert told["landed"] == told["files"] > 0
        return house, "\n".join([*events, *map(repr, records), caplog.text])

    return live


@pytest.mark.parametrize("name", ["zip", "wrong records"])
def test_nobody_says_who_listened_where(
    lived_in: Callable[..., tuple[House, str]], tmp_path: Path, name: str
) -> None:
    house, said = lived_in({name: FILES[name]})
    assert len(plays(house.storage)) >= 2
    assert seen(tmp_path, said) == []


def test_nobody_says_who_listened_where_whatever_is_wrong(
    lived_in: Callable[..., tuple[House, str]], tmp_path: Path
) -> None:
    house, said = lived_in(FILES)
    assert house.quarantined()["plays"]
    assert seen(tmp_path, said) == []


def test_a_command_says_nothing_of_it_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MUSIC_STORAGE_URL", str(tmp_path / "storage"))
    given = tmp_path / "listening"
    given.mkdir()
    for name, content in FILES.values():
        (given / name).write_bytes(content)
    files = [str(path) for path in given.iterdir()]
    result = CliRunner().invoke(main, ["listening", "import", *files])
    assert isinstance(result.exception, SystemExit)
    assert [canary for canary in CANARIES if canary in result.output] == []


def test_a_canary_outside_the_inbox_is_seen(tmp_path: Path) -> None:
    for number in range(4):
        (tmp_path / str(number)).write_text(f"before {ADDRESS} after")
    assert len(seen(tmp_path, USER)) == 5
