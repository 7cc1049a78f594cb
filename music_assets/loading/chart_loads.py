"""The charts' way from the inbox to the table: a chart that is as it was costs a look.

The notes of a landing are kept per chart. Those of a load are kept per week, as the data versions
of the table are, so the charts of a week are loaded together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import dagster as dg
import narwhals as nw
import polars as pl
import sqlalchemy as sa

from music_assets.database.scope import RowsOfInput, Scope
from music_assets.database.sync import SyncResult
from music_assets.landing.chart_inbox import charts_in, land_chart
from music_assets.loading.loader import Input, Loader
from music_assets.loading.tally import Tally
from music_assets.schema import tables
from music_assets.storage import paths
from music_assets.storage.blobs import Blob, StorageResource
from music_assets.storage.fingerprints import Made, changed, fingerprint, made_before, note_made
from music_assets.storage.storage_errors import StorageError
from music_assets.transforms.charts import DEMO, Chart, chart_entries, charts_lookup

#: The step whose parts are the landings of charts.
LANDING = "raw_charts"
#: The notes of the loads of weeks; those of extracts have the table's name.
LOADS = "chart_entries_by_week"
#: Charts of one load, of 200 songs each, so that memory does not grow with their number.
CHARTS_AT_ONCE = 500
#: What a chart is in the table.
OF_CHART = ("Region", "Period", "ChartDate")
UNUSABLE = "No record of {} could be used, so the table keeps what it had; {} says why."


def land_charts(
    storage: StorageResource, charts: Mapping[Chart, Sequence[Blob]]
) -> tuple[int, list[str]]:
    """Land those charts that would land otherwise than they have.

    A chart that cannot be landed is noted, keeps what it had, and holds up none of the others.

    Args:
        storage: holds the landings and the notes.
        charts: the files of each chart in the inbox.

    Returns:
        The number of charts that landed, and sentences about files that were not taken.
    """
    before, landed = made_before(storage, LANDING), dict[str, dict[str, Any]]()
    words = _words(charts, landed_charts(storage))
    stale = {*changed(before, words)}
    for chart in (each for each in charts if each.key in stale):
        try:
            landed[chart.key] = {"left_out": land_chart(storage, chart, charts[chart])}
        except (StorageError, ValueError) as error:
            landed[chart.key] = {
                "problem": str(error),
                # A file may be as it was, and the storage not.
                "again": isinstance(error, StorageError),
            }
    words = _words(charts, landed_charts(storage)) if landed else words
    made = {
        key: Made("" if told.get("again") else words[key], told=told)
        for key, told in landed.items()
    }
    note_made(storage, LANDING, made)
    every = before | made
    left_out = [each for key in words for each in every[key].told.get("left_out", [])]
    return sum("problem" not in told for told in landed.values()), left_out


def load_charts(context: dg.AssetExecutionContext, loader: Loader) -> dg.MaterializeResult:
    """Load the charts of weeks that would load otherwise than they have."""
    loads = _Loads(loader, Tally(context, chart_entries))
    stale = changed(loads.before, loads.words())
    for week in loads.weeks.keys() - {*stale}:
        loads.tell(loads.before[week])
    at_once = max(1, CHARTS_AT_ONCE * len(stale) // max(1, sum(map(len, loads.weeks.values()))))
    for start in range(0, len(stale), at_once):
        loads.load(stale[start : start + at_once])
    loads.tally.is_as_it_was = not stale
    return loads.tally.result(loader.database)


def chart_problems(storage: StorageResource) -> list[str]:
    """The sentences about charts that could not be landed or loaded, as noted."""
    landings, loads = made_before(storage, LANDING), made_before(storage, LOADS)
    inbox, weeks = charts_in(storage.list(paths.CHART_FILES)), _by_week(landed_charts(storage))
    noted = [landings[chart.key].told.get("problem") for chart in inbox if chart.key in landings]
    unusable = [each for week in weeks if week in loads for each in loads[week].told["problems"]]
    return [*filter(None, noted), *unusable]


def files_waiting(
    storage: StorageResource, charts: Mapping[Chart, Sequence[Blob]]
) -> dict[str, str]:
    """The versions of the files whose charts no run has landed and loaded, by path."""
    if not charts:
        return {}
    landed = landed_charts(storage)
    stale = {*changed(made_before(storage, LANDING), _words(charts, landed))}
    loads = made_before(storage, LOADS).values()
    loaded = {None, *(etag for made in loads for etag in made.told["landed"])}
    waiting = (each for each in charts if each.key in stale or landed.get(each) not in loaded)
    return {blob.path: blob.etag for chart in waiting for blob in charts[chart]}


def landed_charts(storage: StorageResource) -> dict[Chart, str]:
    """The versions of all landed charts, sorted by chart."""
    found = {
        paths.landed_chart(key): (Chart.from_key(key), blob.etag)
        for blob in storage.list(paths.LANDED_CHARTS)
        if (key := blob.path.removeprefix(paths.LANDED_CHARTS).partition("/")[0])
    }
    return dict(sorted(found.values()))


def _words(charts: Mapping[Chart, Sequence[Blob]], landed: Mapping[Chart, str]) -> dict[str, str]:
    """The fingerprint of each chart's landing: of its files, and of what landed."""
    return {
        chart.key: fingerprint(*((blob.path, blob.etag) for blob in files), landed.get(chart))
        for chart, files in charts.items()
    }


