"""Transforms of the catalogue: from Spotify's pages to artists, genres, albums and tracks."""

import narwhals as nw

from music_assets.schema import tables
from music_assets.transforms.album_details import ALBUM_DETAILS
from music_assets.transforms.rows import (
    LONGEST_NAME,
    NO_CODE,
    ORDER,
    Form,
    Transform,
    code_in,
    count_in,
    field,
    given,
    name_in,
    no_id,
    not_a_code,
    not_a_count,
    not_a_text,
    says,
    verdict,
)

TEXT = nw.String()
LONGEST_GENRE = 400
#: In milliseconds: a double holds thousandths of a second up to 71,000 years.
LONGEST_DURATION = 10**15 - 1
#: White space and marks without a width as in Unicode, spelt out: `\s` means less on some engines.
BLANK = r"^[\t-\r\x85\p{Z}\p{Cf}]*\z"
NO_TEXT = f"the name is longer than {LONGEST_NAME} characters or holds a NUL"

ARTIST = nw.Schema(
    {
        "id": TEXT,
        "name": TEXT,
        "followers": nw.Struct({"total": TEXT}),
        "genres": nw.List(TEXT),
    }
)
ALBUM = nw.Schema(
    {
        "id": TEXT,
        "name": TEXT,
        "album_type": TEXT,
        "release_date": TEXT,
        "total_tracks": TEXT,
    }
)
TRACK = nw.Schema(
    {
        **dict.fromkeys(("id", "name", "track_number", "disc_number", "duration_ms"), TEXT),
        "external_ids": nw.Struct({"isrc": TEXT}),
    }
)


def judge_artists(records: nw.LazyFrame) -> nw.LazyFrame:
    """One row per followed artist. Followers is null where Spotify does not say."""
    identity, followers = field("id"), field("followers", "total")
    return records.select(
        *ORDER,
        ArtistID=identity,
        Name=name_in(field("name")),
        Followers=count_in(followers),
        **verdict(
            (no_id(identity), says("id", identity, "not the id of an artist")),
            without=[
                (not_a_text(field("name")), nw.lit(NO_TEXT)),
                (not_a_count(followers), says("followers", followers, "not a number of people")),
            ],
        ),
    )


def _listed_genres(records: nw.LazyFrame) -> nw.LazyFrame:
    """One row per artist and genre; one with a null for an artist with an empty list of genres."""
    artists = records.select(*ORDER, ArtistID=field("id"), Genre=field("genres"))
    sound = artists.filter(~no_id(nw.col("ArtistID")), given(nw.col("Genre")))
    once = sound.unique(subset=["ArtistID"], keep="first", order_by=list(ORDER))
    return once.explode("Genre")


def judge_genres(records: nw.LazyFrame) -> nw.LazyFrame:
    """One row per genre name, as written; the database gives it its lasting GenreID."""
    name = nw.col("Genre")
    return (
        _listed_genres(records)
        .filter(given(name))
        .select(
            *ORDER,
            Name=name,
            **verdict(
                (name.str.contains(BLANK), says("genre", name, "not a name")),
                (
                    not_a_text(name, LONGEST_GENRE),
                    nw.lit("the genre is longer than its column or holds a NUL"),
                ),
            ),
        )
    )


def judge_artist_genres(records: nw.LazyFrame) -> nw.LazyFrame:
    """One row per artist and genre name, as written; one with a null for an artist without."""
    name = nw.col("Genre")
    # The transform of genres says why such a name is none.
    unfit = name.str.contains(BLANK) | not_a_text(name, LONGEST_GENRE)
    sound = _listed_genres(records).filter(name.is_null() | ~unfit)
    return sound.select(*ORDER, "ArtistID", "Genre", **verdict())


def asked_for(kind: str, what: str) -> nw.Expr:
    """The id that a page is about: `requested` if the page has it, else the id in its href."""
    # Only where it is needed: taking an href apart costs more than all else of a record.
    href = nw.when(nw.col("requested").is_null()).then(nw.col("href"))
    # (?s), since a dot leaves out line ends, and engines differ in which characters those are.
    pattern = rf"(?s)^.*/{kind}/([0-9A-Za-z]+)/{what}.*\z"
    tail = href.str.replace_all(rf"(?s)^.*/{kind}/", "").str.replace_all(rf"(?s)/{what}.*\z", "")
    said = nw.when(href.str.contains(pattern)).then(tail)
    return nw.coalesce(nw.col("requested"), said)


def _part(text: nw.Expr, start: int, length: int) -> nw.Expr:
    return text.str.slice(start, length).cast(nw.Int64())


