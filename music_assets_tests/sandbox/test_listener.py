"""The fictional listener: a plausible life in the exact form of Spotify's own file."""

import datetime as dt
import json
import re
from collections import Counter
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from music_assets.sandbox.listener import simulated_history
from music_assets.sandbox.naming import AWKWARD_NAMES
from music_assets.sandbox.repertoire import repertoire, strangers
from music_assets.sandbox.world import World
from music_assets.weeks import Week
from music_assets_tests.sandbox.conftest import catalogue_of

FIRST, LAST = Week.from_key("2025-12-29"), Week.from_key("2026-11-16")
#: As in every record of a history that Spotify sends.
MEMBERS = [
    "ts",
    "platform",
    "ms_played",
    "conn_country",
    "ip_addr",
    "master_metadata_track_name",
    "master_metadata_album_artist_name",
    "master_metadata_album_album_name",
    "spotify_track_uri",
    "episode_name",
    "episode_show_name",
    "spotify_episode_uri",
    "audiobook_title",
    "audiobook_uri",
    "audiobook_chapter_uri",
    "audiobook_chapter_title",
    "reason_start",
    "reason_end",
    "shuffle",
    "skipped",
    "offline",
    "offline_timestamp",
    "incognito_mode",
]
Record = dict[str, Any]


def history(
    catalogue: pl.DataFrame, first: Week = FIRST, last: Week = LAST, **how: Any
) -> list[Record]:
    records: list[Record] = json.loads(simulated_history(catalogue, first, last, **how))
    return records


def moment(record: Record) -> dt.datetime:
    return dt.datetime.fromisoformat(record["ts"])


def songs_of(records: list[Record]) -> list[Record]:
    return [each for each in records if each["spotify_track_uri"]]


@pytest.fixture(scope="module")
def catalogue() -> pl.DataFrame:
    return catalogue_of(World.fictional(awkward=False))


@pytest.fixture(scope="module")
def records(catalogue: pl.DataFrame) -> list[Record]:
    return history(catalogue)


def test_every_record_has_the_members_of_spotifys_in_their_order(records: list[Record]) -> None:
    assert {tuple(each) for each in records} == {tuple(MEMBERS)}
    for each in records:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", each["ts"])
        assert isinstance(each["ms_played"], int)
        assert 0 < each["ms_played"] <= 3_600_000
        assert (
            type(each["shuffle"]) is type(each["offline"]) is type(each["incognito_mode"]) is bool
        )
        assert each["skipped"] in {True, False, None}
    assert records == sorted(records, key=moment)


def test_a_record_is_of_a_song_or_of_an_episode(records: list[Record]) -> None:
    episodes = [each for each in records if each["spotify_episode_uri"]]
    assert 20 < len(episodes) < len(records) / 20
    assert len(songs_of(records)) == len(records) - len(episodes)
    for each in records:
        song, episode = (each[MEMBERS[first]] is None for first in (5, 9))
        assert song != episode
        assert {each[name] is None for name in MEMBERS[5:9]} == {song}
        assert {each[name] is None for name in MEMBERS[9:12]} == {episode}
        uri = each["spotify_track_uri"] or each["spotify_episode_uri"]
        assert re.fullmatch("spotify:(track|episode):[0-9A-Za-z]{22}", uri)


def test_address_country_and_platform_are_nobodys(records: list[Record]) -> None:
    names = ("ip_addr", "conn_country", "platform")
    private = {tuple(each[name] for name in names) for each in records}
    assert private == {("192.0.2.1", "ZZ", "sandbox")}


def test_titles_artists_and_albums_are_the_catalogues(
    catalogue: pl.DataFrame, records: list[Record]
) -> None:
    songs = repertoire(catalogue, 1)
    expected = {f"spotify:track:{row[0]}": row[1:4] for row in songs.iter_rows()}
    for each in songs_of(records):
        assert tuple(each[name] for name in MEMBERS[5:8]) == expected[each["spotify_track_uri"]]


def test_the_same_songs_in_any_order_give_the_same_history(
    catalogue: pl.DataFrame, records: list[Record]
) -> None:
    assert history(catalogue.reverse()) == records
    assert history(catalogue, seed=2) != records


