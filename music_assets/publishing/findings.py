"""Findings: what must hold of a mart's rows and does not, looked for when an extract is written.

They are noted with the extract, so that one that stays as it is costs nothing.
"""

from collections.abc import Iterable

import polars as pl

#: Columns that count from 1 without a gap, within each week or period.
RANKS = ("StreamRank", "MoveRank", "PlayRank")
WITHIN = ("WeekID", "Period", "PeriodStartDate")
SHARES = "Share"


def judged_columns(names: Iterable[str]) -> list[str]:
    """The columns, among some, of which something must hold."""
    return [name for name in names if name in RANKS or name.startswith(SHARES)]


def findings(rows: pl.DataFrame) -> list[str]:
    """Sentences about the ranks and shares of a mart's rows that are wrong."""
    found = []
    for name in judged_columns(rows.columns):
        found += _gaps(rows, name) if name in RANKS else _no_shares(rows, name)
    return found


def _gaps(rows: pl.DataFrame, rank: str) -> list[str]:
    within = [name for name in WITHIN if name in rows.columns]
    counts = pl.len(), pl.col(rank).n_unique().alias("different"), pl.col(rank).max().alias("last")
    groups = rows.group_by(within or pl.lit(0).alias("all")).agg(*counts, pl.col(rank).min())
    whole = (pl.col(rank) == 1) & (pl.col("last") == pl.col("len"))
    wrong = groups.filter(~(whole & (pl.col("different") == pl.col("len"))))
    where = (", ".join(str(group[name]) for name in within) for group in wrong.to_dicts())
    return [f"{rank} does not count from 1 without a gap{f' in {each}' * bool(each)}."
            for each in sorted(where)]  # fmt: skip


def _no_shares(rows: pl.DataFrame, share: str) -> list[str]:
    wrong = rows.filter(~pl.col(share).is_between(0, 1)).height
    return [f"{wrong} values of {share} are not between 0 and 1."] if wrong else []
