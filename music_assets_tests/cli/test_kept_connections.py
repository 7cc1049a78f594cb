"""Dagster's history through connections that stay open: the same files, opened less often."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import sqlalchemy as sa

from music_assets.cli.kept_connections import MOST_OPEN, KeptRuns, opened_history
from music_assets_tests.reported import QUIET


@dg.asset(check_specs=[dg.AssetCheckSpec("counted", asset="first")])
def first() -> Iterator[dg.MaterializeResult]:
    yield dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=True)])


@dg.asset(deps=[first])
def second() -> None:
    pass


def materialise(instance: dg.DagsterInstance, *more: dg.AssetsDefinition) -> str:
    return dg.materialize([first, second, *more], instance=instance, run_config=QUIET).run_id


@pytest.fixture
def opened() -> Iterator[list[str]]:
    """The files that were opened, with each opening."""
    found = list[str]()

    def note(*arguments: Any) -> None:
        found.append(arguments[2][0])

    sa.event.listen(sa.Engine, "do_connect", note)
    yield found
    sa.event.remove(sa.Engine, "do_connect", note)


def test_a_run_of_more_assets_opens_no_more_files(tmp_path: Path, opened: list[str]) -> None:
    more = [dg.asset(name=f"asset{number}")(lambda: None) for number in range(10)]
    with opened_history(tmp_path) as instance:
        materialise(instance)
        opened.clear()
        materialise(instance)
        few = len(opened)
        materialise(instance, *more)
    assert len(opened) - few == few < 5


def test_dagster_reads_what_was_written_and_the_other_way_round(tmp_path: Path) -> None:
    with opened_history(tmp_path) as kept, dg.DagsterInstance.from_config(str(tmp_path)) as plain:
        for one, other in ((kept, plain), (plain, kept)):
            run = materialise(one)
            known = other.get_run_by_id(run)
            assert known is not None
            assert known.is_success
            assert len(other.all_logs(run)) == len(one.all_logs(run)) > 10
            event = other.get_latest_materialization_event(dg.AssetKey("second"))
            assert event is not None
            assert event.run_id == run


def test_a_file_that_is_read_no_more_is_closed(tmp_path: Path, opened: list[str]) -> None:
    with opened_history(tmp_path) as instance:
        earliest, *later = [materialise(instance) for _ in range(MOST_OPEN)]
        for run, opens in ((later[-1], 0), (earliest, 1), (earliest, 0)):
            opened.clear()
            assert len(instance.all_logs(run)) > 10
            assert len(opened) == opens


@pytest.mark.parametrize(
    ("settings", "kept"),
    [
        ("", True),
        ("storage: {sqlite: {base_dir: %s}}\n", True),
        (
            "run_storage:\n  module: dagster._core.storage.runs\n  class: SqliteRunStorage\n"
            "  config: {base_dir: %s}\n",
            False,
        ),
    ],
)
def test_a_storage_of_another_kind_stays_as_it_is(
    tmp_path: Path, settings: str, *, kept: bool
) -> None:
    elsewhere = tmp_path / "elsewhere"
    said = settings % elsewhere if settings else ""
    (tmp_path / "dagster.yaml").write_text(said)
    with opened_history(tmp_path) as instance:
        assert isinstance(instance.run_storage, KeptRuns) is kept
        materialise(instance)
    assert elsewhere.exists() is bool(settings)
