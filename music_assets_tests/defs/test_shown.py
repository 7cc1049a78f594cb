"""The metadata of a whole run: what Dagster's UI shows of each table, mart and report."""

from collections.abc import Iterator

import dagster as dg
import pytest

from music_assets.defs.assets.marts import FILLED_IN
from music_assets.sandbox.server import SandboxServer
from music_assets.schema.mart_sql import read_marts, sql_folder
from music_assets.schema.tables import metadata
from music_assets_tests.house import WEEKS, House, failed_checks, failures, small_world

# What is made for all of its tests is made once.
pytestmark = pytest.mark.xdist_group("shown")

MARTS = read_marts(sql_folder() / "marts")
Shown = dict[str, dict[str, dg.MetadataValue]]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, Shown]]:
    with SandboxServer(small_world()) as server:
        house = House(tmp_path_factory.mktemp("shown"), server)
        house.follow()
        result = house.run("*")
        assert failures(result) == {}
        assert not {each for each in failed_checks(result) if "plausible" in each}
        events = result.get_asset_materialization_events()
        # The last of an asset per week is that of the newest week.
        yield (
            house,
            {
                each.asset_key.to_user_string(): dict(each.materialization.metadata)
                for each in events
                if each.asset_key
            },
        )


def test_every_table_with_rows_shows_the_first_of_them(ran: tuple[House, Shown]) -> None:
    house, shown = ran
    for name in [*metadata.tables, *FILLED_IN]:
        table = metadata.tables.get(name, FILLED_IN.get(name))
        assert table is not None
        rows = len(house.rows(table.name))
        preview = shown[name].get("preview")
        assert bool(preview) == bool(rows), name
        if preview:
            assert isinstance(preview, dg.TableMetadataValue)
            assert len(preview.records) == min(rows, 5)
            assert [*preview.records[0].data] == table.columns.keys()


def test_every_mart_with_rows_shows_some_and_leads_to_its_extracts(
    ran: tuple[House, Shown],
) -> None:
    house, shown = ran
    for name in MARTS:
        told = shown[name]
        assert ("preview" in told) == bool(house.rows(name)), name
        assert str(told["parquet"].value).startswith("file:///"), name


def test_weekly_figures_have_a_chart_that_ends_with_the_newest_week(
    ran: tuple[House, Shown],
) -> None:
    _, shown = ran
    for name in ("weekly_streams", "weekly_downloads", "weekly_album_totals", "weekly_totals"):
        assert str(shown[name]["chart"].value).endswith(" simulated, 2026-W01 to 2026-W03"), name
    assert WEEKS[-1] == "2026-01-12"


def test_the_report_leads_to_its_page(ran: tuple[House, Shown]) -> None:
    house, shown = ran
    link = str(shown["weekly_report"]["report"].value)
    assert link == (house.folder / "storage" / "reports" / "index.html").resolve().as_uri()
