"""Findings: ranks with a gap and shares of more than all are told, and nothing else is."""

import polars as pl
import pytest

from music_assets.publishing.findings import findings

GOOD = {"WeekID": [202601, 202601, 202602], "StreamRank": [2, 1, 1], "Streams": [5, None, 7]}


def test_ranks_that_count_from_one_and_shares_up_to_one_are_as_they_should_be() -> None:
    assert findings(pl.DataFrame(GOOD | {"ShareOfStreams": [0.0, 1.0, None]})) == []
    assert findings(pl.DataFrame(schema={"PlayRank": pl.Int64, "ShareOfPlays": pl.Float64})) == []


@pytest.mark.parametrize("ranks", [[1, 3, 1], [1, 1, 1], [2, 3, 1], [0, 1, 1]])
def test_a_rank_that_does_not_count_is_told_with_its_week(ranks: list[int]) -> None:
    [sentence] = findings(pl.DataFrame(GOOD | {"StreamRank": ranks}))
    assert sentence == "StreamRank does not count from 1 without a gap in 202601."


def test_a_rank_over_all_rows_and_one_per_period_are_looked_at_too() -> None:
    assert findings(pl.DataFrame({"PlayRank": [1, 3]}))
    periods = {"Period": ["week", "month"], "PeriodStartDate": ["a", "a"], "PlayRank": [1, 1]}
    assert findings(pl.DataFrame(periods)) == []


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_beyond_all_is_told(share: float) -> None:
    rows = pl.DataFrame({"ShareOfStreams": [0.5, share]})
    assert findings(rows) == ["1 values of ShareOfStreams are not between 0 and 1."]
