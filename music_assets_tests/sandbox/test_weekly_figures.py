"""Simulated figures: the original's law, and a function of (seed, song, week) and nothing else."""

import random

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ks_2samp, pearsonr

from music_assets.sandbox.weekly_figures import WeeklySimulator

Figures = npt.NDArray[np.int64]

SONGS = [f"song{number:022}" for number in range(40_000)]
WEEKS = [202601, 202647, 202653, 202701]
FIGURES = pytest.mark.parametrize("figure", ["downloads", "streams"])
# Of one comparison. There are some dozens of them, all with fixed seeds: either they hold or not.
P_VALUE = 0.001

ORIGINAL = {
    "downloads": ((30_000, 70_000), (10_000, 30_000)),
    "streams": ((400_000, 800_000), (150_000, 300_000)),
}


def original(figure: str, count: int, seed: int) -> Figures:
    """As the original's generator draws: a mean, a deviation, a figure from that normal law."""
    rng = np.random.default_rng(seed)
    means, deviations = ORIGINAL[figure]
    drawn = rng.normal(rng.uniform(*means, count), rng.uniform(*deviations, count))
    return np.maximum(drawn.astype(np.int64), 0)


def drawn(figure: str, songs: list[str], week: int, seed: int = 1) -> Figures:
    simulator = WeeklySimulator(songs, seed)
    figures: Figures = getattr(simulator, figure)(week)
    return figures


def by_song(figure: str, songs: list[str], week: int, seed: int = 1) -> dict[str, int]:
    return dict(zip(songs, drawn(figure, songs, week, seed).tolist(), strict=True))


@FIGURES
@pytest.mark.parametrize("week", WEEKS)
@pytest.mark.parametrize("seed", [1, 2, -5])
def test_over_songs_the_law_is_the_originals(figure: str, week: int, seed: int) -> None:
    reference = original(figure, 200_000, seed=20261116)
    assert ks_2samp(drawn(figure, SONGS, week, seed), reference).pvalue > P_VALUE


@FIGURES
@pytest.mark.parametrize("seed", [1, 2])
def test_over_the_weeks_of_one_song_the_law_is_the_originals(figure: str, seed: int) -> None:
    simulator = WeeklySimulator(["4aawyAB9vmqN3uQ7FjRGTy"], seed)
    weeks = [year * 100 + week for year in range(2000, 2100) for week in range(1, 53)]
    figures = np.concatenate([getattr(simulator, figure)(week) for week in weeks])
    assert ks_2samp(figures, original(figure, 200_000, seed=7)).pvalue > P_VALUE


@FIGURES
def test_the_comparison_would_notice_a_law_that_is_slightly_off(figure: str) -> None:
    reference = original(figure, 200_000, seed=20261116)
    off = original(figure, len(SONGS), seed=3) * 1.02
    assert ks_2samp(off, reference).pvalue < P_VALUE / 1_000


@FIGURES
def test_no_figure_is_below_zero_and_as_many_are_zero_as_in_the_original(figure: str) -> None:
    figures = np.concatenate([drawn(figure, SONGS, week) for week in WEEKS])
    reference = original(figure, len(figures), seed=11)
    assert figures.dtype == np.int64
    assert figures.min() == 0
    zeros, expected = int((figures == 0).sum()), int((reference == 0).sum())
    assert abs(zeros - expected) < 5 * (zeros + expected) ** 0.5


def test_the_same_song_week_and_seed_give_the_same_figures() -> None:
    for figure in ("downloads", "streams"):
        assert (drawn(figure, SONGS, 202647) == drawn(figure, SONGS, 202647)).all()


@given(st.lists(st.text(max_size=4), unique=True, min_size=1, max_size=8), st.randoms())
def test_neither_order_nor_other_songs_matter(songs: list[str], rng: random.Random) -> None:
    for figure in ("downloads", "streams"):
        expected = by_song(figure, songs, 202647)
        shuffled = rng.sample(songs, len(songs))
        assert by_song(figure, shuffled, 202647) == expected
        some = songs[: rng.randint(1, len(songs))]
        assert by_song(figure, some, 202647) == {song: expected[song] for song in some}
        assert by_song(figure, [*songs, "another song"], 202647).items() >= expected.items()


