"""Placings: where something was, how long, and how high; simulated and real lists apart."""

from collections.abc import Sequence

from music_assets.report.placings import Placing, placings
from music_assets.weeks import Week

FIRST, SECOND, THIRD, FOURTH = (Week.from_iso(2026, number) for number in (1, 2, 3, 4))


def simulated(*lists: tuple[Week, str]) -> list[tuple[Week, str, Sequence[str]]]:
    return [(week, "simulated", list(members)) for week, members in lists]


def test_a_first_list_is_compared_with_nothing() -> None:
    found = placings(simulated((FIRST, "ab")))[FIRST]
    assert found["a"] == Placing(1, None, 1, 1, compared=False)
    assert found["a"].movement == ""


def test_a_place_is_told_with_the_one_before_the_weeks_and_the_peak() -> None:
    found = placings(simulated((FIRST, "abc"), (SECOND, "bda")))[SECOND]
    assert found["b"] == Placing(1, 2, 2, 1, compared=True)
    assert found["a"] == Placing(3, 1, 2, 1, compared=True)
    movements = {member: placing.movement for member, placing in found.items()}
    assert movements == {"b": "up", "d": "new", "a": "down"}
    assert found["a"].places == 2


def test_who_comes_back_is_not_new_and_keeps_the_peak() -> None:
    found = placings(simulated((FIRST, "ab"), (SECOND, "b"), (THIRD, "ba")))[THIRD]
    assert (found["a"].movement, found["a"].weeks, found["a"].peak) == ("back", 2, 1)
    assert found["b"].movement == "same"


def test_after_a_week_without_a_list_nothing_is_compared() -> None:
    found = placings(simulated((FIRST, "ab"), (THIRD, "ba")))[THIRD]
    assert {placing.movement for placing in found.values()} == {""}
    assert found["b"].weeks == 2


def test_given_and_simulated_lists_have_pasts_of_their_own() -> None:
    lists = [
        (FIRST, "simulated", ["a", "b"]),
        (SECOND, "given", ["b", "a"]),
        (THIRD, "given", ["a", "b"]),
        (FOURTH, "simulated", ["b"]),
    ]
    found = placings(lists)
    assert found[SECOND]["b"] == Placing(1, None, 1, 1, compared=False)
    assert found[THIRD]["a"] == Placing(1, 2, 2, 1, compared=True)
    assert found[FOURTH]["b"] == Placing(1, None, 2, 1, compared=False)
