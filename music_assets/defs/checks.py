"""Asset checks: what must hold of each table, counted in the database.

Those of the contents come after every load: of a weekly table they look at the weeks that the run
is about. Those of keys and references come in the job `sweep`, which looks at all rows of all
tables: whatever a load writes, the database's own constraints hold. A blocking check guards what
later steps rely on. Checks of completeness only warn, since one record in quarantine must not hold
up the good ones.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import dagster as dg
import sqlalchemy as sa

from music_assets.database.resource import DatabaseResource
from music_assets.loading.asset_kinds import in_sentences
from music_assets.partitions import names_weeks, weeks_of_run
from music_assets.schema import tables
from music_assets.schema.album_totals import kind_of
from music_assets.weeks import Week

FACTS = (tables.weekly_streams, tables.weekly_downloads)
ERROR, WARN = dg.AssetCheckSeverity.ERROR, dg.AssetCheckSeverity.WARN
#: The tables that stay empty where nobody gives the files that fill them.
OPTIONAL = (tables.listened_songs, tables.plays, tables.chart_entries, tables.monthly_sales)
#: Violations that a result quotes.
SHOWN = 10

Violations = sa.Select[Any]
Condition = sa.ColumnElement[bool]


@dataclass(frozen=True)
class Rule:
    """A check of one table: a query whose every row is a violation."""

    name: str
    description: str
    violations: Violations
    blocking: bool = True


def keys_unique(table: sa.Table, within: Condition) -> Rule:
    """No key occurs twice."""
    key = list(table.primary_key)
    twice = sa.select(*key).where(within).group_by(*key).having(sa.func.count() > 1)
    return Rule("keys_unique", "Every key stands once.", twice)


def references_whole(table: sa.Table, within: Condition) -> Rule | None:
    """Every row that another refers to exists; None for a table without references."""
    dangling = [
        sa.select(reference.parent).where(
            within,
            reference.parent.is_not(None),
            ~sa.exists().where(reference.column == reference.parent),
        )
        for reference in sorted(table.foreign_keys, key=lambda each: each.parent.name)
    ]
    if not dangling:
        return None
    return Rule("references_whole", "Whatever a row refers to exists.", _any_of(dangling))


def not_empty(table: sa.Table) -> Rule:
    """The table has rows. This blocks for artists only: without any, everything else is wrong.

    Of the weekly facts one is enough: who exports streams has no downloads.
    """
    needed = [each for each in FACTS if table in FACTS] or [table]
    empty = (~sa.exists().where(each.c[0] == each.c[0]) for each in needed)
    nothing = sa.select(sa.literal("no row")).where(*empty)
    return Rule("not_empty", "The table has rows.", nothing, blocking=table is tables.artists)


def not_negative(table: sa.Table, column: str, within: Condition) -> Rule:
    """No figure is below zero."""
    negative = sa.select(*table.primary_key).where(within, table.c[column] < 0)
    return Rule("figures_not_negative", f"No {column} is below zero.", negative)


def weeks_covered(table: sa.Table, weeks: Sequence[Week]) -> Rule:
    """Every week that has either figure has this one for every track."""
    songs = sa.select(sa.func.count()).select_from(tables.tracks).scalar_subquery()
    stored = sa.select(table.c.WeekID).where(_within(table, weeks)).group_by(table.c.WeekID)
    short = stored.having(sa.func.count() != songs)
    [other] = (each for each in FACTS if each is not table)
    here = sa.exists().where(table.c.WeekID == other.c.WeekID)
    lacking = sa.select(other.c.WeekID).where(_within(other, weeks), ~here).distinct()
    found = _any_of([short, lacking])
    return Rule("weeks_cover_every_track", "Every week has every track.", found, False)


def totals_add_up(weeks: Condition) -> Rule:
    """A week's sums per album are those of its streams and of its downloads, of the week's kind."""
    totals = tables.weekly_album_totals
    parts = []
    for table, column in (
        (tables.weekly_streams, "Streams"),
        (tables.weekly_downloads, "Downloads"),
    ):
        figures = sa.func.sum(table.c[tables.MEASURES[table.name]])
        same = (table.c.WeekID == totals.c.WeekID, kind_of(table.c.Source) == totals.c.Figures)
        facts = sa.select(figures).where(*same).scalar_subquery()
        by_week = (totals.c.WeekID, totals.c.Figures)
        summed = sa.select(totals.c.WeekID).where(weeks).group_by(*by_week)
        parts.append(summed.having(sa.func.sum(totals.c[column]).is_distinct_from(facts)))
    return Rule("totals_add_up", "The sums of a week are those of its figures.", _any_of(parts))


def rules(table: sa.Table, weeks: Sequence[Week] = ()) -> list[Rule]:
    """The rules of a table's contents; of a weekly one for some weeks without a gap, or for all."""
    within = _within(table, weeks)
    found = [not_empty(table)] if table not in OPTIONAL else []
    if table is tables.tracks:
        found += [not_negative(table, "DurationInSeconds", within)]
    if table.name in tables.MEASURES:
        measure = tables.MEASURES[table.name]
        found += [weeks_covered(table, weeks), not_negative(table, measure, within)]
    if table is tables.weekly_album_totals:
        found += [totals_add_up(within)]
    return found


