"""Listening histories in every form: what lands of each record, and what does not."""

import codecs
import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest

from music_assets.landing.listening_values import seconds_of, song_id_of
from music_assets.landing.song_names import name_id
from music_assets.storage.folder import FolderStorage
from music_assets_tests.landed_plays import (
    land,
    manifests,
    one_play,
    plays,
    put,
    quarantined,
    songs,
)
from music_assets_tests.outside.histories import (
    EXTENDED,
    LIBRARY,
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
    seconds,
    streamed,
    text,
    track_id,
    zipped,
)

ID = track_id(0)


def counts(storage: FolderStorage) -> tuple[int, int, int, int, int]:
    """Records, plays, no music, in quarantine, and files left."""
    [found] = manifests(storage)
    assert found["records"] == found["plays"] + found["not_music"] + found["quarantined"]
    return (found["records"], found["plays"], found["not_music"], found["quarantined"],
            found["files_left"])  # fmt: skip


def test_the_extended_history_lands_with_the_few_fields_that_are_used(
    storage: FolderStorage,
) -> None:
    assert one_play(storage, text([streamed()])) == {
        "requested": "2024-03",
        "source": "spotify",
        "at": seconds(0),
        "ms_played": 180_000,
        "length_ms": None,
        "song_id": ID,
        "name_id": name_id("Artist 0", "Song 0"),
        "title": "Song 0",
        "artist": "Artist 0",
        "album": "Album 0",
        "skipped": False,
        "offline": None,
    }
    assert songs(storage) == [
        {
            "song_id": ID,
            "name_id": name_id("Artist 0", "Song 0"),
            "title": "Song 0",
            "artist": "Artist 0",
            "album": "Album 0",
            "last": seconds(0),
        }
    ]


def test_the_old_names_of_files_and_fields_are_read_the_same(storage: FolderStorage) -> None:
    put(storage, zipped({"MyData/endsong_0.json": text([endsong(0), endsong(1)])}))
    assert land(storage).problems == {}
    assert [(play["source"], play["song_id"]) for play in plays(storage)] == [
        ("spotify", ID),
        ("spotify", track_id(1)),
    ]


def test_the_zip_of_spotify_lands_all_its_audio_and_counts_the_rest(
    storage: FolderStorage,
) -> None:
    put(storage, extended([streamed(0), episode(1)], [streamed(2), audiobook(5)]))
    assert land(storage).problems == {}
    assert {play["title"] for play in plays(storage)} == {"Song 0", "Song 2"}
    # An episode, an audiobook, and two records of the videos, of which one names a song.
    assert counts(storage) == (6, 2, 4, 0, 1)


def test_account_data_is_known_to_the_minute_and_by_names(storage: FolderStorage) -> None:
    files = {
        "Spotify Account Data/StreamingHistory_music_0.json": text([account(0), account(1)]),
        "Spotify Account Data/StreamingHistory_podcast_0.json": text([account_podcast(2)]),
        "Spotify Account Data/StreamingHistory_audiobook_0.json": text([account_podcast(3)]),
        "Spotify Account Data/YourLibrary.json": text(LIBRARY),
        "Spotify Account Data/Userdata.json": text({"username": USER}),
    }
    put(storage, zipped(files))
    assert land(storage).problems == {}
    first, _ = plays(storage)
    assert first == {
        "requested": "2024-03",
        "source": "account",
        "at": seconds(0),
        "ms_played": 180_000,
        "length_ms": None,
        "song_id": None,
        "name_id": name_id("Artist 0", "Song 0"),
        "title": "Song 0",
        "artist": "Artist 0",
        "album": None,
        "skipped": None,
        "offline": None,
    }
    assert counts(storage) == (4, 2, 2, 0, 2)


def test_the_old_account_data_has_podcasts_by_their_own_fields(storage: FolderStorage) -> None:
    put(storage, text([account(0), account_podcast(1)]), "StreamingHistory0.json")
    land(storage)
    assert counts(storage) == (2, 1, 1, 0, 0)


