"""The newest week in a few lines of Markdown, for Dagster's UI."""

import re
from collections.abc import Sequence

from music_assets.report.mart_rows import Row
from music_assets.report.shown_lists import WeekLists
from music_assets.report.week_series import MEASURES


def preview(lists: WeekLists, top: Sequence[Row]) -> str:
    """A week's totals and its most streamed tracks."""
    totals, week = lists.totals, lists.week
    lines = [f"**{week.iso}** ({lists.figures} figures), {week.key} to {week.sunday}", ""]
    lines += [f"- {name}: {totals[name]:,}" for name in MEASURES if totals[name] is not None]
    lines += ["", "| # | Track | Streams |", "|--:|---|--:|"]
    lines += [
        f"| {row['StreamRank']} | {_plain(row['Title'])} | {row['Streams']:,} |" for row in top
    ]
    return "\n".join(lines)


def _plain(text: str | None) -> str:
    """Text with the characters escaped that Markdown would take for markup."""
    return re.sub(r"([^\w\s])", r"\\\1", text or "(no title)")
