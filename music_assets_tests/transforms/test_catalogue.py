"""The catalog's transforms: what each record becomes, and why one is rejected."""

import datetime as dt
import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from music_assets.transforms import catalogue
from music_assets.transforms.rows import Transform
from music_assets_tests.transforms.conftest import Row, accepted, transformed

ARTIST, ALBUM, SONG = "4aawyAB9vmqN3uQ7FjRGTy", "2up3OPMp9Tb4dAKM2erWXQ", "11dFghVXANMlKmJXsNCbNl"
API = "https://api.spotify.com/v1"


def artists(*items: Any) -> Row:
    return {"href": f"{API}/me/following?type=artist", "items": items}


def albums(*items: Any, requested: str | None = ARTIST) -> Row:
    return {"requested": requested, "items": items}


def tracks(*items: Any, requested: str | None = ALBUM) -> Row:
    return {"requested": requested, "items": items}


def one(transform: Transform, page: Row) -> Row:
    (row,) = accepted(transform, page)
    return row


BAD: list[tuple[Transform, Row, str]] = [
    (catalogue.artists, artists({}), "id is absent, not the id of an artist"),
    (catalogue.artists, artists(None), "id is absent, not the id of an artist"),
    (catalogue.artists, artists({"id": ""}), "id is '', not the id of an artist"),
    (catalogue.artists, artists({"id": "a-b"}), "id is 'a-b', not the id of an artist"),
    (catalogue.artists, artists({"id": "é"}), "id is 'é', not the id of an artist"),
    (catalogue.artists, artists({"id": "a\n"}), "id is 'a\n', not the id of an artist"),
    (catalogue.artists, artists({"id": "a" * 65}), f"id is '{'a' * 65}', not the id of an artist"),
    *(
        (
            catalogue.genres,
            artists({"id": "a", "genres": [blank]}),
            f"genre is '{blank}', not a name",
        )
        for blank in ["", " ", "\t\n\x0b\x0c\r", "\x85\xa0\u1680\u2000\u2028\u2029\u202f\u3000"]
    ),
    (
        catalogue.genres,
        artists({"id": "a", "genres": ["x" * 401]}),
        "the genre is longer than its column or holds a NUL",
    ),
    (catalogue.albums, albums({"name": "no id"}), "id is absent, not the id of an album"),
    (catalogue.albums, albums({"id": "#"}), "id is '#', not the id of an album"),
    (
        catalogue.artist_albums,
        albums({"id": ALBUM}, requested=None),
        "artist is absent, not the id of an artist",
    ),
    (
        catalogue.artist_albums,
        albums({"id": ALBUM}, requested="a b"),
        "artist is 'a b', not the id of an artist",
    ),
    (catalogue.tracks, tracks({"name": "no id"}), "id is absent, not the id of a track"),
    (
        catalogue.tracks,
        tracks({"id": SONG}, requested=None),
        "album is absent, not the id of an album",
    ),
]

LACKING: list[tuple[Transform, Row, str, str]] = [
    *(
        (
            catalogue.artists,
            artists({"id": "a", "followers": {"total": total}}),
            "Followers",
            f"followers is '{shown}', not a number of people",
        )
        for total, shown in [("many", "many"), (-1, "-1"), (1.5, "1.5"), (True, "true"), ("", "")]
    ),
    *(
        (
            catalogue.albums,
            albums({"id": ALBUM, "release_date": date}),
            "ReleaseDate",
            f"release_date is '{date}', not a date of the calendar",
        )
        for date in [
            "",
            "0000",
            "87",
            "19870",
            "1987-13",
            "1987-00",
            "1987-1",
            "1987-04-31",
            "1987-04-00",
            "1987-4-1",
            "2023-02-29",
            "1900-02-29",
            "2001-07-",
            "2001-07-01T00:00:00Z",
            " 2001",
            "2001\n",
            "\u0662\u0660\u0660\u0661",
            "-2001",
            "unknown",
        ]
    ),
    (
        catalogue.albums,
        albums({"id": ALBUM, "total_tracks": "ten"}),
        "TotalTracks",
        "total_tracks is 'ten', not a number of tracks",
    ),
    (
        catalogue.albums,
        albums({"id": ALBUM, "total_tracks": -1}),
        "TotalTracks",
        "total_tracks is '-1', not a number of tracks",
    ),
    *(
        (
            catalogue.tracks,
            tracks({"id": SONG, "duration_ms": length}),
            "DurationInSeconds",
            f"duration_ms is '{shown}', not a number of milliseconds",
        )
        for length, shown in [
            (-1, "-1"),
            ("abc", "abc"),
            (0.5, "0.5"),
            ("1e3", "1e3"),
            ("", ""),
            (10**15, "1" + "0" * 15),
        ]
    ),
    (
        catalogue.tracks,
        tracks({"id": SONG, "track_number": "A1"}),
        "TrackNumber",
        "track_number is 'A1', not a number",
    ),
    *(
        (transform, page({"id": ALBUM, "name": name}), column, catalogue.NO_TEXT)
        for transform, page, column in (
            (catalogue.artists, artists, "Name"),
            (catalogue.albums, albums, "AlbumName"),
            (catalogue.tracks, tracks, "Title"),
        )
        # SQL Server counts a character beyond the first plane twice.
        for name in ("x" * 1001, "🎵" * 501, "x\x00y")
    ),
    *(
        (
            catalogue.albums,
            albums({"id": ALBUM, "album_type": kind}),
            "AlbumType",
            "the album_type is not a word of 32 letters at most",
        )
        for kind in ("", "x" * 33, "é", "a\nb")
    ),
]