@pytest.mark.parametrize("packed", [True, False], ids=["zip", "list"])
def test_listenbrainz_tells_the_length_of_the_track_and_the_beginning(
    storage: FolderStorage, packed: bool
) -> None:
    files = {
        "listens/2024/3.jsonl": lines([listen(0), listen(1)]),
        "user.json": text({"user_name": USER}),
        "feedback.jsonl": lines([{"recording_msid": "x", "score": 1}]),
    }
    content = zipped(files) if packed else text([listen(0), listen(1)])
    put(storage, content, "listenbrainz_export.zip")
    assert land(storage).problems == {}
    first, second = plays(storage)
    assert first == {
        "requested": "2024-03",
        "source": "listenbrainz",
        "at": seconds(0),
        "ms_played": None,
        "length_ms": 200_000,
        "song_id": None,
        "name_id": name_id("Artist 0", "Song 0"),
        "title": "Song 0",
        "artist": "Artist 0",
        "album": "Album 0",
        "skipped": None,
        "offline": None,
    }
    assert second["at"] == seconds(1)
    assert counts(storage) == (2, 2, 0, 0, 2 if packed else 0)


LINK = f"https://open.spotify.com/track/{ID}"


@pytest.mark.parametrize(
    ("info", "song_id", "length"),
    [
        ({"spotify_id": LINK, "duration_ms": 1_000}, ID, 1_000),
        ({"origin_url": LINK, "duration": 180}, ID, 180_000),
        ({"origin_url": "https://youtu.be/x", "music_service": "youtube.com"}, None, None),
        ({"spotify_id": "", "origin_url": LINK, "duration_ms": "long"}, ID, None),
        ({"spotify_id": None, "origin_url": [LINK], "duration": 0}, None, None),
        ({"spotify_id": 7, "duration_ms": None, "duration": 2.0}, None, 2_000),
    ],
)
def test_a_listen_has_an_id_where_it_names_a_track_of_spotify(
    storage: FolderStorage, info: dict[str, Any], song_id: str | None, length: int | None
) -> None:
    play = one_play(storage, lines([listen(0, info)]))
    assert (play["song_id"], play["length_ms"]) == (song_id, length)


def test_a_listen_without_additional_info_is_read(storage: FolderStorage) -> None:
    names = {"artist_name": "A", "track_name": "T"}
    play = one_play(storage, lines([listen(0, track_metadata=names)]))
    assert (play["artist"], play["title"], play["album"]) == ("A", "T", None)


def test_last_fm_is_read_by_the_names_of_its_columns(storage: FolderStorage) -> None:
    put(storage, lastfm(range(3)), "scrobbles.csv")
    assert land(storage).problems == {}
    first, *_ = plays(storage)
    assert first == {
        "requested": "2024-03",
        "source": "lastfm",
        "at": seconds(0),
        "ms_played": None,
        "length_ms": None,
        "song_id": None,
        "name_id": name_id("Artist 0", "Song 0"),
        "title": "Song 0",
        "artist": "Artist 0",
        "album": "Album 0",
        "skipped": None,
        "offline": None,
    }
    assert counts(storage) == (3, 3, 0, 0, 0)


def as_people_save_it(content: bytes, how: str) -> bytes:
    changes: dict[str, Callable[[bytes], bytes]] = {
        "semicolons": lambda content: content.replace(b'","', b'";"'),
        "CRLF": lambda content: content.replace(b"\n", b"\r\n"),
        "BOM": lambda content: codecs.BOM_UTF8 + content,
        "UTF-16": lambda content: content.decode().encode("utf-16"),
        "no quotes": lambda content: content.replace(b'"', b""),
    }
    return changes[how](content)


@pytest.mark.parametrize("how", ["semicolons", "CRLF", "BOM", "UTF-16", "no quotes"])
def test_last_fm_is_read_however_it_was_saved(storage: FolderStorage, how: str) -> None:
    content = lastfm([0])
    if how == "no quotes":
        # A comma of a date stands in quotes.
        content = content.replace(b"Mar 2024, ", b"Mar 2024 ")
    play = one_play(storage, as_people_save_it(content, how), "scrobbles.csv")
    assert (play["at"], play["title"], play["artist"]) == (seconds(0), "Song 0", "Artist 0")


