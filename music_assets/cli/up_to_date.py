"""The full graph, over the weeks that have something to do: others cost nothing, however many."""

from collections.abc import Collection, Sequence

import dagster as dg

from music_assets.cli import running
from music_assets.cli.configured import configured
from music_assets.cli.outcome import RunOutcome, together
from music_assets.cli.weeks_to_do import every_week, weeks_to_do
from music_assets.loading.asset_kinds import IN_SENTENCES
from music_assets.partitions import span
from music_assets.weeks import Week, contiguous


def bring_up_to_date(instance: dg.DagsterInstance, *, refresh: bool = False) -> RunOutcome:
    """Materialise the full graph over the weeks that need it, or the newest where none does.

    What the run does may give more weeks something to do, such as tracks that the figures of a week
    had been waiting for. A second run is over these; and over a good week, where all weeks of the
    first were bad, so that marts and report get the rest of what it brought.

    Args:
        instance: keeps the history.
        refresh: ask Spotify for everything anew.
    """
    with running.turn():
        first = _weeks(instance) or every_week()[-1:]
        outcome = running.execute(instance, "full_graph", span(first), refresh=refresh)
        try:
            then = _others(_weeks(instance), first) or _a_good_one(outcome, first)
        except IN_SENTENCES:
            # What stops a look at the weeks has stopped the run, which says it better.
            if not outcome.failures:
                raise
            return outcome
        if not then:
            return outcome
        return together(outcome, running.execute(instance, "weekly_job", span(then)))


def make(
    instance: dg.DagsterInstance,
    weeks: Sequence[Week],
    only: Collection[dg.AssetKey],
    *,
    refresh: bool = False,
) -> RunOutcome:
    """Materialise some assets, or all, over some weeks, or over those that need it.

    Args:
        instance: keeps the history.
        weeks: oldest first.
        only: the assets; all unless given.
        refresh: ask Spotify for everything anew.
    """
    with running.turn():
        first, *others = contiguous(weeks or _weeks(instance) or every_week()[-1:])
        outcome = running.execute(instance, "full_graph", span(first), refresh=refresh, only=only)
        for then in others:
            done = running.execute(instance, "full_graph", span(then), only=only)
            outcome = together(outcome, done)
        return outcome


def _others(weeks: Sequence[Week], first: Sequence[Week]) -> list[Week]:
    return [week for week in weeks if not first[0] <= week <= first[-1]]


def _a_good_one(outcome: RunOutcome, first: Sequence[Week]) -> list[Week]:
    made = {step.asset for step in outcome.steps}
    if "tracks" not in made or "weekly_report" in made:
        return []
    return _others(every_week(), first)[-1:]


def _weeks(instance: dg.DagsterInstance) -> list[Week]:
    """The weeks with something to do, oldest first."""
    with (
        configured("storage", instance) as storage,
        configured("database", instance) as database,
    ):
        return weeks_to_do(storage, database.data_versions(), instance)
