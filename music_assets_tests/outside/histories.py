"""Listening histories in the exact form in which people download them, with invented contents.

Every record has all members that a real one has, private ones too: these hold canaries, which no
file, log or table may hold but the person's own file.
"""

import datetime as dt
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

ADDRESS, COUNTRY = "203.0.113.77", "CANARY-COUNTRY"
DEVICE, USER = "canary-phone 17 (arm64)", "canary.user.4711"
CANARIES = (ADDRESS, COUNTRY, DEVICE, USER)
START = dt.datetime(2024, 3, 1, 12, 0, tzinfo=dt.UTC)
EXTENDED = "Spotify Extended Streaming History/"
Record = dict[str, Any]


def moment(number: int) -> dt.datetime:
    return START + dt.timedelta(minutes=4 * number)


def seconds(number: int) -> int:
    return int(moment(number).timestamp())


def track_id(number: int) -> str:
    return f"{number:022}"


def streamed(number: int = 0, **others: Any) -> Record:
    """A record of `Streaming_History_Audio_*.json`."""
    return {
        "ts": moment(number).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "platform": DEVICE,
        "ms_played": 180_000 + number,
        "conn_country": COUNTRY,
        "ip_addr": ADDRESS,
        "master_metadata_track_name": f"Song {number}",
        "master_metadata_album_artist_name": f"Artist {number % 7}",
        "master_metadata_album_album_name": f"Album {number % 11}",
        "spotify_track_uri": f"spotify:track:{track_id(number)}",
        "episode_name": None,
        "episode_show_name": None,
        "spotify_episode_uri": None,
        "audiobook_title": None,
        "audiobook_uri": None,
        "audiobook_chapter_uri": None,
        "audiobook_chapter_title": None,
        "reason_start": "trackdone",
        "reason_end": "trackdone",
        "shuffle": False,
        "skipped": False,
        "offline": False,
        "offline_timestamp": None,
        "incognito_mode": False,
    } | others


def endsong(number: int = 0, **others: Any) -> Record:
    """A record of `endsong_*.json`, as it was until 2023."""
    record = streamed(number, **others)
    del record["ip_addr"]
    return {"username": USER, "user_agent_decrypted": DEVICE, "ip_addr_decrypted": ADDRESS,
            "city": None, "region": None, **record}  # fmt: skip


def episode(number: int = 0) -> Record:
    """A record of a podcast, as it stands among the songs."""
    return streamed(
        number,
        master_metadata_track_name=None,
        master_metadata_album_artist_name=None,
        master_metadata_album_album_name=None,
        spotify_track_uri=None,
        episode_name="An episode",
        episode_show_name="A show",
        spotify_episode_uri="spotify:episode:1111111111111111111111",
    )


def audiobook(number: int = 0) -> Record:
    return episode(number) | {
        "episode_name": None,
        "episode_show_name": None,
        "spotify_episode_uri": None,
        "audiobook_title": "A book",
        "audiobook_uri": "spotify:show:2222222222222222222222",
        "audiobook_chapter_uri": "spotify:episode:3333333333333333333333",
        "audiobook_chapter_title": "A chapter",
    }


def account(number: int = 0, **others: Any) -> Record:
    """A record of `StreamingHistory_music_*.json`. It has no private member of its own."""
    return {
        "endTime": moment(number).strftime("%Y-%m-%d %H:%M"),
        "artistName": f"Artist {number % 7}",
        "trackName": f"Song {number}",
        "msPlayed": 180_000 + number,
    } | others


def account_podcast(number: int = 0) -> Record:
    return {
        "endTime": moment(number).strftime("%Y-%m-%d %H:%M"),
        "podcastName": "A show",
        "episodeName": "An episode",
        "msPlayed": 9_000,
    }


def listen(number: int = 0, info: Record | None = None, **others: Any) -> Record:
    """A line of ListenBrainz's `listens/<year>/<month>.jsonl`."""
    additional = {
        "submission_client": "ListenBrainz Spotify importer",
        "media_player": DEVICE,
        "recording_msid": "0f1e2d3c-0000-0000-0000-000000000000",
        "tracknumber": 3,
    } | ({"duration_ms": 200_000} if info is None else info)
    return {
        "listened_at": seconds(number),
        "inserted_at": seconds(number) + 60,
        "user_name": USER,
        "recording_msid": "0f1e2d3c-0000-0000-0000-000000000000",
        "track_metadata": {
            "artist_name": f"Artist {number % 7}",
            "track_name": f"Song {number}",
            "release_name": f"Album {number % 11}",
            "additional_info": additional,
            "mbid_mapping": {"recording_mbid": "4b1e0000-0000-0000-0000-000000000000"},
        },
    } | others


def lastfm(numbers: Sequence[int]) -> bytes:
    """A CSV of Last.fm's exporters. It has no private column of its own."""
    rows = ['"uts","utc_time","artist","artist_mbid","album","album_mbid","track","track_mbid"']
    for number in numbers:
        told = moment(number).strftime("%d %b %Y, %H:%M")
        rows.append(
            f'"{seconds(number)}","{told}","Artist {number % 7}","","Album {number % 11}","",'
            f'"Song {number}",""'
        )
    return "\n".join([*rows, ""]).encode()


LIBRARY: Record = {
    "tracks": [{"artist": "A", "album": "B", "track": "C", "uri": f"spotify:track:{track_id(1)}"}],
    "albums": [],
    "shows": [],
    "episodes": [],
    "bannedTracks": [],
    "artists": [{"name": "A", "uri": "spotify:artist:4444444444444444444444"}],
    "bannedArtists": [],
    "other": [],
}


def text(records: Sequence[object] | Record, **how: Any) -> bytes:
    return json.dumps(records, ensure_ascii=False, **how).encode()


def lines(records: Sequence[object]) -> bytes:
    return b"".join(text([each])[1:-1] + b"\n" for each in records)


def zipped(members: Mapping[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of members by name; the same members give the same bytes, whenever it is made."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", packing) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2024, 4, 1, 12, 0, 0)), content, packing)
    return packed.getvalue()


def extended(*parts: Sequence[object]) -> bytes:
    """The zip that Spotify sends: audio in several files, a video, and a file to read."""
    audio = {
        f"{EXTENDED}Streaming_History_Audio_{2015 + number}_{number}.json": text(part)
        for number, part in enumerate(parts)
    }
    others = {
        f"{EXTENDED}Streaming_History_Video_2018-2024.json": text([episode(3), streamed(4)]),
        f"{EXTENDED}ReadMeFirst_ExtendedStreamingHistory.pdf": b"%PDF-1.4 canary " + USER.encode(),
    }
    return zipped(audio | others)