def test_a_scrobble_without_a_moment_lands_as_it_is(storage: FolderStorage) -> None:
    content = lastfm([0]).replace(str(seconds(0)).encode(), b"now")
    play = one_play(storage, content, "scrobbles.csv")
    assert (play["at"], play["requested"]) == ("now", "unknown")


def test_a_csv_that_lacks_a_column_is_refused_with_what_was_found(
    storage: FolderStorage,
) -> None:
    put(storage, lastfm([0]).replace(b'"track"', b'"name"'), "scrobbles.csv")
    [problem] = land(storage).problems.values()
    assert "no column for track" in problem
    assert "uts, utc_time, artist" in problem


@pytest.mark.parametrize(
    ("uri", "song_id"),
    [
        (f"spotify:track:{ID}", ID),
        (f"spotify:intl-de:track:{ID}", ID),
        (f"https://open.spotify.com/track/{ID}", ID),
        (f"https://open.spotify.com/intl-de/track/{ID}?si=0123abc", ID),
        (f"http://open.spotify.com/embed/track/{ID}/", ID),
        ("spotify:track:abcDEF123", "abcDEF123"),
        (f"spotify:track:{'a' * 64}", "a" * 64),
        (f"spotify:track:{'a' * 65}", None),
        ("spotify:track:", None),
        ("spotify:track:not base 62", None),
        (f"spotify:episode:{ID}", None),
        (f"spotify:local:Artist:Album:{ID}:120", None),
        (f"https://example.com/track/{ID}", None),
        ("", None),
    ],
)
def test_the_id_of_a_track_is_read_out_of_any_address_of_it(uri: str, song_id: str | None) -> None:
    assert song_id_of(uri) == song_id


def test_the_same_song_by_two_addresses_is_one_song(storage: FolderStorage) -> None:
    address = f"https://open.spotify.com/intl-de/track/{ID}?si=1"
    content = text([streamed(), streamed(ts="2024-04-01T00:00:00Z", spotify_track_uri=address)])
    put(storage, content, "endsong_0.json")
    land(storage)
    [song] = songs(storage)
    assert song["last"] == seconds_of("2024-04-01T00:00:00Z")


@pytest.mark.parametrize(
    ("changes", "title", "artist"),
    [
        ({"spotify_track_uri": None}, "Song 0", "Artist 0"),
        ({"spotify_track_uri": "spotify:local:A:B:C:120"}, "Song 0", "Artist 0"),
        (
            {
                "spotify_track_uri": "spotify:local:The+Band::My%20Song:120",
                "master_metadata_track_name": None,
                "master_metadata_album_artist_name": None,
                "master_metadata_album_album_name": None,
            },
            "My Song",
            "The Band",
        ),
    ],
)
def test_a_local_file_is_a_song_by_its_names(
    storage: FolderStorage, changes: dict[str, Any], title: str, artist: str
) -> None:
    play = one_play(storage, text([streamed(**changes)]))
    assert (play["song_id"], play["name_id"]) == (None, name_id(artist, title))
    assert (play["title"], play["artist"]) == (title, artist)


def test_a_record_that_names_nothing_lands_for_the_transform_to_judge(
    storage: FolderStorage,
) -> None:
    nothing: dict[str, Any] = dict.fromkeys(
        key for key in streamed() if key.startswith(("master", "spotify_"))
    )
    play = one_play(storage, text([streamed(**nothing)]))
    assert [play[name] for name in ("song_id", "name_id", "title", "artist", "album")] == [None] * 5
    assert songs(storage) == []


@pytest.mark.parametrize("skipped", [True, False, None])
def test_skipped_lands_as_the_file_gives_it(storage: FolderStorage, skipped: bool | None) -> None:
    assert one_play(storage, text([streamed(skipped=skipped)]))["skipped"] is skipped


@pytest.mark.parametrize(
    ("offline", "timestamp", "lands"),
    [
        (True, 1_709_294_400, 1_709_294_400),
        (True, 1_709_294_400_123, 1_709_294_400),
        (True, 0, None),
        (True, None, None),
        (True, -5, None),
        (True, "soon", None),
        (True, 10**17, None),
        (False, 1_709_294_400, None),
        (None, 1_709_294_400, None),
    ],
)
def test_an_offline_timestamp_lands_in_seconds_where_the_play_was_offline(
    storage: FolderStorage, offline: bool | None, timestamp: object, lands: int | None
) -> None:
    record = streamed(offline=offline, offline_timestamp=timestamp)
    assert one_play(storage, text([record]))["offline"] == lands


