"""MusicBrainz's artists: who ours are there, and their genres with votes."""

from typing import Any

import pytest

from music_assets.transforms.open_metadata import (
    artist_details,
    musicbrainz_genres,
    release_details,
)
from music_assets_tests.transforms.conftest import Row, accepted, transformed

MBID = "9675ae0c-5dac-5fe4-b5bc-e8f4b7e0d65d"


def page(**artist: Any) -> Row:
    return {"requested": "a1", "href": "h", "matched": "url", "items": [{"id": MBID, **artist}]}


def genres(*voted: tuple[object, object]) -> tuple[list[Row], list[str]]:
    given = [{"name": name, "count": votes} for name, votes in voted]
    return transformed(musicbrainz_genres, page(genres=given))


def test_an_artist_is_who_it_is_at_musicbrainz() -> None:
    told = {"type": "Group", "country": "DE", "life-span": {"begin": "1970-05"}}
    assert accepted(artist_details, page(**told)) == [
        {
            "ArtistID": "a1",
            "MusicBrainzID": MBID,
            "Country": "DE",
            "ArtistType": "Group",
            "BeganYear": 1970,
            "MatchedBy": "url",
        }
    ]


def test_absent_stays_unknown() -> None:
    [row] = accepted(artist_details, page(**{"life-span": {}}))
    unknown = [name for name, value in row.items() if value is None]
    assert unknown == ["Country", "ArtistType", "BeganYear"]


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"life-span": {"begin": "long ago"}}, "begin is 'long ago', not a date"),
        ({"country": "x" * 33}, "not a word of 32 letters at most"),
        ({"type": "Gruppe\u00e4"}, "not a word of 32 letters at most"),
    ],
)
def test_a_part_that_cannot_be_used_costs_that_part(told: Row, reason: str) -> None:
    [row], [why] = transformed(artist_details, page(**told))
    assert row["MusicBrainzID"] == MBID
    assert reason in why
    assert why.endswith("; it is loaded without")


def test_an_artist_without_an_mbid_is_no_match() -> None:
    rows, [why] = transformed(artist_details, page(id="7"))
    assert (rows, why) == ([], "id is '7', not an MBID")


def test_genres_keep_their_votes() -> None:
    rows, reasons = genres(("rock", 3), ("Pop", "1"))
    assert reasons == []
    assert [(row["ArtistID"], row["Genre"], row["Votes"]) for row in rows] == [
        ("a1", "Pop", 1),
        ("a1", "rock", 3),
    ]


@pytest.mark.parametrize(
    ("name", "votes", "reason"),
    [
        ("rock", 0, "count is '0', not a number of votes"),
        ("rock", -2, "count is '-2', not a number of votes"),
        ("rock", None, "count is absent, not a number of votes"),
        ("rock", "many", "count is 'many', not a number of votes"),
        ("", 5, "genre is '', not a name"),
        ("\u200b", 5, "genre is '\u200b', not a name"),
        (" \u3000", 5, "genre is ' \u3000', not a name"),
        (None, 5, "genre is absent, not a name"),
        ("x" * 401, 5, "the genre is longer than its column or holds a NUL"),
    ],
)
def test_a_genre_that_cannot_be_used_is_left_out_with_a_reason(
    name: object, votes: object, reason: str
) -> None:
    rows, reasons = genres((name, votes), ("jazz", 1))
    assert [row["Genre"] for row in rows] == ["jazz"]
    assert reasons == [reason]


def test_of_a_name_that_comes_twice_that_with_more_votes_counts() -> None:
    rows, reasons = genres(("rock", 1), ("rock", 8), ("rock", 3))
    assert [(row["Genre"], row["Votes"]) for row in rows] == [("rock", 8)]
    assert reasons == []


def test_an_artist_without_genres_is_told_from_one_of_whom_nothing_is_said() -> None:
    [row] = accepted(musicbrainz_genres, page(genres=[]))
    assert (row["ArtistID"], row["Genre"]) == ("a1", None)
    assert accepted(musicbrainz_genres, page()) == []
    unknown = {"requested": "a1", "items": [], "missed": "unknown"}
    assert accepted(musicbrainz_genres, unknown) == []


def release(*labels: object, first: object = "1987-05") -> Row:
    told = [{"label": {"name": label}} if label is not None else {} for label in labels]
    return page(**{"label-info": told, "release-group": {"first-release-date": first}})


def test_an_album_has_the_first_label_of_its_release_and_the_year_of_the_first_edition() -> None:
    assert accepted(release_details, release("Z Records", "A Records")) == [
        {"AlbumID": "a1", "Label": "Z Records", "FirstReleaseYear": 1987}
    ]


@pytest.mark.parametrize(
    "told",
    [
        page(),
        release(first=""),
        release(None, "A", first=None),
        release("[no label]", first=""),
        page(**{"label-info": None, "release-group": None}),
        page(**{"label-info": [{"label": None}], "release-group": {}}),
    ],
)
def test_an_album_on_no_label_and_of_no_known_year_stays_without(told: Row) -> None:
    assert accepted(release_details, told) == [
        {"AlbumID": "a1", "Label": None, "FirstReleaseYear": None}
    ]


def test_a_label_or_a_date_that_cannot_be_used_costs_no_more_than_that() -> None:
    [row], [why] = transformed(release_details, release("x" * 1_001))
    assert (row["Label"], row["FirstReleaseYear"]) == (None, 1987)
    assert why.startswith("the label is longer than 1000 characters")
    [row], [why] = transformed(release_details, release("A", first="in May"))
    assert (row["Label"], row["FirstReleaseYear"]) == ("A", None)
    assert why == "first-release-date is 'in May', not a date; it is loaded without"
