"""A week's landing: real figures where somebody gave them, otherwise simulated ones."""

import gzip
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from music_assets.landing.pages import parse_pages
from music_assets.landing.weekly_form import usual_songs
from music_assets.landing.weekly_inbox import SONGS_PER_PAGE, land_week, source_of
from music_assets.sandbox.weekly_figures import WeeklySimulator
from music_assets.schema.tables import SIMULATED
from music_assets.storage.folder import FolderStorage
from music_assets.storage.paths import landed_week, week_of_file, weekly_file
from music_assets.transforms.weekly import weekly_streams
from music_assets.weeks import Week

WEEK = Week.from_key("2026-11-16")
INBOX = "weekly-data/weekly_data_2026-W47.json"
SIMULATOR = WeeklySimulator(["a", "b", "c"])
GIVEN = {"songs": [{"song_id": "a", "weekly_data": {"week": 47, "total_weekly_streams": 7}}]}


def landed(storage: FolderStorage, week: Week = WEEK) -> list[dict[str, Any]]:
    content = storage.read(landed_week(week))[1]
    return [json.loads(line) for line in content.splitlines()]


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("2026-11-16", "2026-W47"),
        ("2025-12-29", "2026-W01"),
        ("2020-12-28", "2020-W53"),
        ("2027-01-04", "2027-W01"),
    ],
)
def test_a_file_is_named_after_the_iso_week(key: str, name: str) -> None:
    week = Week.from_key(key)
    assert weekly_file(week) == f"weekly-data/weekly_data_{name}.json"
    assert week_of_file(weekly_file(week)) == week


@pytest.mark.parametrize(
    "name",
    [
        "weekly_data_2026-W54.json",
        "weekly_data_2026-W00.json",
        "weekly_data_2025-W53.json",
        "weekly_data_0000-W01.json",
        "weekly_data_2026-47.json",
        "weekly_data_2026-W7.json",
        "weekly_data_2026-W47.json.part",
        "old_weekly_data_2026-W47.json",
        "weekly_data_2026-W47xjson",
        "notes.txt",
        "",
    ],
)
def test_other_names_name_no_week(name: str) -> None:
    assert week_of_file(f"weekly-data/{name}") is None


def test_without_a_file_the_figures_are_simulated(storage: FolderStorage) -> None:
    done = land_week(storage, WEEK, lambda: SIMULATOR)
    assert (done.path, done.source, done.rejects) == (landed_week(WEEK), SIMULATED, [])
    assert source_of(storage, WEEK) == SIMULATED
    page = {
        "requested": "2026-11-16",
        "songs": [
            {
                "song_id": song,
                "weekly_data": {
                    "week": 47,
                    "week_start_date": "2026-11-16",
                    "week_end_date": "2026-11-22",
                    "total_weekly_downloads": int(SIMULATOR.downloads(202647)[position]),
                    "total_weekly_streams": int(SIMULATOR.streams(202647)[position]),
                },
            }
            for position, song in enumerate("abc")
        ],
    }
    assert landed(storage) == [page]


def test_many_songs_are_several_pages(storage: FolderStorage) -> None:
    songs = [f"song{number}" for number in range(2 * SONGS_PER_PAGE + 1)]
    land_week(storage, WEEK, lambda: WeeklySimulator(songs))
    pages = landed(storage)
    assert [len(page["songs"]) for page in pages] == [SONGS_PER_PAGE, SONGS_PER_PAGE, 1]
    assert [song["song_id"] for page in pages for song in page["songs"]] == songs


def test_without_songs_a_week_lands_empty(storage: FolderStorage) -> None:
    land_week(storage, WEEK, lambda: WeeklySimulator([]))
    assert landed(storage) == []


def test_a_week_made_again_is_the_same_bit_for_bit(storage: FolderStorage) -> None:
    contents = []
    for _ in range(2):
        land_week(storage, WEEK, lambda: SIMULATOR)
        contents.append(storage.read(landed_week(WEEK))[1])
    assert contents[0] == contents[1]


def test_a_real_file_wins_over_the_simulation(storage: FolderStorage) -> None:
    storage.write(INBOX, json.dumps(GIVEN, indent=2).encode())
    done = land_week(storage, WEEK, lambda: SIMULATOR)
    assert (done.source, done.rejects) == (INBOX, [])
    assert source_of(storage, WEEK) == INBOX
    assert landed(storage) == [{**GIVEN, "requested": "2026-11-16"}]


def test_a_real_file_is_for_its_own_week_only(storage: FolderStorage) -> None:
    storage.write(INBOX, json.dumps(GIVEN).encode())
    following = Week.from_key("2026-11-23")
    assert land_week(storage, following, lambda: SIMULATOR).source == SIMULATED
    assert source_of(storage, following) == SIMULATED


def test_the_week_is_the_files_whatever_a_page_says_was_requested(storage: FolderStorage) -> None:
    storage.write(INBOX, json.dumps({**GIVEN, "requested": "2020-01-06"}).encode() * 2)
    land_week(storage, WEEK, lambda: SIMULATOR)
    assert [page["requested"] for page in landed(storage)] == ["2026-11-16"] * 2