@pytest.mark.parametrize(
    ("transform", "page", "reason"), BAD, ids=[f"{t.entity}-{r[:50]}" for t, _, r in BAD]
)
def test_a_record_that_cannot_be_used_says_why(
    transform: Transform, page: Row, reason: str
) -> None:
    assert transformed(transform, page) == ([], [reason])


@pytest.mark.parametrize(
    ("transform", "page", "column", "reason"),
    LACKING,
    ids=[f"{t.entity}-{r[:50]}" for t, *_, r in LACKING],
)
def test_a_record_is_loaded_without_a_value_that_cannot_be_used(
    transform: Transform, page: Row, column: str, reason: str
) -> None:
    [row], reasons = transformed(transform, page)
    assert row[column] is None
    assert reasons == [f"{reason}; it is loaded without"]


def test_of_two_records_with_one_id_the_one_that_lacks_nothing_is_loaded() -> None:
    page = albums({"id": ALBUM, "release_date": "0000"}, {"id": ALBUM, "release_date": "1987"})
    [row], _ = transformed(catalogue.albums, page)
    assert row["ReleaseDate"] == dt.date(1987, 1, 1)


def test_the_first_thing_wrong_is_the_reason() -> None:
    item = {"id": None, "duration_ms": "abc"}
    assert transformed(catalogue.tracks, tracks(item, requested=None))[1] == [
        "id is absent, not the id of a track"
    ]


def test_an_artist_is_a_row() -> None:
    item = {"id": ARTIST, "name": "Björk", "followers": {"href": None, "total": 0}, "genres": []}
    assert one(catalogue.artists, artists(item)) == {
        "ArtistID": ARTIST,
        "Name": "Björk",
        "Followers": 0,
    }


@pytest.mark.parametrize(
    "item",
    [
        {"id": ARTIST},
        {"id": ARTIST, "name": None, "followers": None},
        {"id": ARTIST, "followers": {}},
        {"id": ARTIST, "followers": {"total": None}},
    ],
)
def test_what_spotify_does_not_say_of_an_artist_stays_null(item: Row) -> None:
    assert one(catalogue.artists, artists(item)) == {
        "ArtistID": ARTIST,
        "Name": None,
        "Followers": None,
    }


def test_an_empty_name_is_a_name() -> None:
    assert one(catalogue.albums, albums({"id": ALBUM, "name": ""}))["AlbumName"] == ""


@pytest.mark.parametrize("name", [" padded ", "a\nb\tc", "'; DROP TABLE artists --", "NULL"])
def test_a_name_stays_as_it_is(name: str) -> None:
    assert one(catalogue.artists, artists({"id": ARTIST, "name": name}))["Name"] == name


