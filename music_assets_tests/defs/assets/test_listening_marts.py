"""The marts about listening: their rows against the same history added up in plain Python."""

import datetime as dt
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from music_assets.database.ddl import schema
from music_assets.schema.mart_sql import read_marts, sql_folder
from music_assets_tests.play_rows import Heard, at, play

MARTS = read_marts(sql_folder() / "marts")
LISTENING = [name for name, mart in MARTS.items() if {"plays", "counted_plays"} & {*mart.upstreams}]
SCRIPT = schema("sqlite")

#: Title, artist and album as listened.
Song = tuple[str | None, str | None, str | None]
SONGS: dict[str, Song] = {
    "gold": ("Gold (live)", "ABBA", "Gold as listened"),
    "Gold": ("Gold", "Abba", "Best"),
    "both": ("Both", "Duo", "Together"),
    "second": ("Second", "Namesake", "Second"),
    "nameless": ("Second", "Namesake", "Third"),
    "post": ("Army of Me", "Björk", "Post"),
    "local:1f": ("Gold", "abba", None),
    "local:2a": (None, None, "Post"),
    "local:3b": ("É", "Édith", "Post"),
    "local:4c": ("E", "Edith", "Post"),
}
#: The album of each song of the catalogue, and its title there.
TRACKS = {
    "gold": ("x", "Gold"),
    "both": ("y", "Both"),
    "second": ("z", "Second"),
    "nameless": ("v", None),
    "unheard": ("w", "Unheard"),
}
#: Name and day of release.
ALBUMS: dict[str, tuple[str | None, str | None]] = {
    "x": ("Gold", "1992-09-21"),
    "y": ("Together", None),
    "z": ("Second", "2001-01-01"),
    "v": (None, "2002-01-01"),
    "w": ("Later", "2003-01-01"),
    "u": ("Also later", "2003-01-01"),
}
ARTISTS = {
    "a": "ABBA",
    "b": "Namesake",
    "c": "Namesake",
    "d": "Nobody",
    "e": None,
    "f": "Björk",
    "g": "Other",
    "h": "Edith",
}
LINKS = [(link[0], link[1]) for link in ("ax", "dy", "gy", "cz", "dw", "du", "hw", "ev")]


@dataclass(frozen=True)
class History:
    """A history: plays, the time zone, and the artists who are followed."""

    heard: tuple[Heard, ...]
    zone: str = "UTC"
    followed: frozenset[str] = frozenset(ARTISTS)
    songs: Mapping[str, Song] = field(default_factory=lambda: SONGS)

    @property
    def plays(self) -> list[dict[str, Any]]:
        return [play(*each, self.zone) for each in self.heard]

    @property
    def counted(self) -> list[dict[str, Any]]:
        """The plays that count, with the names of their songs."""
        named = ("Title", "ArtistName", "AlbumName")
        return [
            each | dict(zip(named, self.songs[each["SongID"]], strict=True))
            for each in self.plays
            if each["SecondsPlayed"] is None or round(each["SecondsPlayed"] * 1000) >= 30_000
        ]

    @property
    def links(self) -> list[tuple[str, str]]:
        """Artist and album of each row of `artist_albums`."""
        return [link for link in LINKS if link[0] in self.followed]


Rows = list[tuple[Any, ...]]


def rows_of(mart: str, history: History, columns: str = "*") -> Rows:
    """The rows of a mart of a database that holds the history."""
    with closing(sqlite3.connect(":memory:")) as database:
        database.executescript(SCRIPT)
        every = [
            tuple(str(v) if isinstance(v, dt.date) else v for v in row.values())
            for row in history.plays
        ]
        fill(
            database,
            "artists (ArtistID, Name)",
            [(a, ARTISTS[a]) for a in sorted(history.followed)],
        )
        fill(
            database, "albums (AlbumID, AlbumName, ReleaseDate)", [(a, *ALBUMS[a]) for a in ALBUMS]
        )
        fill(database, "artist_albums", history.links)
        fill(database, "tracks (SongID, AlbumID, Title)", [(s, *TRACKS[s]) for s in TRACKS])
        fill(database, "listened_songs", [(s, *names) for s, names in history.songs.items()])
        fill(database, "plays", every)
        return database.execute(f"SELECT {columns} FROM {mart} ORDER BY 1, 2, 3").fetchall()


