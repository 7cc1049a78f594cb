"""Loads of listening: the tables are a function of what has landed, in whatever order it came."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from music_assets.landing.song_names import name_id
from music_assets.sandbox.server import SandboxServer
from music_assets.sandbox.world import World
from music_assets_tests.house import House
from music_assets_tests.listening import Play, land, play

LISTENING = "key:listened_songs or key:plays"
NOON = "2026-03-01 12:00:00"


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with SandboxServer(World.fictional(artists=0, albums=0, tracks=0)) as server:
        yield server


@pytest.fixture
def house(tmp_path: Path, server: SandboxServer) -> House:
    return House(tmp_path, server)


def loaded(house: House) -> dict[str, Any]:
    """Load what has landed; returns the metadata of `plays`."""
    result = house.run(LISTENING, weeks=())
    assert result.success
    [done] = result.asset_materializations_for_node("plays")
    return {name: each.value for name, each in done.metadata.items()}


def changes(told: dict[str, Any]) -> tuple[int, int, int]:
    return told["inserted"], told["updated"], told["deleted"]


def plays(house: House) -> list[tuple[str, str, float | None, str]]:
    """The moment, the song, the seconds and the source of each play."""
    columns = "EndedAt, SongID, SecondsPlayed, Source"
    with house.connection() as connection:
        found = connection.exec_driver_sql(f"SELECT {columns} FROM plays ORDER BY 1, 2").fetchall()
    return [tuple(row) for row in found]


def songs(house: House) -> dict[str, str]:
    return {row[0]: row[1] for row in house.rows("listened_songs")}


def test_a_play_is_one_row_with_its_local_day_hour_and_week(house: House) -> None:
    land(house.storage, play("2026-03-01 23:30:05", skipped=False))
    told = loaded(house)
    row = ("2026-03-01 23:30:05", "One", 180.0, 0, "spotify")
    calendar = ("2026-03-01", 23, 202609, "2026-02-23", "2026-03-01", "2026-01-01", 20513)
    assert house.rows("plays") == [(*row, *calendar)]
    assert (told["landed"], told["duplicates"], told["quarantined"]) == (1, 0, 0)


def test_the_same_again_is_a_look_and_the_same_in_another_file_changes_nothing(
    house: House,
) -> None:
    heard = [play(f"2026-0{month}-01 12:00:00") for month in (1, 2, 3)]
    land(house.storage, *heard)
    assert changes(loaded(house)) == (3, 0, 0)
    told = loaded(house)
    assert (changes(told), told["step"], told["months"]) == ((0, 0, 0), "unchanged", 0)
    land(house.storage, *heard[:2], key="older")
    told = loaded(house)
    assert (changes(told), told["duplicates"], told["landed"]) == ((0, 0, 0), 2, 5)


def test_what_is_published_of_plays_is_no_reason_to_load_them_again(house: House) -> None:
    land(house.storage, play("2026-03-01 12:00:00"))
    loaded(house)
    assert house.run("key:table_extracts", weeks=()).success
    told = loaded(house)
    assert (told["step"], told["months"]) == ("unchanged", 0)


def test_only_the_months_that_got_plays_are_loaded_again(house: House) -> None:
    land(house.storage, *(play(f"2026-{month:02}-10 12:00:00") for month in range(1, 11)))
    loaded(house)
    land(house.storage, play("2026-05-20 12:00:00"))
    told = loaded(house)
    # Its neighbours are looked at too, since a play may last past the end of a month.
    assert (changes(told), told["months"]) == ((1, 0, 0), 3)


def test_a_play_known_to_the_minute_and_to_the_second_is_one_to_the_second(house: House) -> None:
    land(house.storage, play("2026-03-01 12:00:00", source="account"))
    loaded(house)
    [local] = songs(house)
    assert local.startswith("local:")
    land(house.storage, play("2026-03-01 12:00:42"))
    loaded(house)
    assert plays(house) == [("2026-03-01 12:00:42", "One", 180.0, "spotify")]
    assert songs(house) == {"One": "One"}


def test_a_record_without_an_id_is_a_play_of_any_id_that_its_name_has(house: House) -> None:
    single, album = ({"song_id": each, "name_id": name_id("Ann", "One")} for each in ("a", "b"))
    land(house.storage, play(NOON, **single), play("2026-03-02 12:00:10", **album))
    land(house.storage, play("2026-03-02 12:00:00", source="account"), key="account")
    land(house.storage, play("2026-03-02 11:57:30", source="lastfm"), key="scrobbled")
    assert loaded(house)["duplicates"] == 2
    assert [row[1] for row in plays(house)] == ["a", "b"]


def test_of_two_records_of_one_second_the_longer_one_counts(house: House) -> None:
    land(house.storage, play(NOON, ms_played=0, skipped=True), play(NOON, ms_played=200_000))
    loaded(house)
    assert [row[2] for row in plays(house)] == [200.0]


def test_two_plays_of_a_song_in_one_minute_are_two(house: House) -> None:
    short = play(NOON, source="account", ms_played=2_000)
    land(house.storage, short, play(NOON, source="account", ms_played=30_000))
    land(house.storage, short, key="again")
    assert loaded(house)["duplicates"] == 1
    assert [row[:1] + row[2:3] for row in plays(house)] == [
        ("2026-03-01 12:00:00", 2.0),
        ("2026-03-01 12:00:01", 30.0),
    ]


def test_a_moment_within_a_more_exact_play_of_the_song_is_that_play(house: House) -> None:
    land(house.storage, play("2026-03-01 12:03:00"))
    land(house.storage, play("2026-03-01 12:00:02", source="lastfm"), key="scrobbled")
    land(house.storage, play("2026-03-01 12:03:01", source="recent"), key="recent")
    land(house.storage, play("2026-03-01 11:59:58", source="listenbrainz"), key="brainz")
    assert loaded(house)["duplicates"] == 3
    assert [row[3] for row in plays(house)] == ["spotify"]
    # Another song at that time is another play, and so is this one an hour later.
    land(house.storage, play("2026-03-01 12:00:02", "Two", source="lastfm"), key="other song")
    land(house.storage, play("2026-03-01 13:00:02", source="lastfm"), key="later")
    loaded(house)
    assert [row[3] for row in plays(house)] == ["lastfm", "spotify", "lastfm"]


def test_a_play_that_lasts_past_a_month_is_found_from_the_other_side(house: House) -> None:
    land(house.storage, play("2026-02-28 23:59:50", source="lastfm", song_id="One"))
    assert loaded(house)["duplicates"] == 0
    land(house.storage, play("2026-03-01 00:02:50"))
    told = loaded(house)
    assert (changes(told), told["duplicates"]) == ((1, 0, 1), 1)
    assert plays(house) == [("2026-03-01 00:02:50", "One", 180.0, "spotify")]


def test_a_play_made_offline_and_told_again_is_one_at_its_first_moment(house: House) -> None:
    offline = 1_772_000_000
    land(house.storage, play("2026-04-02 08:00:00", offline=offline), key="a")
    land(house.storage, play("2026-03-01 12:00:00", offline=offline), key="b")
    told = loaded(house)
    assert told["duplicates"] == 1
    assert [row[0] for row in plays(house)] == ["2026-03-01 12:00:00"]


def test_a_play_made_offline_that_is_told_earlier_later_moves(house: House) -> None:
    offline = 1_772_000_000
    land(house.storage, play("2026-04-02 08:00:00", offline=offline), key="a")
    loaded(house)
    land(house.storage, play("2026-01-01 12:00:00", offline=offline), key="b")
    loaded(house)
    assert [row[0] for row in plays(house)] == ["2026-01-01 12:00:00"]


def test_a_clock_that_had_lost_the_time_is_not_the_first_to_tell(house: House) -> None:
    offline = 1_772_000_000
    land(house.storage, play(600, offline=offline), play(NOON, offline=offline))
    assert loaded(house)["quarantined"] == 1
    assert [row[0] for row in plays(house)] == [NOON]


BAD = [
    (play("yesterday"), "at is 'yesterday', not a moment from 2006 to today"),
    (play("2005-12-31 23:59:59"), "at is '1136073599', not a moment from 2006 to today"),
    (play(-62135596800), "at is '-62135596800', not a moment from 2006 to today"),
    (play(253402300799), "at is '253402300799', not a moment from 2006 to today"),
    (play("2099-01-01 00:00:00"), "at is '4070908800', not a moment from 2006 to today"),
    (play(NOON, ms_played=-5), "ms_played is '-5', not the milliseconds of a play"),
    (play(NOON, ms_played=86_400_000), "ms_played is '86400000', not the milliseconds of a play"),
    (play(NOON, ms_played="long"), "ms_played is 'long', not the milliseconds of a play"),
    (play(NOON, ms_played=None), "ms_played is absent, not the milliseconds of a play"),
    (play(NOON, song_id=None, name_id=None), "it names no song"),
    (play(NOON, source="radio"), "source is 'radio', not a source of plays"),
]


@pytest.mark.parametrize(("bad", "reason"), BAD, ids=[reason[:30] for _, reason in BAD])
def test_a_bad_record_is_in_quarantine_once_and_holds_up_no_other(
    house: House, bad: Play, reason: str
) -> None:
    land(house.storage, bad, play("2026-03-02 12:00:00"), play("2026-02-02 12:00:00"))
    told = loaded(house)
    assert (told["landed"], told["duplicates"], told["quarantined"]) == (3, 0, 1)
    assert len(plays(house)) == 2
    assert [each["Reason"] for each in house.quarantined()["plays"]] == [reason]
    # What is wrong with it is told again by a run that loads nothing.
    assert loaded(house)["quarantined"] == 1


def test_a_word_in_place_of_skipped_costs_only_that(house: House) -> None:
    land(house.storage, play(NOON, skipped="perhaps"), play("2026-03-02 12:00:00", skipped=True))
    told = loaded(house)
    assert (told["incomplete"], told["quarantined"]) == (1, 0)
    assert sorted(row[3] is None for row in house.rows("plays")) == [False, True]


def test_a_song_has_the_name_of_its_newest_play(house: House) -> None:
    old = play("2020-03-01 12:00:00", song_id="a", album="Old")
    land(house.storage, old, play("2026-03-01 12:00:00", "Renamed", song_id="a", album="New"))
    # A file that knows no album takes none away.
    land(house.storage, play("2026-04-01 12:00:00", "Renamed", song_id="a", album=None))
    loaded(house)
    assert house.rows("listened_songs") == [("a", "Renamed", "Ann", "New")]


def test_a_landing_that_goes_takes_its_plays_and_songs(house: House) -> None:
    kept = land(house.storage, play("2026-03-01 12:00:00"))
    gone = land(house.storage, play("2026-03-01 13:00:00"), play("2025-03-01 13:00:00", "Two"))
    loaded(house)
    house.storage.clear(f"landing/plays/{gone}")
    assert changes(loaded(house)) == (0, 0, 1)
    assert [row[:2] for row in plays(house)] == [("2026-03-01 12:00:00", "One")]
    assert songs(house) == {"One": "One"}
    house.storage.clear(f"landing/plays/{kept}")
    loaded(house)
    assert (plays(house), songs(house)) == ([], {})


def test_a_change_by_hand_is_put_right(house: House) -> None:
    land(house.storage, play("2026-03-01 12:00:00"), play("2026-05-01 12:00:00"))
    loaded(house)
    before = house.rows("plays")
    with house.connection() as connection, connection.begin():
        connection.exec_driver_sql("UPDATE plays SET SecondsPlayed = 1 WHERE EndedAt < '2026-04'")
        connection.exec_driver_sql("DELETE FROM plays WHERE EndedAt > '2026-04'")
    assert changes(loaded(house)) == (1, 1, 0)
    assert house.rows("plays") == before


def test_another_time_zone_makes_days_and_weeks_anew(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    land(house.storage, play("2026-03-01 23:30:05"), play("2026-03-29 00:59:59"))
    loaded(house)
    with in_zone(monkeypatch, "Europe/Berlin"):
        assert changes(loaded(house)) == (0, 2, 0)
        assert [row[5:8] for row in house.rows("plays")] == [
            ("2026-03-02", 0, 202610),
            ("2026-03-29", 1, 202613),
        ]
    land(house.storage, play("2026-03-29 01:00:00", "Summer"))
    with in_zone(monkeypatch, "Europe/Berlin"):
        loaded(house)
        assert house.rows("plays")[-1][5:7] == ("2026-03-29", 3)


def in_zone(monkeypatch: pytest.MonkeyPatch, zone: str) -> Any:
    from music_assets.config.settings import settings as ours  # noqa: PLC0415

    context = monkeypatch.context()

    class Within:
        def __enter__(self) -> None:
            context.__enter__().setenv("MUSIC_TIME_ZONE", zone)
            ours.cache_clear()

        def __exit__(self, *error: object) -> None:
            context.__exit__(None, None, None)
            ours.cache_clear()

    return Within()


SOURCES = ["spotify", "account", "recent", "listenbrainz", "lastfm"]
MOMENTS = st.integers(0, 600).map(lambda n: 1_772_323_000 + 7 * n)
HEARD = st.builds(
    lambda at, title, source, ms, offline: play(
        at - at % 60 if source == "account" else at,
        title,
        source=source,
        **({"ms_played": ms} if source in ("spotify", "account") else {}),
        **({"offline": offline} if source == "spotify" else {}),
    ),
    MOMENTS,
    st.sampled_from(["One", "Two"]),
    st.sampled_from(SOURCES),
    st.sampled_from([1_000, 40_000, 180_000]),
    st.none() | st.sampled_from([1_772_000_000, 1_772_000_500]),
)


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(files=st.lists(st.lists(HEARD, min_size=1, max_size=5), min_size=2, max_size=3))
def test_the_order_in_which_files_come_makes_no_difference(
    tmp_path_factory: pytest.TempPathFactory, server: SandboxServer, files: list[list[Play]]
) -> None:
    ends = []
    for order in itertools.islice(itertools.permutations(files), 2):
        house = House(tmp_path_factory.mktemp("house"), server)
        for heard in order:
            land(house.storage, *heard)
            loaded(house)
        ends.append((house.rows("plays"), house.rows("listened_songs")))
    assert ends[0] == ends[1]


def test_without_any_landing_both_tables_are_empty(house: House) -> None:
    result: dg.ExecuteInProcessResult = house.run(LISTENING, weeks=())
    assert result.success
    assert (house.rows("plays"), house.rows("listened_songs")) == ([], [])