@pytest.mark.parametrize(
    ("transform", "page"),
    [
        (catalogue.artists, artists({"id": ARTIST, "name": "1"}, {"id": ARTIST, "name": "2"})),
        (catalogue.albums, albums({"id": ALBUM, "name": "1"}, {"id": ALBUM, "name": "2"})),
        (catalogue.artist_albums, albums({"id": ALBUM}, {"id": ALBUM})),
        (catalogue.tracks, tracks({"id": SONG, "name": "1"}, {"id": SONG, "name": "2"})),
        (
            catalogue.genres,
            artists({"id": "a", "genres": ["x", "x"]}, {"id": "b", "genres": ["x"]}),
        ),
    ],
)
def test_what_comes_twice_is_one_row_the_first(transform: Transform, page: Row) -> None:
    (row,) = accepted(transform, page, page)
    assert "2" not in row.values()


def test_ids_that_differ_only_in_case_are_two_rows() -> None:
    page = artists({"id": ARTIST}, {"id": ARTIST.swapcase()})
    assert len(accepted(catalogue.artists, page)) == 2


@pytest.mark.parametrize(
    ("text", "date", "precision"),
    [
        ("1987", dt.date(1987, 1, 1), "year"),
        ("2001-07", dt.date(2001, 7, 1), "month"),
        ("2024-02-29", dt.date(2024, 2, 29), "day"),
        ("2000-02-29", dt.date(2000, 2, 29), "day"),
        ("2024-02", dt.date(2024, 2, 1), "month"),
        ("0001-01-01", dt.date(1, 1, 1), "day"),
        ("9999-12-31", dt.date(9999, 12, 31), "day"),
        (None, None, None),
    ],
)
def test_a_release_date_is_the_first_day_of_what_it_covers(
    text: str | None, date: dt.date | None, precision: str | None
) -> None:
    row = one(catalogue.albums, albums({"id": ALBUM, "release_date": text}))
    assert (row["ReleaseDate"], row["ReleaseDatePrecision"]) == (date, precision)


def test_the_precision_is_read_off_the_date_itself() -> None:
    item = {"id": ALBUM, "release_date": "1987", "release_date_precision": "day"}
    assert one(catalogue.albums, albums(item))["ReleaseDatePrecision"] == "year"


def test_what_spotify_does_not_say_of_an_album_stays_null() -> None:
    assert one(catalogue.albums, albums({"id": ALBUM})) == {
        "AlbumID": ALBUM,
        "AlbumName": None,
        "AlbumType": None,
        "ReleaseDate": None,
        "ReleaseDatePrecision": None,
        "TotalTracks": None,
    }


def test_an_album_is_a_row() -> None:
    item = {
        "id": ALBUM,
        "name": "Début",
        "album_type": "compilation",
        "total_tracks": 11,
        "release_date": "1993-07-05",
        "artists": [{"id": ARTIST}],
    }
    assert one(catalogue.albums, albums(item)) == {
        "AlbumID": ALBUM,
        "AlbumName": "Début",
        "AlbumType": "compilation",
        "ReleaseDate": dt.date(1993, 7, 5),
        "ReleaseDatePrecision": "day",
        "TotalTracks": 11,
    }


@pytest.mark.parametrize(
    ("milliseconds", "seconds"),
    [
        (0, 0.0),
        (1, 0.001),
        (215_507, 215.507),
        (215_507.0, 215.507),
        ("300001", 300.001),
        (86_399_999, 86_399.999),
        (10**15 - 1, 999_999_999_999.999),
        (None, None),
    ],
)
def test_a_duration_is_exact_to_the_millisecond(milliseconds: Any, seconds: float | None) -> None:
    row = one(catalogue.tracks, tracks({"id": SONG, "duration_ms": milliseconds}))
    assert row["DurationInSeconds"] == seconds


def test_a_track_is_a_row_and_knows_the_album_that_was_asked_for() -> None:
    item = {
        "id": SONG,
        "name": "Human",
        "track_number": 1,
        "duration_ms": 252_000,
        "disc_number": 2,
        "external_ids": {"isrc": "USIR20400274"},
    }
    assert one(catalogue.tracks, tracks(item)) == {
        "SongID": SONG,
        "TrackNumber": 1,
        "Title": "Human",
        "DurationInSeconds": 252.0,
        "AlbumID": ALBUM,
        "DiscNumber": 2,
        "ISRC": "USIR20400274",
    }


