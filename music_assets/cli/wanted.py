"""The weeks and the assets that somebody names to a command."""

from collections.abc import Sequence

import click
import dagster as dg

from music_assets.cli.week_names import week_named
from music_assets.cli.weeks_to_do import every_week
from music_assets.definitions import defs
from music_assets.weeks import Week


def wanted_weeks(names: Sequence[str], ranges: str | None) -> list[Week]:
    """The weeks that are named singly or as a range, oldest first.

    Raises:
        click.UsageError: a name is no week, or there is no such week here.
    """
    weeks = {_week(name) for name in names}
    if ranges:
        first, _, last = ranges.partition("..")
        if not first or not last.strip("."):
            raise click.UsageError(f"{ranges} is no range of weeks, such as 2026-W40..2026-W47.")
        begin, end = _week(first), _week(last.lstrip("."))
        weeks |= {week for week in every_week() if begin <= week <= end}
        if begin > end:
            raise click.UsageError(f"{ranges} ends before it begins.")
    return sorted(weeks)


def _week(name: str) -> Week:
    week, every = week_named(name), every_week()
    if week in every:
        return week
    raise click.UsageError(
        f"{week.iso} is no week of this installation; its weeks are {every[0].iso} to "
        f"{every[-1].iso}, and MUSIC_FIRST_WEEK says where they begin."
    )


def wanted_assets(selection: str | None) -> set[dg.AssetKey]:
    """The assets of a selection in Dagster's own words; none where there is no selection.

    Raises:
        click.UsageError: it cannot be read, or selects nothing that can be made.
    """
    if not selection:
        return set()
    graph = defs().resolve_asset_graph()
    try:
        found = dg.AssetSelection.from_string(selection).resolve(graph)
    except (dg.DagsterError, ValueError) as error:
        raise click.UsageError(f"{selection} cannot be read: {error}") from None
    made = {*found} & {*graph.materializable_asset_keys}
    if not made:
        names = ", ".join(sorted(key.to_user_string() for key in graph.materializable_asset_keys))
        raise click.UsageError(f"{selection} selects none of the assets: {names}.")
    return made