@pytest.mark.parametrize(
    ("changes", "at", "month"),
    [
        ({"ts": "2099-12-31T23:59:59Z"}, 4_102_444_799, "2099-12"),
        ({"ts": "1999-01-01T00:00:00Z"}, 915_148_800, "1999-01"),
        ({"ts": "2024-03-01T00:30:00+01:00"}, 1_709_249_400, "2024-02"),
        ({"ts": "2024-03-01T12:00:00"}, 1_709_294_400, "2024-03"),
        ({"ts": "yesterday"}, "yesterday", "unknown"),
        ({"ts": "2024-03-01"}, "2024-03-01", "unknown"),
        ({"ts": ""}, "", "unknown"),
        ({"ts": "0001-01-01T00:00:00+23:59"}, -62_135_683_140, "unknown"),
    ],
)
def test_a_moment_lands_in_seconds_and_what_is_none_as_it_is(
    storage: FolderStorage, changes: dict[str, Any], at: object, month: str
) -> None:
    play = one_play(storage, text([streamed(**changes)]))
    assert (play["at"], play["requested"]) == (at, month)


@pytest.mark.parametrize("ms_played", [-5, 0, 10**10])
def test_an_unlikely_duration_lands_for_the_transform_to_judge(
    storage: FolderStorage, ms_played: int
) -> None:
    assert one_play(storage, text([streamed(ms_played=ms_played)]))["ms_played"] == ms_played


