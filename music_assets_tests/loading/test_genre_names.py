"""Genres of two sources: one genre per meaning, and the one that was there first stays."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from music_assets.loading.genre_names import Spellings, fold


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
    assert len({fold(name) for name in others}) == 1
    spellings = Spellings([])
    assert {spellings.of(name) for name in others} == {others[0]}


def test_the_spelling_in_the_table_stays_and_so_do_two_that_are_there_already() -> None:
    spellings = Spellings(["Punk", "punk", "Jazz"])
    assert [spellings.of(name) for name in ("punk", "Punk", "PUNK", "jazz", "ska", "Ska")] == [
        *("punk", "Punk", "Punk", "Jazz"),
        *("ska", "ska"),
    ]


names = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@given(names)
def test_folding_twice_changes_nothing_more(name: str) -> None:
    assert fold(fold(name)) == fold(name)


@given(st.lists(names), st.lists(names, min_size=1))
def test_every_form_of_a_name_gets_the_same_spelling(stored: list[str], given: list[str]) -> None:
    spellings = Spellings(stored)
    for name in given:
        spelt = spellings.of(name)
        assert fold(spelt) == fold(name)
        assert spellings.of(spelt) == spelt
        if unicodedata.normalize("NFC", name) not in stored and name not in stored:
            decomposed = unicodedata.normalize("NFD", name)
            assert decomposed in stored or spellings.of(decomposed) == spelt
