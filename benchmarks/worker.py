"""A run of the project's assets, as a process to be measured.

    python -m benchmarks.worker --job weekly_job --weeks 2026-11-09...2026-11-16

Notes the CPU seconds until the definitions were loaded, those in the HTTP client, and what the
report's step says of itself.
"""

import threading
import time
from typing import Any

import click
import dagster as dg
import requests

from benchmarks.notes import note
from music_assets.cli import running
from music_assets.definitions import defs
from music_assets.defs.checks import constraint_checks
from music_assets.partitions import RANGE_END, RANGE_START


class HttpClock:
    """The CPU seconds that all threads spend in the HTTP client."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._lock = threading.Lock()
        self._request = requests.Session.request

    def start(self) -> None:
        """Count from now on."""
        clock = self

        def request(session: requests.Session, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401
            began = time.thread_time()
            try:
                return clock._request(session, *args, **kwargs)
            finally:
                with clock._lock:
                    clock.seconds += time.thread_time() - began

        requests.Session.request = request  # type: ignore[assignment,method-assign]


@click.command()
@click.option("--job", default="full_graph")
@click.option("--assets", help="Names with commas; all of the job's unless given.")
@click.option("--weeks", help="The Mondays FIRST...LAST, for assets that are made per week.")
def main(job: str, assets: str | None, weeks: str | None) -> None:
    """Run a job, or some of its assets, over a range of weeks."""
    found, http = _job(job, assets), HttpClock()
    http.start()
    begun = time.process_time()
    first, _, last = weeks.partition("...") if weeks else ("", "", "")
    with running.history() as instance:
        result = found.execute_in_process(
            instance=instance,
            tags={RANGE_START: first, RANGE_END: last} if weeks else None,
            run_config={"loggers": {"console": {"config": {"log_level": "ERROR"}}}},
        )
    assert result.success
    note(begun=begun, http=http.seconds, **_report(result))


def _report(result: dg.ExecuteInProcessResult) -> dict[str, float]:
    """The seconds and the written files of the report, where the run made it."""
    for event in result.get_asset_materialization_events():
        if event.asset_key == dg.AssetKey("weekly_report"):
            told = event.materialization.metadata
            seconds, pages = told["seconds"].value, told["written"].value
            return {"report": float(str(seconds)), "pages": float(str(pages))}
    return {}


def _job(name: str, assets: str | None) -> dg.JobDefinition:
    """A job of the project, or one of some assets with the checks that jobs make of them."""
    if assets is None:
        return defs().resolve_job_def(name)
    selected = dg.AssetSelection.assets(*assets.split(","))
    part = dg.define_asset_job("part", selected - dg.AssetSelection.checks(*constraint_checks))
    return dg.Definitions.merge(defs(), dg.Definitions(jobs=[part])).resolve_job_def("part")


if __name__ == "__main__":
    main()