UNUSABLE = {
    "a text for a number": (streamed(1, ms_played="long"), "ms_played"),
    "a list for a number": (streamed(1, ms_played=[USER]), "ms_played"),
    "NaN": (streamed(1, ms_played=float("nan")), "JSON"),
    "too large": (streamed(1, ms_played=10**30), ""),
    "nothing for a number": (streamed(1, ms_played=None), "ms_played"),
    "a number for a moment": (streamed(1, ts=5), "ts"),
    "an object for a title": (streamed(1, master_metadata_track_name={"x": USER}), "track_name"),
    "half a character": (streamed(1, master_metadata_track_name="\ud800"), ""),
    "no moment": ({key: each for key, each in streamed(1).items() if key != "ts"}, "ts"),
    "another record": ({"conn_country": USER}, "ts"),
    "null": (None, "no object"),
    "a text": (USER, "no object"),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_one_unusable_record_among_many_costs_only_itself(
    storage: FolderStorage, name: str
) -> None:
    bad, reason = UNUSABLE[name]
    content = json.dumps([streamed(0), bad, streamed(2), episode(3)]).encode()
    put(storage, content, "endsong_0.json")
    assert land(storage).problems == {}
    assert [play["title"] for play in plays(storage)] == ["Song 0", "Song 2"]
    assert counts(storage) == (4, 2, 1, 1, 0)
    [reject] = quarantined(storage)
    assert reason in reject["Reason"]
    assert (reject["Line"], reject["Source"]) == (2, "listening/endsong_0.json")
    shown = json.loads(reject["Record"] or "{}")
    assert shown.keys() <= {"title", "artist", "album", "uri", "ts", "ms_played"}
    assert USER not in json.dumps(reject)


def test_a_reject_shows_which_play_it_was(storage: FolderStorage) -> None:
    put(storage, text([streamed(0), streamed(1, skipped="maybe")]), "endsong_0.json")
    land(storage)
    [reject] = quarantined(storage)
    assert json.loads(reject["Record"]) == {
        "title": "Song 1",
        "artist": "Artist 1",
        "album": "Album 1",
        "uri": f"spotify:track:{track_id(1)}",
        "ts": "2024-03-01T12:04:00Z",
        "ms_played": 180_001,
    }


def test_a_number_in_quotes_is_a_number(storage: FolderStorage) -> None:
    assert one_play(storage, text([streamed(ms_played="1234")]))["ms_played"] == 1234


def test_a_file_that_was_cut_has_all_plays_before_the_cut(storage: FolderStorage) -> None:
    put(storage, text([streamed(number) for number in range(100)])[:-40], "endsong_0.json")
    assert land(storage).problems == {}
    assert counts(storage) == (100, 99, 0, 1, 0)
    [reject] = quarantined(storage)
    assert (reject["Line"], reject["Record"]) == (100, "")
    assert reject["Reason"].startswith("not JSON: ")


def test_a_byte_that_is_no_utf_8_costs_one_record(storage: FolderStorage) -> None:
    content = text([streamed(0), streamed(1), streamed(2)]).replace(b"Song 1", b"Song\xff1")
    put(storage, content, "endsong_0.json")
    land(storage)
    assert [play["title"] for play in plays(storage)] == ["Song 0", "Song 2"]
    assert len(quarantined(storage)) == 1


def test_a_cut_file_in_a_zip_holds_up_no_other(storage: FolderStorage) -> None:
    files = {
        f"{EXTENDED}Streaming_History_Audio_1.json": text([streamed(0), streamed(1)])[:-9],
        f"{EXTENDED}Streaming_History_Audio_2.json": text([streamed(2)]),
        f"{EXTENDED}Streaming_History_Audio_3.json": b"<html>" + USER.encode(),
    }
    put(storage, zipped(files))
    land(storage)
    assert [play["title"] for play in plays(storage)] == ["Song 0", "Song 2"]
    assert counts(storage) == (4, 2, 0, 2, 0)
    assert USER not in json.dumps(quarantined(storage))


def test_a_pretty_printed_list_with_a_byte_order_mark_is_read(storage: FolderStorage) -> None:
    put(storage, codecs.BOM_UTF8 + text([streamed(0)], indent=2), "a.json")
    put(storage, text([streamed(1)], indent=2).decode().encode("utf-16"), "b.json")
    put(storage, gzip.compress(lines([streamed(2), streamed(3)])), "c.jsonl.gz")
    put(storage, text(streamed(4)), "d.json")
    assert land(storage).problems == {}
    assert {play["title"] for play in plays(storage)} == {f"Song {each}" for each in range(5)}
    assert quarantined(storage) == []


def test_a_history_is_known_by_what_is_in_it(storage: FolderStorage) -> None:
    put(storage, zipped({"a.txt": text([streamed(0)]), "b": lastfm([1])}), "whatever.bin")
    land(storage)
    assert {play["source"] for play in plays(storage)} == {"spotify", "lastfm"}
    [manifest] = manifests(storage)
    assert (manifest["kind"], manifest["name"]) == ("lastfm+spotify", "whatever.bin")


def test_what_a_mac_leaves_in_a_zip_is_no_history(storage: FolderStorage) -> None:
    files = {"endsong_0.json": text([streamed()]), "__MACOSX/._endsong_0.json": b"\0\5\x16\7Mac"}
    put(storage, zipped(files))
    land(storage)
    assert counts(storage) == (1, 1, 0, 0, 1)


@pytest.mark.parametrize(
    ("content", "name"),
    [(text(LIBRARY), "YourLibrary.json"), (zipped({"YourLibrary.json": text(LIBRARY)}), "my.zip")],
)
def test_a_library_is_told_where_it_belongs(
    storage: FolderStorage, content: bytes, name: str
) -> None:
    put(storage, content, name)
    [problem] = land(storage).problems.values()
    assert problem == (
        f"listening/{name} is a library and no listening history; `music-assets follow "
        "--from-file` takes it."
    )


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.4",
        b"notes",
        b"{}",
        b"[1, 2]",
        text([{"username": USER}]),
        f"name;address\n{USER};x".encode(),
        zipped({}),
        zipped({"a.pdf": b"%PDF"}),
    ],
)
def test_what_holds_no_history_is_refused_and_not_quoted(
    storage: FolderStorage, content: bytes
) -> None:
    put(storage, content, "some.file")
    [problem] = land(storage).problems.values()
    assert problem.startswith("listening/some.file holds no listening history that is known")
    assert USER not in problem
