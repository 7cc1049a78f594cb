"""Exports of artists' figures: days as people download them, and which song a file is about."""

import datetime as dt
from typing import Any

import pytest

from music_assets.landing.ingests import IngestError
from music_assets.landing.song_exports import Timeline, read_timeline, song_called, title_in

NAME = "Waterloo-timeline.csv"
TWO_DAYS = {dt.date(2026, 3, 5): 1_234, dt.date(2026, 3, 13): 0}


def days_in(text: str, encoding: str = "utf-8") -> dict[dt.date, int]:
    found = read_timeline(text.encode(encoding), NAME)
    assert found.problems == []
    return found.days


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("date,streams\n2026-03-05,1234\n2026-03-13,0\n", "utf-8"),
        ("date,streams\r\n2026-03-05,1234\r\n2026-03-13,0", "utf-8-sig"),
        ('"date","streams"\n"2026-03-05","1,234"\n"2026-03-13","0"\n', "utf-8"),
        ("Datum;Streams\n05.03.2026;1.234\n13.03.2026;0\n", "latin-1"),
        ("date\tstreams\n05/03/2026\t1 234\n13/03/2026\t0\n", "utf-16"),
        ("streams,date\n1234,03/05/2026\n0,03/13/2026\n", "utf-8"),
    ],
)
def test_days_are_read_however_they_were_saved(text: str, encoding: str) -> None:
    assert days_in(text, encoding) == TWO_DAYS


def test_days_that_may_be_either_are_refused() -> None:
    with pytest.raises(IngestError, match=r"03/04/2026 may be 2026-03-04 or 2026-04-03"):
        read_timeline(b"date,streams\n03/04/2026,5\n", NAME)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("2026-03-06,-5", "streams of 2026-03-06 are '-5', not a count"),
        ("2026-03-06,many", "streams of 2026-03-06 are 'many', not a count"),
        ("2026-03-06,1.5", "streams of 2026-03-06 are '1.5', not a count"),
        ("2026-03-06,", "streams of 2026-03-06 are absent, not a count"),
        ("2026-03-06,NaN", "streams of 2026-03-06 are 'NaN', not a count"),
        (f"2026-03-06,{10**18}", "not a count"),
        ("2026-02-30,5", "date is '2026-02-30', not a day"),
        ("Total,12345", "date is 'Total', not a day"),
        (",5", "date is absent, not a day"),
        ("2026-03-06,5,6,7", "date is absent, not a day"),
    ],
)
def test_a_bad_line_costs_its_own_day(row: str, problem: str) -> None:
    text = f"date,streams\n2026-03-05,1234\n{row}\n2026-03-13,0\n"
    found = read_timeline(text.encode(), NAME)
    assert found.days == TWO_DAYS
    [told] = found.problems
    assert told.startswith(f"{NAME}, line 3: ")
    assert problem in told


def test_a_day_that_is_told_in_two_ways_is_in_dispute() -> None:
    found = read_timeline(b"date,streams\n2026-03-05,1234\n2026-03-06,1\n2026-03-06,1\n", NAME)
    assert found.days == {dt.date(2026, 3, 5): 1_234, dt.date(2026, 3, 6): 1}
    found.add(read_timeline(b"date,streams\n2026-03-05,99\n2026-03-07,2\n", NAME))
    assert found.days == {dt.date(2026, 3, 6): 1, dt.date(2026, 3, 7): 2}
    assert found.disputes == ["2026-03-05 is told to have 99 and 1,234 streams."]


SONGS = (
    "\ufeffsong,listeners,streams,saves,release_date\nAbba,9,300,1,\nWaterloo,9,300,1,1974-03-04\n"
)
MONTHS = (
    "Reporting Date\tSale Month\tStore\tArtist\tTitle\tISRC\tUPC\tQuantity\tTeam Percentage\t"
    "Song/Album\tCountry of Sale\tSongwriter Royalties Withheld\tEarnings (USD)\n"
    "2026-03-05\t2026-01\tSpotify\tAbba\tWaterloo\tSE1\t1\t-5\t100\tSong\tSE\t0\t-0.01\n"
)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (SONGS, "has the streams of each song in a whole window and no days"),
        (MONTHS, "has sales of whole months, which are never spread .* put it into sales/ instead"),
        ("day,listeners\n2026-03-05,5\n", "has no column for streams"),
        ("week,streams\n10,5\n", "has no column for date"),
        ("", "is empty"),
        ("<html>log in</html>", "holds a web page"),
        ("\x00\x01\x02", "has no column for date"),
    ],
)
def test_what_is_no_timeline_is_refused_with_a_reason(text: str, why: str) -> None:
    with pytest.raises(IngestError, match=why):
        read_timeline(text.encode(), NAME)


def test_an_empty_timeline_has_no_day() -> None:
    assert read_timeline(b"date,streams\n", NAME) == Timeline()


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("Waterloo-timeline.csv", "Waterloo"),
        ("Waterloo-timeline (1).csv", "Waterloo"),
        ("Mamma-Mia-timeline.CSV", "Mamma-Mia"),
        ("Time-timeline-timeline.csv", "Time-timeline"),
        ("Waterloo_timeline.csv.gz", "Waterloo"),
        ("timeline.csv", ""),
        ("Abba-songs-28day.csv", ""),
        ("Waterloo.csv", ""),
    ],
)
def test_a_title_stands_before_the_word_timeline(name: str, title: str) -> None:
    assert title_in(name) == title


def track(identity: str, title: str | None, *artists: str) -> dict[str, Any]:
    return {"SongID": identity, "Title": title, "AlbumName": "Album", "Artists": list(artists)}


TRACKS = [
    track("one", "Waterloo", "Abba"),
    track("two", "Same", "Abba"),
    track("three", "same ", "Zoë"),
    track("four", "Who? Me/You", "Abba"),
    track("five", None, "Abba"),
    track("six", "Für Élise", "Zoë"),
    track("seven", "???", "Zoë"),
    track("eight", "Hey!", "Zoë"),
    track("nine", "Hey?", "Zoë"),
]


@pytest.mark.parametrize(
    ("title", "artist", "song"),
    [
        ("Waterloo", "", "one"),
        ("waterloo", "ABBA", "one"),
        ("Same", "zoe\u0308", "three"),
        ("Who_ Me_You", "", "four"),
        ("Fu\u0308r E\u0301lise", "", "six"),
        ("???", "", "seven"),
        ("Hey!", "", "eight"),
    ],
)
def test_a_title_that_one_track_bears_names_it(title: str, artist: str, song: str) -> None:
    assert song_called(title, TRACKS, artist) == song


@pytest.mark.parametrize(
    ("title", "artist", "why"),
    [
        ("Fernando", "", r"No track of the catalogue is called 'Fernando'; give its --song\."),
        ("Waterloo", "Zoë", r"is called 'Waterloo' by Zoë; give its"),
        (
            "Same",
            "",
            r"2 tracks of the catalogue are called 'Same'; give the --song ID of one: "
            r"two \(Abba, on Album\), three \(Zoë, on Album\)\.",
        ),
        ("Hey_", "", "2 tracks of the catalogue are called 'Hey_'"),
        ("___", "", "No track"),
    ],
)
def test_a_title_of_none_or_several_is_refused(title: str, artist: str, why: str) -> None:
    with pytest.raises(IngestError, match=why):
        song_called(title, TRACKS, artist)