def test_there_are_some_twenty_plays_a_day_more_in_the_evening_and_none_at_night(
    records: list[Record],
) -> None:
    days = {moment(each).date() for each in records}
    assert 15 <= len(records) / len(days) <= 25
    hours = Counter(moment(each).hour for each in records)
    evening, commute, forenoon = (
        sum(hours[hour] for hour in span) for span in (range(19, 24), range(7, 9), range(9, 12))
    )
    assert evening > 2 * commute
    assert commute > 1.5 * forenoon
    assert sum(hours[hour] for hour in range(2, 6)) == 0


def test_at_weekends_the_music_begins_later(records: list[Record]) -> None:
    first: dict[dt.date, int] = {}
    for each in records:
        first.setdefault(moment(each).date(), moment(each).hour)
    mornings = {day: hour for day, hour in first.items() if hour > 2}
    assert min(hour for day, hour in mornings.items() if day.weekday() >= 5) >= 10
    workdays = [hour for day, hour in mornings.items() if day.weekday() < 5]
    assert sum(hour <= 9 for hour in workdays) > 0.8 * len(workdays)


def test_two_weeks_of_the_summer_are_a_holiday_and_other_days_without_music_are_few(
    records: list[Record],
) -> None:
    heard = {moment(each).date() for each in records}
    days = [FIRST.monday + dt.timedelta(days=n) for n in range((LAST.sunday - FIRST.monday).days)]
    silent = [day for day in days if day not in heard]
    weeks = [week for week, count in Counter(map(Week.of, silent)).items() if count == 7]
    assert [week.monday.month in {7, 8} for week in weeks] == [True, True]
    assert (weeks[1].monday - weeks[0].monday).days == 7
    assert 5 < len(silent) - 14 < 40


@pytest.mark.parametrize("last", ["2026-01-05", "2026-06-29", "2026-07-20", "2026-11-09"])
def test_what_was_there_stays_as_weeks_come(
    catalogue: pl.DataFrame, records: list[Record], last: str
) -> None:
    week = Week.from_key(last)
    end = f"{week.sunday + dt.timedelta(days=1)}T00:00:00Z"
    assert history(catalogue, last=week) == [each for each in records if each["ts"] < end]


def test_nothing_is_heard_after_the_last_week_before_it_is_over(catalogue: pl.DataFrame) -> None:
    symphonies = catalogue.with_columns(DurationInSeconds=pl.lit(3_600.0))
    following, last = Week.from_key("2026-05-18").and_before(2)
    end = f"{following.monday}T00:00:00Z"
    later = history(symphonies, last, following)
    assert history(symphonies, last, last) == [each for each in later if each["ts"] < end]
    assert [each for each in later if end <= each["ts"] < f"{following.monday}T06:00:00Z"]


def test_a_later_first_week_changes_nothing_in_the_others(
    catalogue: pl.DataFrame, records: list[Record]
) -> None:
    first = Week.from_key("2026-05-04")
    begin = f"{first.monday}T06:00:00Z"
    assert history(catalogue, first) == [each for each in records if each["ts"] > begin]


def test_a_new_song_changes_only_days_on_which_it_is_heard(
    catalogue: pl.DataFrame, records: list[Record]
) -> None:
    counts = Counter(each["spotify_track_uri"] for each in songs_of(records))
    uri = counts.most_common(60)[-1][0]
    before = history(catalogue.filter(pl.format("spotify:track:{}", "SongID") != uri))
    heard = {moment(each).date() for each in records if each["spotify_track_uri"] == uri}
    near = {day + dt.timedelta(days=n) for day in heard for n in (0, 1)}
    assert 3 < len(heard) < 60
    assert [each for each in before if moment(each).date() not in near] == [
        each for each in records if moment(each).date() not in near
    ]