HREFS = {
    f"{API}/artists/{ARTIST}/albums": ARTIST,
    f"{API}/artists/{ARTIST}/albums/": ARTIST,
    f"{API}/artists/{ARTIST}/albums?offset=0&limit=20": ARTIST,
    f"{API}/artists/{ARTIST}/albums?include_groups=album&market=NL&locale=en-US,en;q=0.5": ARTIST,
    f"{API}/artists/{ARTIST}/albums/and/albums/more": ARTIST,
    f"http://127.0.0.1:8000/proxy/artists/{ARTIST}/albums": ARTIST,
    f"{API}/artists/{ARTIST}": None,
    f"{API}/artists//albums": None,
    f"{API}/artists/a b/albums": None,
    f"{API}/users/somebody/following?type=artist": None,
    f"{API}/albums/{ALBUM}/tracks": None,
    "": None,
    None: None,
}


@pytest.mark.parametrize(("href", "artist"), HREFS.items())
def test_where_the_request_is_not_known_the_href_names_the_artist(
    href: str | None, artist: str | None
) -> None:
    rows, _ = transformed(catalogue.artist_albums, {"href": href, "items": [{"id": ALBUM}]})
    assert rows == ([{"ArtistID": artist, "AlbumID": ALBUM}] if artist else [])


@pytest.mark.parametrize(
    "tail", ["", "/", "?offset=0&limit=50", "?offset=0&locale=de-DE,de;q=0.9", "?x=/tracks"]
)
def test_where_the_request_is_not_known_the_href_names_the_album(tail: str) -> None:
    page = {"href": f"{API}/albums/{ALBUM}/tracks{tail}", "items": [{"id": SONG}]}
    assert one(catalogue.tracks, page)["AlbumID"] == ALBUM


def test_the_request_is_believed_before_the_href() -> None:
    page = {**albums({"id": ALBUM}), "href": f"{API}/artists/another/albums"}
    assert one(catalogue.artist_albums, page)["ArtistID"] == ARTIST


def test_an_album_of_two_artists_is_one_album_and_two_pairs() -> None:
    pages = [albums({"id": ALBUM}, requested=each) for each in ("b", "a")]
    assert len(accepted(catalogue.albums, *pages)) == 1
    pairs = [row["ArtistID"] for row in accepted(catalogue.artist_albums, *pages)]
    assert pairs == ["a", "b"]


def test_an_album_whose_date_is_impossible_stays_its_artists() -> None:
    page = albums({"id": ALBUM, "release_date": "never"})
    assert len(transformed(catalogue.albums, page)[1]) == 1
    [row] = accepted(catalogue.artist_albums, page)
    assert row["AlbumID"] == ALBUM


def pairs(*pages: Row) -> set[tuple[str, str | None]]:
    rows = accepted(catalogue.artist_genres, *pages)
    found = [(row["ArtistID"], row["Genre"]) for row in rows]
    assert len(set(found)) == len(found)
    return set(found)


def test_genres_are_the_distinct_names_as_written() -> None:
    page = artists({"id": "a", "genres": ["rock", "Rock"]}, {"id": "b", "genres": ["jazz", "rock"]})
    assert accepted(catalogue.genres, page) == [{"Name": n} for n in ("Rock", "jazz", "rock")]


@pytest.mark.parametrize("item", [{"id": "a"}, {"id": "a", "genres": None}])
def test_an_artist_of_whom_no_genres_are_said_has_no_row(item: Row) -> None:
    assert accepted(catalogue.genres, artists(item)) == []
    assert pairs(artists(item)) == set()


def test_an_artist_who_is_said_to_have_no_genres_has_a_row_without_one() -> None:
    assert pairs(artists({"id": "a", "genres": []})) == {("a", None)}
    assert accepted(catalogue.genres, artists({"id": "a", "genres": []})) == []


def test_each_artist_has_each_genre_once_as_written() -> None:
    page = artists({"id": "a", "genres": ["Rock", "rock", "rock"]}, {"id": "b", "genres": ["rock"]})
    assert pairs(page) == {("a", "rock"), ("a", "Rock"), ("b", "rock")}


def test_an_artist_who_comes_twice_has_the_genres_of_the_first_time_that_any_were_said() -> None:
    pages = [
        artists({"id": "a"}),
        artists({"id": "a", "genres": ["rock"]}),
        artists({"id": "a", "genres": ["jazz"]}),
    ]
    assert pairs(*pages) == {("a", "rock")}
    assert accepted(catalogue.genres, *pages) == [{"Name": "rock"}]