def _by_week(charts: Mapping[Chart, str]) -> dict[str, list[Chart]]:
    """Charts by their WeekID, as the notes name it."""
    found = dict[str, list[Chart]]()
    for chart in charts:
        found.setdefault(str(chart.week_id), []).append(chart)
    return dict(sorted(found.items()))


@dataclass
class _Loads:
    """The loads of the table, by WeekID."""

    loader: Loader
    tally: Tally
    landed: dict[Chart, str] = field(init=False)
    gone: list[Chart] = field(init=False)
    weeks: dict[str, list[Chart]] = field(init=False)
    before: dict[str, Made] = field(init=False)

    def __post_init__(self) -> None:
        self.landed = landed_charts(self.loader.storage)
        self.gone = self._gone()
        self.weeks = {str(chart.week_id): [] for chart in self.gone} | _by_week(self.landed)
        self.before = made_before(self.loader.storage, LOADS)

    def _gone(self) -> list[Chart]:
        """The fictional charts in the table whose landing has gone. A real one's never does."""
        table = tables.chart_entries.c
        columns = [table[name] for name in OF_CHART]
        query = sa.select(*columns).where(table.Region == DEMO).distinct()
        held = (Chart(*row) for row in self.loader.database.read(query).iter_rows())
        return [chart for chart in held if chart not in self.landed]

    def words(self) -> dict[str, str]:
        """The fingerprint of each week, as the table is now."""
        versions, table = self.loader.database.data_versions(), chart_entries.entity
        return {week: self._word(week, versions.get((table, int(week)))) for week in self.weeks}

    def tell(self, made: Made) -> None:
        """Count a week that is as it was."""
        self.tally.counts["unchanged"] += made.rows
        self.tally.counts["quarantined"] += made.told["quarantined"]
        files = {*made.told["files"]} - {*self.tally.quarantine_files}
        self.tally.quarantine_files += sorted(files)

    def load(self, weeks: Sequence[str]) -> None:
        """Load the charts of some weeks; one without a usable row stays as it was."""
        rejects, tally = dict[str, int](), self.tally
        charts = [chart for week in weeks for chart in self.weeks[week]]
        known = len(tally.quarantine_files)

        def scope(_rows: pl.LazyFrame, rejected: pl.LazyFrame) -> Scope:
            rejects.update(rejected.group_by("WeekID").len().collect().iter_rows())
            gone = [chart for chart in self.gone if str(chart.week_id) in weeks]
            return RowsOfInput(OF_CHART, also=[(it.region, it.period, it.date) for it in gone])

        done = self.loader.load(
            tally,
            Input(
                chart_entries,
                [paths.landed_chart(chart.key) for chart in charts],
                {"charts": nw.from_dict(charts_lookup(charts), backend="polars")},
            ),
            scope=scope,
            name=weeks[0] if len(weeks) == 1 else f"{weeks[0]}...{weeks[-1]}",
            needs_a_row=False,
        )
        self._note(done, weeks, rejects, tally.quarantine_files[known:])

    def _note(
        self,
        done: SyncResult,
        weeks: Sequence[str],
        rejects: Mapping[str, int],
        files: Sequence[str],
    ) -> None:
        made = dict[str, Made]()
        for week in filter(self.weeks.get, weeks):
            charts = {chart: self._rows_of(chart, done) for chart in self.weeks[week]}
            told = {
                "landed": [self.landed[chart] for chart in charts],
                "quarantined": rejects.get(week, 0),
                "files": list(files) if week in rejects else [],
                "problems": [
                    UNUSABLE.format(chart.key, ", ".join(files))
                    for chart, rows in charts.items()
                    if not rows
                ],
            }
            word = self._word(week, done.versions.get(int(week)))
            made[week] = Made(word, sum(charts.values()), told)
        note_made(self.loader.storage, LOADS, made)

    @staticmethod
    def _rows_of(chart: Chart, done: SyncResult) -> int:
        return done.replaced.get((chart.region, chart.period, chart.date), {}).get("rows", 0)

    def _word(self, week: str, version: str | None) -> str:
        charts = ((chart.key, self.landed[chart]) for chart in self.weeks[week])
        return fingerprint(*charts, version)
