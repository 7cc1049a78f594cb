"""Genres of two sources: one genre per meaning, and the one that was there first stays."""

import unicodedata

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from music_assets.landing.subjects import folded
from music_assets.loading.genre_names import Spellings, most_voted


@pytest.mark.parametrize(
    "others",
    [
        ("Rock", "ROCK", " rock ", "\uff52\uff4f\uff43\uff4b"),
        ("électro", "E\u0301lectro", "ÉLECTRO"),
        ("drum  and bass", "Drum And\u00a0Bass"),
        ("straße", "STRASSE"),
        ("i\u0307ndie", "\u0130ndie"),
    ],
)
def test_names_that_differ_in_case_form_or_blanks_alone_are_one_genre(
    others: tuple[str, ...],
) -> None:
    assert len({folded(name) for name in others}) == 1
    spellings = Spellings([])
    assert {spellings.of(name) for name in others} == {" ".join(others[0].split())}


def test_the_spelling_in_the_table_stays_and_of_two_the_first_counts() -> None:
    spellings = Spellings(["Punk", "punk", "Jazz"])
    assert [spellings.of(name) for name in ("punk", "Punk", "PUNK", "jazz", " ska", "Ska")] == [
        *("Punk", "Punk", "Punk", "Jazz"),
        *("ska", "ska"),
    ]


names = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@given(names)
def test_folding_twice_changes_nothing_more(name: str) -> None:
    assert folded(folded(name)) == folded(name)


@given(st.lists(names), st.lists(names, min_size=1))
def test_every_form_of_a_name_gets_the_same_spelling(stored: list[str], given: list[str]) -> None:
    spellings = Spellings(stored)
    for name in given:
        spelt = spellings.of(name)
        assert folded(spelt) == folded(name)
        assert spellings.of(spelt) == spellings.of(unicodedata.normalize("NFD", name)) == spelt


def voted(*rows: tuple[str, str | None, int | None]) -> pl.DataFrame:
    schema = {"ArtistID": pl.String, "Genre": pl.String, "Votes": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def test_an_artist_has_the_genres_with_the_most_votes_each_once() -> None:
    rows = voted(("a", "Rock", 20), ("a", "rock", 19), ("a", "pop", 5), ("a", "jazz", 4))
    assert most_voted(rows, 2)["Genre"].to_list() == ["Rock", "pop"]
    assert most_voted(rows, 9)["Genre"].to_list() == ["Rock", "pop", "jazz"]


def test_of_as_many_votes_the_alphabet_decides_and_nobody_takes_anothers_place() -> None:
    many = [("a", f"genre {number:03}", 1 + number * 7 % 50) for number in range(400)]
    found = most_voted(voted(*many, ("b", "ska", 1), ("c", None, None)), 10)
    best = sorted(many, key=lambda each: (-each[2], each[1]))[:10]
    assert found.filter(ArtistID="a").rows() == best
    assert found.filter(pl.col("ArtistID") != "a").rows() == [("b", "ska", 1), ("c", None, None)]
