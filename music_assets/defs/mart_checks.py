"""Asset checks of marts and of the report: one for each, whatever it finds.

A mart's check comes with its materialisation, and looks at its extracts as they are written and at
the run's weeks. None blocks.
"""

import datetime as dt
from collections.abc import Sequence

import dagster as dg
import sqlalchemy as sa

from music_assets.database.resource import DatabaseResource
from music_assets.defs.checks import SHOWN, WARN
from music_assets.loading.asset_kinds import in_sentences
from music_assets.publishing.findings import judged_columns
from music_assets.publishing.publish import Published
from music_assets.schema.mart_sql import Mart
from music_assets.schema.tables import weekly_album_totals
from music_assets.storage.blobs import StorageResource
from music_assets.storage.paths import WEEKLY_REPORT
from music_assets.weeks import Week

PLAUSIBLE = "plausible"
#: The marts that have rows of each week that has a figure, or a figure of streams.
FIGURES, STREAMS = "weekly_totals", "top_tracks"
#: The mart that has rows where any week has a figure.
OF_ALL_WEEKS = "album_performance"


def mart_check(mart: Mart) -> list[dg.AssetCheckSpec]:
    """The check of a mart, if there is anything to check."""
    is_judged = judged_columns(mart.query.named_selects)
    if not is_judged and mart.name not in {FIGURES, STREAMS, OF_ALL_WEEKS}:
        return []
    return [
        dg.AssetCheckSpec(
            PLAUSIBLE,
            asset=mart.name,
            description=(
                "Ranks count from 1 without a gap, shares are between 0 and 1, and whatever has "
                "figures has rows."
            ),
        )
    ]


def mart_results(
    mart: Mart, done: Published, database: DatabaseResource, weeks: Sequence[Week]
) -> list[dg.AssetCheckResult]:
    """The outcome of `mart_check`, over all extracts and the weeks of a run."""
    if not mart_check(mart):
        return []
    wrong = [*done.findings, *_lacking(mart.name, done, database, weeks)]
    return [_result(wrong, PLAUSIBLE)]


def _lacking(
    mart: str, done: Published, database: DatabaseResource, weeks: Sequence[Week]
) -> list[str]:
    """Sentences about the figures that no row of a mart is about."""
    totals = weekly_album_totals.c
    if mart == OF_ALL_WEEKS and not done.rows:
        some = database.read(sa.select(totals.WeekID).limit(1))
        return [f"{weekly_album_totals.name} has rows, and {mart} has none."] * some.height
    if mart not in {FIGURES, STREAMS} or not weeks:
        return []
    within = totals.WeekID.between(weeks[0].week_id, weeks[-1].week_id)
    figure = totals.Streams.is_not(None) if mart == STREAMS else sa.true()
    query = sa.select(totals.WeekID).where(within, figure).distinct().order_by(totals.WeekID)
    known = database.read(query)["WeekID"].to_list()
    return [f"{week} has figures and no row." for week in known if week not in done.weeks]


@dg.asset_check(
    asset="weekly_report",
    name="of_the_newest_week",
    description="The report is there, and names the newest finished week that has figures.",
)
@in_sentences
def of_the_newest_week(
    database: DatabaseResource, storage: dg.ResourceParam[StorageResource]
) -> dg.AssetCheckResult:
    """Compare the page with the weeks that have figures."""
    found = storage.find(WEEKLY_REPORT)
    if found is None:
        return _result([f"There is no {WEEKLY_REPORT}; materialise weekly_report."])
    iso = _newest_week(database)
    names_it = iso.encode() in storage.read(WEEKLY_REPORT)[1]
    return _result([] if names_it else [f"{WEEKLY_REPORT} does not name {iso}."])


def _newest_week(database: DatabaseResource) -> str:
    """The newest finished week that has figures, as the report calls it; "" where none has any."""
    totals = weekly_album_totals.c
    newest = sa.select(totals.WeekID).order_by(totals.WeekID.desc()).limit(1)
    # A week is finished from its Sunday on, when its figures are made.
    last_monday = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=6)
    for query in (newest.where(totals.WeekStartDate <= last_monday), newest):
        if (found := database.read(query)).height:
            return Week.from_id(found.item()).iso
    return ""


def _result(wrong: Sequence[str], name: str | None = None) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name=name,
        passed=not wrong,
        severity=WARN,
        description=" ".join(wrong[:SHOWN]) or None,
        metadata={"findings": len(wrong)},
    )