def test_neither_the_order_nor_the_range_of_weeks_matters() -> None:
    forwards, backwards, one = (WeeklySimulator(SONGS[:50]) for _ in range(3))
    first = {week: forwards.streams(week).tolist() for week in WEEKS}
    for week in reversed(WEEKS):
        backwards.downloads(week)
        assert backwards.streams(week).tolist() == first[week]
    assert one.streams(WEEKS[-1]).tolist() == first[WEEKS[-1]]


def test_the_figures_keep_the_order_of_the_songs() -> None:
    simulator = WeeklySimulator(["b", "a"])
    assert simulator.songs == ["b", "a"]
    expected = by_song("streams", ["a", "b"], 202647)
    assert simulator.streams(202647).tolist() == [expected["b"], expected["a"]]


def test_without_songs_there_are_no_figures() -> None:
    assert drawn("streams", [], 202647).shape == (0,)


def same(one: Figures, other: Figures) -> float:
    """The share of songs with equal figures; zeros, which are many, left out."""
    some = (one > 0) | (other > 0)
    return float((one == other)[some].mean())


@FIGURES
def test_another_seed_week_or_song_gives_other_figures(figure: str) -> None:
    figures = drawn(figure, SONGS, 202647)
    others = [
        drawn(figure, SONGS, 202647, seed=2),
        drawn(figure, SONGS, 202647, seed=-1),
        drawn(figure, SONGS, 202646),
        drawn(figure, SONGS, 202547),
        drawn(figure, [song.upper() for song in SONGS], 202647),
        np.roll(figures, 1),
    ]
    for other in others:
        assert same(figures, other) < 0.001
        assert pearsonr(figures, other).pvalue > P_VALUE


def test_songs_whose_ids_differ_only_in_case_have_different_figures() -> None:
    assert len(set(by_song("streams", ["4aAwYaB9", "4aawyab9"], 202647).values())) == 2


@pytest.mark.parametrize("week", WEEKS)
def test_downloads_and_streams_of_a_week_have_nothing_to_do_with_each_other(week: int) -> None:
    downloads, streams = drawn("downloads", SONGS, week), drawn("streams", SONGS, week)
    assert pearsonr(downloads, streams).pvalue > P_VALUE
    # Not in a curve either: the streams of the songs with few downloads are as those of the others.
    few = downloads < np.median(downloads)
    assert ks_2samp(streams[few], streams[~few]).pvalue > P_VALUE


def test_the_draws_of_a_figure_have_nothing_to_do_with_each_other() -> None:
    """A mean that went along with its deviation would widen the law's tails, and this spread."""
    spread = np.std(np.stack([drawn("streams", SONGS, 200_000 + w) for w in range(20)]), axis=0)
    reference = [original("streams", len(SONGS), seed=100 + w) for w in range(20)]
    assert ks_2samp(spread, np.std(np.stack(reference), axis=0)).pvalue > P_VALUE


#: (seed, WeekID) -> downloads and streams of three songs. Any change of the generator changes
#: them, and with them every simulated week that anybody has in a database.
PINNED = {
    (1, 202547): ([41406, 70872, 48049], [504167, 0, 926100]),
    (1, 202647): ([29072, 34983, 68576], [946973, 721453, 430025]),
    (1, 202653): ([55405, 47506, 26493], [401137, 1123522, 501023]),
}


@pytest.mark.parametrize(("at", "figures"), PINNED.items())
def test_the_figures_are_those_of_every_version_before(
    at: tuple[int, int], figures: tuple[list[int], list[int]]
) -> None:
    seed, week = at
    songs = ["4aawyAB9vmqN3uQ7FjRGTy", "4aawyab9vmqn3uq7fjrgty", "宇"]
    simulator = WeeklySimulator(songs, seed)
    assert simulator.downloads(week).tolist() == figures[0]
    assert simulator.streams(week).tolist() == figures[1]


def test_a_seed_is_part_of_the_pinned_figures() -> None:
    simulator = WeeklySimulator(["4aawyAB9vmqN3uQ7FjRGTy"], seed=7)
    assert (simulator.downloads(202647)[0], simulator.streams(202647)[0]) == (48749, 440255)