def fill(database: sqlite3.Connection, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    for row in rows:
        database.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)


def minutes(plays: Iterable[dict[str, Any]]) -> float | None:
    """The minutes of the plays that say how long they were."""
    known = [
        round(each["SecondsPlayed"] * 1000) for each in plays if each["SecondsPlayed"] is not None
    ]
    return sum(known) / 60_000 if known else None


def groups(plays: Iterable[dict[str, Any]], *key: str) -> dict[Any, list[dict[str, Any]]]:
    """The plays by the values of some columns."""
    found = defaultdict(list)
    for each in plays:
        found[tuple(each[name] for name in key)].append(each)
    return found


# Around two years' ends, one of them after 53 weeks, and the nights when clocks go on and back.
DAYS = [
    first + dt.timedelta(days=days)
    for first, count in (
        (dt.date(2020, 12, 26), 11),
        (dt.date(2025, 12, 27), 11),
        (dt.date(2026, 3, 28), 3),
        (dt.date(2026, 10, 24), 3),
    )
    for days in range(count)
]
HEARD = st.tuples(
    st.builds(
        dt.datetime.combine,
        st.sampled_from(DAYS),
        st.builds(dt.time, st.sampled_from([0, 1, 2, 12, 23]), st.sampled_from([0, 30, 59])),
    ),
    st.sampled_from(sorted(SONGS)),
    st.sampled_from([None, 0.0, 29.999, 30.0, 30.001, 215.507, 3600.1]),
)
HISTORIES = st.builds(
    History,
    st.one_of(
        [
            st.lists(HEARD, unique_by=lambda each: each[:2], min_size=least, max_size=60)
            for least in (0, 40)
        ]
    ).map(tuple),
    st.sampled_from(["UTC", "Europe/Berlin", "America/Los_Angeles", "Asia/Kolkata"]),
    st.frozensets(st.sampled_from(sorted(ARTISTS))),
)


@given(HISTORIES)
def test_plays_of_30_seconds_count_and_those_of_sources_that_tell_no_seconds(
    history: History,
) -> None:
    found = rows_of("counted_plays", history, "EndedAt, SongID, Milliseconds, Weekday, DayNumber")
    assert found == sorted(
        (
            str(each["EndedAt"]),
            each["SongID"],
            None if each["SecondsPlayed"] is None else round(each["SecondsPlayed"] * 1000),
            each["LocalDate"].isoweekday(),
            each["DayNumber"],
        )
        for each in history.counted
    )


@given(HISTORIES)
def test_a_week_counts_songs_and_artists_once_and_tells_how_many_plays_were_short(
    history: History,
) -> None:
    every = groups(history.plays, "WeekID")
    expected = [
        (
            *(week, str(plays[0]["WeekStartDate"]), len(plays)),
            len({each["SongID"] for each in plays}),
            len({each["ArtistName"] for each in plays} - {None}),
            minutes(plays),
            len(every[(week,)]) - len(plays),
        )
        for (week,), plays in groups(history.counted, "WeekID").items()
    ]
    assert rows_of("my_weekly_plays", history) == sorted(expected)


def ranked(history: History, plays: list[dict[str, Any]], *key: str) -> Rows:
    """Period, first day, rank, key, plays and minutes of the first 100 of each period."""
    start = min((each["LocalDate"] for each in history.counted), default=None)
    found: Rows = []
    for period in ("all", "month", "week", "year"):
        first = f"{period.title()}StartDate"
        dated = [each if period != "all" else each | {first: start} for each in plays]
        for (day,), of_period in sorted(groups(dated, first).items()):
            every = sorted(
                groups(of_period, *key).items(), key=lambda each: (-len(each[1]), each[0])
            )
            found += [
                (period, str(day), rank, *names, len(each), minutes(each))
                for rank, (names, each) in enumerate(every[:100], start=1)
            ]
    return found