def constraint_rules(table: sa.Table, weeks: Sequence[Week] = ()) -> list[Rule]:
    """The rules that the database's constraints hold too, where nobody has switched them off."""
    within = _within(table, weeks)
    found = [keys_unique(table, within), references_whole(table, within)]
    return [rule for rule in found if rule is not None]


def _within(table: sa.Table, weeks: Sequence[Week]) -> Condition:
    if weeks and "WeekID" in table.columns:
        return table.c.WeekID.between(weeks[0].week_id, weeks[-1].week_id)
    return sa.true()


def table_checks(
    table: sa.Table, name: str, rules_of: Callable[[sa.Table, Sequence[Week]], list[Rule]]
) -> dg.AssetChecksDefinition:
    """Checks of a table, evaluated in one step of a name."""
    by_name = {rule.name: rule for rule in rules_of(table, ())}

    @dg.multi_asset_check(name=f"{table.name}_{name}", specs=_specs(table, by_name))
    @in_sentences
    def check(
        context: dg.AssetCheckExecutionContext, database: DatabaseResource
    ) -> Iterator[dg.AssetCheckResult]:
        tags = context.run.tags
        for rule in rules_of(table, weeks_of_run(tags) if names_weeks(tags) else ()):
            yield database.reading(partial(evaluate, asset=table.name, rule=rule))

    return check


def _specs(table: sa.Table, by_name: Mapping[str, Rule]) -> list[dg.AssetCheckSpec]:
    return [
        dg.AssetCheckSpec(
            name, asset=table.name, description=rule.description, blocking=rule.blocking
        )
        for name, rule in by_name.items()
    ]


def evaluate(connection: sa.Connection, asset: str, rule: Rule) -> dg.AssetCheckResult:
    """The result of a rule, with the number of violations and the first few."""
    broken = sa.select(sa.func.count()).select_from(rule.violations.subquery())
    count = connection.execute(broken).scalar_one()
    found = connection.execute(rule.violations).fetchmany(SHOWN) if count else []
    some = [" ".join(map(str, row)) for row in found]
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name=rule.name,
        passed=not count,
        severity=ERROR if rule.blocking else WARN,
        description=f"{rule.description} Not so: {_listed(some, count)}." if count else None,
        metadata={"violations": count, "some": some},
    )


def _listed(some: Sequence[str], count: int) -> str:
    """The first few violations, and how many there are beside them."""
    more = [f"and {count - len(some)} more"] if count > len(some) else []
    return ", ".join([*some, *more])


def _any_of(queries: list[Violations]) -> Violations:
    return sa.select(sa.union_all(*queries).subquery())


checks: list[dg.AssetChecksDefinition] = [
    table_checks(table, "checks", rules) for table in tables.metadata.sorted_tables if rules(table)
]
constraint_checks: list[dg.AssetChecksDefinition] = [
    table_checks(table, "constraints", constraint_rules) for table in tables.metadata.sorted_tables
]