def test_genres_of_an_artist_without_an_id_are_left_to_the_artists_quarantine() -> None:
    page = artists({"genres": ["rock"]}, None)
    assert accepted(catalogue.genres, page) == []
    assert pairs(page) == set()


def test_a_name_that_is_none_is_left_to_the_genres_quarantine() -> None:
    page = artists({"id": "a", "genres": ["rock", " ", "x" * 401]})
    assert pairs(page) == {("a", "rock")}
    assert len(transformed(catalogue.genres, page)[1]) == 2


def calendar(text: str) -> dt.date | None:
    """The date that Python's calendar gives for the three shapes; None for anything else."""
    if not re.fullmatch(r"\d{4}(-\d\d(-\d\d)?)?", text, re.ASCII):
        return None
    year, month, day = (*map(int, text.split("-")), 1, 1)[:3]
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


two_digits = st.integers(0, 99).map("{:02}".format)
years = st.integers(0, 9999).map("{:04}".format)
likely_days = st.dates().map(dt.date.isoformat)
shapes = st.tuples(years) | st.tuples(years, two_digits) | st.tuples(years, two_digits, two_digits)
near_dates = st.from_regex(r"[0-9]{3,5}(-[0-9]{1,3}){0,3}", fullmatch=True)
# December and February of the years about each kind of leap year.
ends = st.tuples(
    st.sampled_from(["1900", "1999", "2000", "2023", "2024", "2100", "0004"]),
    st.sampled_from([f"{month:02}" for month in range(14)]),
    st.sampled_from(["00", "01", "28", "29", "30", "31", "32"]),
)
texts = (shapes | ends).map("-".join) | likely_days | near_dates


@given(st.lists(texts, min_size=1, max_size=40, unique=True))
def test_dates_agree_with_pythons_calendar(dates: list[str]) -> None:
    items = [{"id": f"{number:02}", "release_date": text} for number, text in enumerate(dates)]
    rows, reasons = transformed(catalogue.albums, albums(*items))
    found = {row["AlbumID"]: row["ReleaseDate"] for row in rows}
    assert [found.get(item["id"]) for item in items] == [calendar(text) for text in dates]
    impossible = [text for text in dates if calendar(text) is None]
    assert reasons == [
        f"release_date is '{text}', not a date of the calendar; it is loaded without"
        for text in impossible
    ]


def count(value: object) -> int | None:
    """The whole number from 0 up that a value means, as an INTEGER column holds it."""
    if isinstance(value, float):
        value = int(value) if value.is_integer() else "no"
    text = str(value)
    number = (
        int(text.partition(".")[0]) if re.fullmatch(r"-?\d{1,18}(\.0+)?", text, re.ASCII) else -1
    )
    return number if 0 <= number < 2**31 else None


numbers = (
    st.integers(0, 10**7)
    | st.integers(1 - 10**38, 10**38 - 1)
    | st.floats(0, 1e12)
    | st.integers(-5, 10**7).map(float)
    | st.from_regex(r"-?[0-9]{1,20}(\.[0-9]{1,3})?", fullmatch=True)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
)


@given(st.lists(numbers, min_size=1, max_size=40))
@example(
    ["007", "-0", "1_000", "+1", " 1", "1 ", "\u0661", "1e3", "0x1", "1.", ".0", "1.00", "1.01"]
)
@example(
    [2**31 - 1, 2**31, 10**18 - 1, 10**18, "9" * 18, "9" * 19, -1, -(10**18), 1e17, 1e18, 0.0, -0.0]
)
def test_whole_numbers_agree_with_pythons(values: list[Any]) -> None:
    items = [{"id": f"{number:02}", "total_tracks": each} for number, each in enumerate(values)]
    rows, reasons = transformed(catalogue.albums, albums(*items))
    found = {row["AlbumID"]: row["TotalTracks"] for row in rows}
    assert [found.get(item["id"]) for item in items] == [count(each) for each in values]
    assert len(reasons) == [count(each) for each in values].count(None)


@given(st.lists(st.integers(0, 10**15 - 1), min_size=1, max_size=40))
def test_durations_agree_with_pythons_division(lengths: list[int]) -> None:
    items = [{"id": f"{number:02}", "duration_ms": each} for number, each in enumerate(lengths)]
    rows = accepted(catalogue.tracks, tracks(*items))
    assert [row["DurationInSeconds"] for row in rows] == [length / 1000 for length in lengths]