def test_a_week_whose_file_is_empty_keeps_what_it_had(storage: FolderStorage) -> None:
    storage.write(INBOX, json.dumps(GIVEN).encode())
    land_week(storage, WEEK, lambda: SIMULATOR)
    given = landed(storage)
    storage.write(INBOX, b"")
    with pytest.raises(ValueError, match=f"{INBOX} is empty"):
        land_week(storage, WEEK, lambda: SIMULATOR)
    assert landed(storage) == given


def test_an_empty_file_does_not_win_over_a_compressed_one(storage: FolderStorage) -> None:
    storage.write(INBOX, b"")
    storage.write(f"{INBOX}.gz", gzip.compress(json.dumps(GIVEN).encode()))
    assert land_week(storage, WEEK, lambda: SIMULATOR).source == f"{INBOX}.gz"


def test_a_file_replaces_what_was_simulated_and_its_removal_brings_that_back(
    storage: FolderStorage,
) -> None:
    land_week(storage, WEEK, lambda: SIMULATOR)
    simulated = landed(storage)
    storage.write(INBOX, json.dumps(GIVEN).encode())
    land_week(storage, WEEK, lambda: SIMULATOR)
    assert landed(storage) != simulated
    storage.delete(INBOX)
    assert land_week(storage, WEEK, lambda: SIMULATOR).source == SIMULATED
    assert landed(storage) == simulated


def test_what_in_a_file_cannot_be_used_is_reported_and_the_rest_lands(
    storage: FolderStorage,
) -> None:
    storage.write(INBOX, b'{"cut": \n' + json.dumps(GIVEN).encode() + b'\n{"songs": ["x"]}\n')
    done = land_week(storage, WEEK, lambda: SIMULATOR)
    assert [reject.line for reject in done.rejects] == [1, 3]
    assert [page["songs"] for page in landed(storage)] == [GIVEN["songs"]]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"week,streams\n47,7\n", r": not JSON: .*, line 1"),
        (b'\n{"items": []}', r": not a page with a list of songs, line 2"),
        (b"\xff\xfe", r": not UTF-8, line 1"),
        (b"\n", ": it lists no song"),
        (b'{"songs": []}', ": it lists no song"),
    ],
)
def test_a_file_in_which_nothing_can_be_read_is_an_error_that_says_why(
    storage: FolderStorage, content: bytes, why: str
) -> None:
    storage.write(INBOX, content)
    message = rf"^Nothing in {INBOX} can be read{why}; replace or remove the file\.$"
    with pytest.raises(ValueError, match=message):
        land_week(storage, WEEK, lambda: SIMULATOR)


def test_an_unreadable_file_leaves_what_had_landed(storage: FolderStorage) -> None:
    land_week(storage, WEEK, lambda: SIMULATOR)
    before = landed(storage)
    storage.write(INBOX, b"no figures")
    with pytest.raises(ValueError, match="Nothing in"):
        land_week(storage, WEEK, lambda: SIMULATOR)
    assert landed(storage) == before
    assert source_of(storage, WEEK) == SIMULATED


MEMBERS = [
    "week", "week_start_date", "week_end_date", "total_weekly_downloads", "total_weekly_streams"
]  # fmt: skip
UNUSUAL: dict[str, bytes] = {
    "a fraction": b'{"songs": [{"song_id": "a", "weekly_data": {"total_weekly_streams": 4.0}}]}',
    "a member more": b'{"songs": [{"song_id": "a", "note": "x"}]}',
    "40 digits": b'{"songs": [{"song_id": "a", "weekly_data": {"week": 1%s}}]}' % (b"0" * 40),
    "half a character": b'{"songs": [{"song_id": "\\ud800"}]}',
    "a mark before": b"\xef\xbb\xbf" + b'{"songs": [{"song_id": "a"}]}',
    "two pages": b'{"songs": [{"song_id": "a"}]}\n{"songs": [{"song_id": "b"}]}',
    "a page's address": b'{"href": "x", "songs": [{"song_id": "a"}]}',
    "an entry that is none": b'{"songs": [{"song_id": "a"}, null, 3]}',
    "no song": b'{"songs": []}',
    "not utf-8": b'{"songs": [{"song_id": "\xff"}]}',
    "cut": b'{"songs": [{"song_id": "a"}',
    "a list for a figure": b'{"songs": [{"song_id": "a", "weekly_data": {"week": [1]}}]}',
}


@pytest.mark.parametrize("content", UNUSUAL.values(), ids=UNUSUAL)
def test_only_the_usual_form_takes_the_short_way(content: bytes) -> None:
    assert usual_songs(content) == []


@given(
    st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "song_id": st.none() | st.text() | st.booleans() | st.integers(-(2**63), 2**63 - 1),
                "weekly_data": st.none() | st.dictionaries(st.sampled_from(MEMBERS), st.text()),
            },
        ),
        min_size=1,
    )
)
def test_the_short_way_lands_what_the_long_way_lands(songs: list[dict[str, object]]) -> None:
    content = json.dumps({"songs": songs}).encode()
    pages, rejects = parse_pages(content, weekly_streams)
    assert rejects == []
    assert as_read([msgspec.to_builtins(song) for song in usual_songs(content)]) == as_read(
        pages[0]["songs"]
    )


def as_read(songs: list[Any]) -> list[Any]:
    """The songs as readers see them, to whom null and absent are the same."""

    def known(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {name: known(each) for name, each in value.items() if each is not None}

    return [known(song) for song in songs]
