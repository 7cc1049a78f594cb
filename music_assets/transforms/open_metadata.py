"""Transforms of MusicBrainz's answers.

They say who our artists are there, the genres that people vote for, and what albums came out on.
"""

import narwhals as nw

from music_assets.schema import tables
from music_assets.schema.treatments import details_of
from music_assets.transforms.album_details import TOO_LONG
from music_assets.transforms.catalogue import BLANK, LONGEST_GENRE
from music_assets.transforms.musicbrainz_form import MUSICBRAINZ_ARTISTS, MUSICBRAINZ_RELEASES
from music_assets.transforms.rows import (
    LARGEST_INTEGER,
    NO_CODE,
    ORDER,
    Transform,
    code_in,
    field,
    given,
    name_in,
    no_id,
    not_a_code,
    not_a_text,
    says,
    verdict,
    whole_number,
)

MBID = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\z"
#: A year, alone or with a month and a day.
YEAR = r"^[0-9]{4}(-[0-9]{2}){0,2}\z"
#: MusicBrainz's words for "on none".
NO_LABEL = ("[no label]", "")


def judge_artist_details(records: nw.LazyFrame) -> nw.LazyFrame:
    """One row per artist that MusicBrainz knows. BeganYear is that of a birth or a founding."""
    artist, identity, begin = nw.col("requested"), field("id"), field("life-span", "begin")
    country, kind, matched = field("country"), field("type"), nw.col("matched")
    no_mbid = identity.is_null() | ~identity.str.contains(MBID)
    return records.select(
        *ORDER,
        ArtistID=artist,
        MusicBrainzID=identity,
        Country=nw.when(country.str.len_chars() <= 8).then(code_in(country)),
        ArtistType=code_in(kind),
        BeganYear=_year_in(begin),
        MatchedBy=nw.when(matched.is_in(["url", "name"])).then(matched),
        **verdict(
            (no_id(artist), says("requested", artist, "not the id of an artist")),
            (no_mbid, says("id", identity, "not an MBID")),
            without=[
                (not_a_code(country), says("country", country, NO_CODE)),
                (not_a_code(kind), says("type", kind, NO_CODE)),
                (_no_year(begin), says("begin", begin, "not a date")),
            ],
        ),
    )


def judge_release_details(records: nw.LazyFrame) -> nw.LazyFrame:
    """One row per album that MusicBrainz knows: the first label of its edition, and the first year.

    FirstReleaseYear is that of the first edition, which may be another one.
    """
    album, identity = nw.col("requested"), field("id")
    infos = field("label-info")
    # Of an empty list Polars has no first.
    info = nw.when(infos.list.len() > 0).then(infos).list.get(0)
    first_label = info.struct.field("label").struct.field("name")
    label = nw.when(~first_label.is_in(NO_LABEL)).then(first_label)
    dated = field("release-group", "first-release-date")
    first = nw.when(dated != "").then(dated)
    no_mbid = identity.is_null() | ~identity.str.contains(MBID)
    return records.select(
        *ORDER,
        AlbumID=album,
        Label=name_in(label),
        FirstReleaseYear=_year_in(first),
        **verdict(
            (no_id(album), says("requested", album, "not the id of an album")),
            (no_mbid, says("id", identity, "not an MBID")),
            without=[
                (not_a_text(label), nw.lit(f"the label is {TOO_LONG}")),
                (_no_year(first), says("first-release-date", first, "not a date")),
            ],
        ),
    )


def _no_year(date: nw.Expr) -> nw.Expr:
    return given(date) & ~date.str.contains(YEAR)


def _year_in(date: nw.Expr) -> nw.Expr:
    year = nw.when(date.str.contains(YEAR)).then(date).str.slice(0, 4)
    return year.cast(nw.Int64())


def judge_musicbrainz_genres(records: nw.LazyFrame) -> nw.LazyFrame:
    """One row per artist and genre name, as written; one with a null for an artist without.

    Of a name that an artist has twice, the one with more votes counts.
    """
    artists = records.select(*ORDER, ArtistID=nw.col("requested"), Voted=field("genres"))
    sound = artists.filter(~no_id(nw.col("ArtistID")), given(nw.col("Voted")))
    once = sound.unique(subset=["ArtistID"], keep="first", order_by=list(ORDER)).explode("Voted")
    genre, count = (nw.col("Voted").struct.field(member) for member in ("name", "count"))
    votes = whole_number(count)
    no_name, unfit = genre.is_null() | genre.str.contains(BLANK), not_a_text(genre, LONGEST_GENRE)
    no_votes = votes.is_null() | (votes <= 0) | (votes > LARGEST_INTEGER)
    is_some = given(nw.col("Voted"))
    judged = once.select(
        *ORDER,
        "ArtistID",
        Genre=genre,
        Votes=nw.when(~no_votes).then(votes),
        **verdict(
            (is_some & no_name, says("genre", genre, "not a name")),
            (unfit, nw.lit("the genre is longer than its column or holds a NUL")),
            (is_some & no_votes, says("count", count, "not a number of votes")),
        ),
    )
    # `accepted` takes the first of a key, so that with the most votes gets the first position.
    fewer = judged.with_columns(Fewer=-nw.col("Votes").fill_null(0))
    place = nw.col("ArtistID").cum_count().over("ArtistID", order_by=["Fewer", "Genre"])
    return fewer.with_columns(Position=place.cast(nw.Int64())).drop("Fewer")


artist_details = Transform.into(
    tables.artists,
    MUSICBRAINZ_ARTISTS,
    judge_artist_details,
    name="artist_details",
    columns=("ArtistID", *details_of(tables.artists)),
)
musicbrainz_genres = Transform.into(
    tables.artist_genres,
    MUSICBRAINZ_ARTISTS,
    judge_musicbrainz_genres,
    name="musicbrainz_genres",
    columns=("ArtistID", "Genre", "Votes"),
    key=("ArtistID", "Genre"),
)
release_details = Transform.into(
    tables.albums,
    MUSICBRAINZ_RELEASES,
    judge_release_details,
    name="release_details",
    columns=("AlbumID", "Label", "FirstReleaseYear"),
)