def test_few_songs_are_heard_often_and_many_seldom(records: list[Record]) -> None:
    counts = [
        n for _, n in Counter(each["spotify_track_uri"] for each in songs_of(records)).most_common()
    ]
    assert sum(counts[: len(counts) // 10]) > 0.3 * sum(counts)
    assert counts[0] < 0.05 * sum(counts)
    assert counts.count(1) > 100


def test_some_artists_are_heard_and_not_followed_and_some_followed_and_not_heard(
    catalogue: pl.DataFrame, records: list[Record]
) -> None:
    heard = Counter(each["master_metadata_album_artist_name"] for each in songs_of(records))
    followed = set(catalogue["ArtistName"])
    assert 2 <= len(followed - set(heard)) < len(followed) / 2
    others = sum(count for name, count in heard.items() if name not in followed)
    assert 0.1 < others / heard.total() < 0.5
    assert heard.most_common(1)[0][0] in followed


def test_songs_are_discovered_all_year_heard_often_and_then_fade(records: list[Record]) -> None:
    heard: dict[str, list[dt.datetime]] = {}
    for each in songs_of(records):
        heard.setdefault(each["spotify_track_uri"], []).append(moment(each))
    discovered = Counter(moments[0].month for moments in heard.values() if moments[0].year == 2026)
    assert min(discovered[month] for month in (2, 3, 4, 5, 6, 9, 10)) >= 20
    assert discovered[1] > 2 * discovered[10]
    waves = [each for each in heard.values() if len(each) >= 5]
    short = [each for each in waves if each[-1] - each[0] < dt.timedelta(days=90)]
    assert 10 < len(short) < len(waves) / 2


def test_some_plays_are_skipped_short_or_told_twice(records: list[Record]) -> None:
    short = [each for each in records if each["ms_played"] < 30_000]
    assert 0.02 < len(short) / len(records) < 0.2
    for each in records:
        assert each["skipped"] in {None, each["reason_end"] == "fwdbtn"}
    assert {each["skipped"] for each in records} == {True, False, None}
    twice = Counter(json.dumps(each) for each in records)
    assert 5 < sum(count > 1 for count in twice.values()) < 100


def test_plays_without_a_network_may_be_told_again_of_a_later_moment(
    records: list[Record],
) -> None:
    offline = [each for each in records if each["offline"]]
    assert 0.02 < len(offline) / len(records) < 0.2
    assert all(each["offline_timestamp"] is None for each in records if not each["offline"])
    units = {len(str(each["offline_timestamp"])) for each in offline}
    assert units == {len("1767225600"), len("1767225600000")}
    moments: dict[tuple[str, int], set[str]] = {}
    for each in songs_of(offline):
        key = each["spotify_track_uri"], each["offline_timestamp"]
        moments.setdefault(key, set()).add(each["ts"])
    assert sum(len(each) > 1 for each in moments.values()) > 10


def test_the_listener_lives_in_the_hours_of_a_zone(
    catalogue: pl.DataFrame, records: list[Record]
) -> None:
    zone = ZoneInfo("America/New_York")
    there = history(catalogue, zone=zone)
    local = [moment(each).astimezone(zone).replace(tzinfo=None) for each in there]
    assert local == [moment(each).replace(tzinfo=None) for each in records]


def test_without_a_catalogue_others_are_heard(catalogue: pl.DataFrame) -> None:
    heard = songs_of(history(catalogue.clear()))
    assert len(heard) > 4_000
    names = {each["master_metadata_album_artist_name"] for each in heard}
    assert names <= set(strangers(1)["ArtistName"])


def test_a_catalogue_with_awkward_names_is_heard_as_it_is() -> None:
    world = catalogue_of(World.fictional(20, 60, 700)).head(12)
    awkward = world.with_columns(ArtistName=pl.lit(AWKWARD_NAMES[0]))
    heard = songs_of(history(awkward))
    assert AWKWARD_NAMES[0] in {each["master_metadata_album_artist_name"] for each in heard}
    assert {each["master_metadata_track_name"] for each in heard} >= set(AWKWARD_NAMES)


def test_a_song_of_two_artists_is_the_first_ones_and_one_without_a_name_nobodys(
    catalogue: pl.DataFrame,
) -> None:
    song = {"SongID": "one", "Title": "One", "AlbumName": None, "DurationInSeconds": None}
    rows = [
        song | {"ArtistName": "Second"},
        song | {"ArtistName": "First"},
        song | {"SongID": "two", "ArtistName": None},
        song | {"SongID": "three", "Title": None, "ArtistName": "Third"},
    ]
    known = repertoire(pl.DataFrame(rows, schema=catalogue.schema), 1).filter("Followed")
    assert known.rows() == [("one", "One", "First", None, 200.0, True)]