@given(HISTORIES)
def test_top_artists_are_ranked_by_name_in_each_period(history: History) -> None:
    known = [each for each in history.counted if each["ArtistName"]]
    found = rows_of(
        "my_top_artists", history, "Period, PeriodStartDate, PlayRank, ArtistName, Plays, Minutes"
    )
    assert found == ranked(history, known, "ArtistName")


def artist_id(history: History, name: str) -> str | None:
    """The followed artist of a name; rather one on whose albums a song of that name is."""
    same = {each for each in history.followed if ARTISTS[each] == name}
    albums = {TRACKS[song][0] for song in SONGS.keys() & TRACKS if SONGS[song][1] == name}
    heard = {artist for artist, album in history.links if album in albums}
    return min(same & heard or same, default=None)


@given(HISTORIES)
def test_a_top_artist_has_the_id_of_the_followed_one_of_this_name(history: History) -> None:
    for _, _, _, name, found, *_ in rows_of("my_top_artists", history):
        assert found == artist_id(history, name)


@given(HISTORIES)
def test_top_tracks_have_the_catalogues_title_where_it_has_one(history: History) -> None:
    found = rows_of("my_top_tracks", history)
    assert [(*row[:4], *row[6:]) for row in found] == ranked(history, history.counted, "SongID")
    for song, title, artist in (row[3:6] for row in found):
        assert (title, artist) == (title_of(song), SONGS[song][1])


def title_of(song: str) -> str | None:
    """The catalogue's title, or else the one as listened."""
    return TRACKS.get(song, (None, None))[1] or SONGS[song][0]


def album_of(song: str) -> str | None:
    """The catalogue's album, or else the one as listened."""
    album = TRACKS[song][0] if song in TRACKS else None
    return (ALBUMS[album][0] if album else None) or SONGS[song][2]


@given(HISTORIES)
def test_top_albums_are_ranked_by_the_names_of_album_and_artist(history: History) -> None:
    known = [
        each | {"AlbumName": album_of(each["SongID"])}
        for each in history.counted
        if each["ArtistName"] and album_of(each["SongID"])
    ]
    found = rows_of("my_top_albums", history)
    assert [(*row[:5], *row[6:]) for row in found] == ranked(
        history, known, "AlbumName", "ArtistName"
    )
    for album, artist, album_id in (row[3:6] for row in found):
        same = {song for song in SONGS if (album_of(song), SONGS[song][1]) == (album, artist)}
        assert album_id == min((TRACKS[song][0] for song in same & TRACKS.keys()), default=None)


@pytest.mark.parametrize("mart", ["my_top_artists", "my_top_tracks", "my_top_albums"])
def test_a_period_shows_100_and_of_equally_many_plays_the_first_by_name(mart: str) -> None:
    names = [f"{number:03}" for number in range(130)]
    songs: dict[str, Song] = {name: (name, name, name) for name in names}
    day = at("2026-03-01 12:00")
    heard = [(day, name, 60.0) for name in names] + [(day + dt.timedelta(days=1), "129", 60.0)]
    found = rows_of(mart, History(tuple(heard), songs=songs))
    for period in ("all", "month", "year"):
        assert [row[3] for row in found if row[0] == period] == ["129", *names[:99]]
    assert [row[3] for row in found if row[:2] == ("week", "2026-02-23")] == names[:100]


@given(HISTORIES)
def test_the_clock_has_the_hours_in_which_plays_ended(history: History) -> None:
    counted = [each | {"Weekday": each["LocalDate"].isoweekday()} for each in history.counted]
    expected = [
        (*cell, len(plays), minutes(plays))
        for cell, plays in groups(counted, "Weekday", "LocalHour").items()
    ]
    assert rows_of("my_listening_clock", history) == sorted(expected)


def test_both_hours_of_the_night_when_clocks_go_back_are_one_on_the_clock() -> None:
    twice = [at("2026-10-25 00:30"), at("2026-10-25 01:30")]
    history = History(tuple((each, "post", 60.0) for each in twice), "Europe/Berlin")
    assert rows_of("my_listening_clock", history) == [(7, 2, 2, 2.0)]


