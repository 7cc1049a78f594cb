"""Landed plays, for the tests of what comes after the landing."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from music_assets.landing.song_names import name_id
from music_assets.storage.blobs import StorageResource

Play = dict[str, Any]


def moment(text: str) -> int:
    """A moment in UTC, such as `2026-03-01 10:05:42`, in seconds since 1970."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def play(at: object, title: str = "One", *, source: str = "spotify", **others: Any) -> Play:
    """A play of a song by Ann, as it lands; of 3 minutes unless its source does not say."""
    when = moment(at) if isinstance(at, str) and at[:2] == "20" else at
    artist = others.pop("artist", "Ann")
    known = {
        "source": source,
        "at": when,
        "ms_played": 180_000 if source in ("spotify", "account", "simulated") else None,
        "length_ms": 180_000 if source == "recent" else None,
        "song_id": None if source in ("account", "lastfm") else title,
        "name_id": name_id(artist, title),
        "title": title,
        "artist": artist,
        "album": "First",
        "skipped": None,
        "offline": None,
    }
    return known | others


def land(storage: StorageResource, *plays: Play, key: str = "") -> str:
    """Land a file with some plays; returns its key."""
    key = key or hashlib.sha256(json.dumps(plays).encode()).hexdigest()[:16]
    months: dict[str, list[Play]] = {}
    for each in plays:
        at = each["at"]
        month = f"{datetime.fromtimestamp(at, UTC):%Y-%m}" if isinstance(at, int) else "unknown"
        months.setdefault(month, []).append(each)
    files: dict[str, list[Any]] = {
        f"{month}-001.ndjson": [{"requested": month, "plays": found}]
        for month, found in months.items()
    }
    files["songs.ndjson"] = [{"songs": list(_songs(plays))}]
    files["offline.ndjson"] = [{"offline": [_offline(each) for each in plays if each["offline"]]}]
    files["_SUCCESS"] = [{"plays": len(plays)}]
    for name, lines in files.items():
        content = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
        storage.write(f"landing/plays/{key}/{name}", content)
    return key


def _songs(plays: Iterable[Play]) -> Iterable[Mapping[str, Any]]:
    newest: dict[tuple[Any, ...], Any] = {}
    names = ("song_id", "name_id", "title", "artist", "album")
    for each in plays:
        song = tuple(each[name] for name in names)
        if song[0] or song[1]:
            last = each["at"] if isinstance(each["at"], int) else 0
            newest[song] = max(newest.get(song, 0), last)
    return [dict(zip(names, song, strict=True)) | {"last": at} for song, at in newest.items()]


def _offline(each: Play) -> Mapping[str, Any]:
    told = {name: each[name] for name in ("at", "offline", "ms_played")}
    return {"key": each["song_id"] or each["name_id"]} | told