def _whole_date(text: nw.Expr) -> nw.Expr:
    """`YYYY`, `YYYY-MM` or `YYYY-MM-DD` as the first day that it covers; null for other texts."""
    shaped = nw.when(text.str.contains(r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?\z")).then(text)
    return nw.concat_str(shaped, nw.lit("-01-01")).str.slice(0, 10)


def calendar_date(text: nw.Expr) -> nw.Expr:
    """The date that a text means; null where the calendar has none (`2023-02-29`, year 0)."""
    whole = _whole_date(text)
    year, month, day = _part(whole, 0, 4), _part(whole, 5, 2), _part(whole, 8, 2)
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    february = nw.when(leap).then(nw.lit(29)).otherwise(nw.lit(28))
    short = nw.when(month.is_in([4, 6, 9, 11])).then(nw.lit(30)).otherwise(nw.lit(31))
    last = nw.when(month == 2).then(february).otherwise(short)
    real = (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= last)
    return nw.when(real).then(whole).str.to_date(format="%Y-%m-%d")


def _precision(text: nw.Expr) -> nw.Expr:
    """The precision of a release date, by its length."""
    length = text.str.len_chars()
    finer = nw.when(length == 7).then(nw.lit("month")).otherwise(nw.lit("day"))
    shape = nw.when(length == 4).then(nw.lit("year")).otherwise(finer)
    return nw.when(given(text)).then(shape)


def _album_verdict() -> dict[str, nw.Expr]:
    identity, kind = field("id"), field("album_type")
    date, count = field("release_date"), field("total_tracks")
    impossible = given(date) & calendar_date(date).is_null()
    return verdict(
        (no_id(identity), says("id", identity, "not the id of an album")),
        without=[
            (not_a_text(field("name")), nw.lit(NO_TEXT)),
            (not_a_code(kind), nw.lit("the album_type is not a word of 32 letters at most")),
            (impossible, says("release_date", date, "not a date of the calendar")),
            (not_a_count(count), says("total_tracks", count, "not a number of tracks")),
        ],
    )


def judge_albums(records: nw.LazyFrame) -> nw.LazyFrame:
    """One row per album. ReleaseDate is the first day of the year, month or day that is given."""
    kind, date = field("album_type"), calendar_date(field("release_date"))
    return records.select(
        *ORDER,
        AlbumID=field("id"),
        AlbumName=name_in(field("name")),
        AlbumType=code_in(kind),
        ReleaseDate=date,
        ReleaseDatePrecision=nw.when(given(date)).then(_precision(field("release_date"))),
        TotalTracks=count_in(field("total_tracks")),
        **_album_verdict(),
    )


def judge_artist_albums(records: nw.LazyFrame) -> nw.LazyFrame:
    """One row per artist and album in the artist's listing, also where `judge_albums` rejects it.

    If no earlier run stored that album, the sync makes the row an orphan.
    """
    artist, album = asked_for("artists", "albums"), field("id")
    return records.select(
        *ORDER,
        ArtistID=artist,
        AlbumID=album,
        **verdict(
            (no_id(artist), says("artist", artist, "not the id of an artist")),
            (no_id(album), says("id", album, "not the id of an album")),
        ),
    )


def judge_tracks(records: nw.LazyFrame) -> nw.LazyFrame:
    """One row per track. DurationInSeconds is duration_ms / 1000, exact to the millisecond."""
    identity, length, number = field("id"), field("duration_ms"), field("track_number")
    disc, isrc = field("disc_number"), field("external_ids", "isrc")
    album = asked_for("albums", "tracks")
    return records.select(
        *ORDER,
        SongID=identity,
        TrackNumber=count_in(number),
        Title=name_in(field("name")),
        DurationInSeconds=(count_in(length, LONGEST_DURATION) / 1000).round(3),
        AlbumID=album,
        DiscNumber=count_in(disc),
        ISRC=code_in(isrc),
        **verdict(
            (no_id(identity), says("id", identity, "not the id of a track")),
            (no_id(album), says("album", album, "not the id of an album")),
            without=[
                (not_a_text(field("name")), nw.lit(NO_TEXT)),
                (
                    not_a_count(length, LONGEST_DURATION),
                    says("duration_ms", length, "not a number of milliseconds"),
                ),
                (not_a_count(number), says("track_number", number, "not a number")),
                (not_a_count(disc), says("disc_number", disc, "not a number")),
                (not_a_code(isrc), says("isrc", isrc, NO_CODE)),
            ],
        ),
    )


_ARTISTS = Form(items="items", item=ARTIST)
_ALBUMS = Form(items="items", item=ALBUM)
_TRACKS = Form(items="items", item=TRACK, beside={"album": ALBUM_DETAILS})

artists = Transform.into(tables.artists, _ARTISTS, judge_artists)
genres = Transform.into(tables.genres, _ARTISTS, judge_genres)
artist_genres = Transform.into(
    tables.artist_genres,
    _ARTISTS,
    judge_artist_genres,
    columns=("ArtistID", "Genre"),
    key=("ArtistID", "Genre"),
)
albums = Transform.into(tables.albums, _ALBUMS, judge_albums)
artist_albums = Transform.into(tables.artist_albums, _ALBUMS, judge_artist_albums)
tracks = Transform.into(tables.tracks, _TRACKS, judge_tracks)