@given(HISTORIES)
def test_a_discovery_is_a_songs_first_play_and_tells_if_it_was_the_artists(
    history: History,
) -> None:
    def first(plays: Iterable[dict[str, Any]]) -> dict[str, Any]:
        return min(plays, key=lambda each: (each["EndedAt"], each["SongID"]))

    of_artist = {
        artist: first(plays) for (artist,), plays in groups(history.counted, "ArtistName").items()
    }
    expected = []
    for (song,), plays in groups(history.counted, "SongID").items():
        found = first(plays)
        day, week = str(found["LocalDate"]), str(found["WeekStartDate"])
        new = int(found == of_artist[found["ArtistName"]]) if found["ArtistName"] else None
        named = (song, title_of(song), found["ArtistName"])
        when = (str(found["EndedAt"]), day, found["WeekID"], week)
        expected.append((*named, *when, new, len(plays) - 1))
    assert rows_of("my_discoveries", history) == sorted(expected)


@given(HISTORIES)
def test_a_streak_is_a_run_of_days_that_no_further_day_extends(history: History) -> None:
    days = {day: len(plays) for (day,), plays in groups(history.counted, "LocalDate").items()}
    one, expected = dt.timedelta(days=1), []
    for first in (day for day in sorted(days) if day - one not in days):
        run = [first]
        while run[-1] + one in days:
            run.append(run[-1] + one)
        expected.append((str(first), str(run[-1]), len(run), sum(days[day] for day in run)))
    assert rows_of("my_streaks", history) == expected


@given(HISTORIES)
def test_an_artist_is_unheard_when_neither_a_song_nor_the_name_was_heard(history: History) -> None:
    songs = {each["SongID"] for each in history.counted}
    names = {each["ArtistName"] for each in history.counted} - {None}
    heard = {artist for artist, album in history.links if album in on_albums(songs)}
    expected = [
        (
            *(artist, ARTISTS[artist]),
            sum((artist, album) in LINKS for album, _ in TRACKS.values()),
            *newest([album for other, album in history.links if other == artist]),
        )
        for artist in history.followed
        if songs and artist not in heard and ARTISTS[artist] not in names
    ]
    found = rows_of("followed_but_unheard", history)
    assert found == sorted(expected, key=lambda row: row[0])


def on_albums(songs: Iterable[str]) -> set[str]:
    return {TRACKS[song][0] for song in songs if song in TRACKS}


def newest(albums: Iterable[str]) -> tuple[str | None, str | None]:
    """The name and the day of the last release; of equal days, the first by id."""
    dated = sorted(album for album in albums if ALBUMS[album][1])
    last = max(dated, key=lambda album: str(ALBUMS[album][1]), default=None)
    return ALBUMS[last] if last else (None, None)


@given(HISTORIES)
def test_heard_but_not_followed_are_the_names_of_no_followed_artist(history: History) -> None:
    followed = {ARTISTS[artist] for artist in history.followed}
    every = [
        (name, plays)
        for (name,), plays in groups(history.counted, "ArtistName").items()
        if name and name not in followed
    ]
    every.sort(key=lambda each: (-len(each[1]), each[0]))
    expected = [
        (
            *(rank, name, len({each["SongID"] for each in plays}), len(plays), minutes(plays)),
            *(str(end(each["LocalDate"] for each in plays)) for end in (min, max)),
        )
        for rank, (name, plays) in enumerate(every, start=1)
    ]
    assert rows_of("heard_but_not_followed", history) == expected


@pytest.mark.parametrize("mart", LISTENING)
@pytest.mark.parametrize("heard", [(), ((at("2026-03-01 12:00"), "post", 29.999),)])
def test_without_a_play_that_counts_there_are_no_rows(mart: str, heard: tuple[Heard, ...]) -> None:
    assert len(LISTENING) == 10
    assert rows_of(mart, History(heard)) == []


def test_what_counts_is_decided_in_one_mart() -> None:
    deciding = [
        name
        for name, mart in MARTS.items()
        for column in mart.query.find_all(exp.Column)
        if column.name == "SecondsPlayed"
    ]
    assert set(deciding) == {"counted_plays"}
