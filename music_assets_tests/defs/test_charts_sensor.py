"""The sensor of the charts: a run for what is new, and none for what a run has loaded."""

import json
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from music_assets.definitions import defs
from music_assets.defs.charts_sensor import charts_sensor
from music_assets.sandbox.server import SandboxServer
from music_assets.sandbox.world import World
from music_assets.storage.blobs import StorageResource
from music_assets.storage.paths import chart_file
from music_assets.transforms.charts import Chart
from music_assets_tests.chart_files import GLOBAL, line, put
from music_assets_tests.house import House

DAILY = Chart("de", "daily", GLOBAL.date)
NOTHING = "No chart in charts/ is new or has changed."


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with SandboxServer(World.fictional(2, 2, 4)) as server:
        yield House(tmp_path, server)


def tick(storage: StorageResource, cursor: str | None = None) -> dg.SensorResult | dg.SkipReason:
    with dg.build_sensor_context(cursor=cursor, resources={"storage": storage}) as context:
        found = charts_sensor(context)
    assert isinstance(found, dg.SensorResult | dg.SkipReason)
    return found


def asked(result: dg.SensorResult | dg.SkipReason) -> tuple[str, str]:
    """The key of the one run that is asked for, and the cursor."""
    assert isinstance(result, dg.SensorResult)
    [request] = result.run_requests or []
    assert isinstance(request, dg.RunRequest)
    return str(request.run_key), str(result.cursor)


def skipped(result: dg.SensorResult | dg.SkipReason) -> str:
    assert isinstance(result, dg.SkipReason)
    return str(result.skip_message)


@pytest.mark.parametrize("where", ["folder", "azure"])
def test_a_chart_asks_for_one_run_per_version_of_its_file(
    where: str, request: pytest.FixtureRequest
) -> None:
    fixture = "storage" if where == "folder" else "blob_storage"
    storage: StorageResource = request.getfixturevalue(fixture)
    assert skipped(tick(storage)) == NOTHING
    put(storage, GLOBAL)
    first, cursor = asked(tick(storage))
    assert skipped(tick(storage, cursor)) == NOTHING
    put(storage, DAILY)
    second, cursor = asked(tick(storage, cursor))
    put(storage, GLOBAL, line(1))
    third, cursor = asked(tick(storage, cursor))
    assert len({first, second, third}) == 3
    assert skipped(tick(storage, cursor)) == NOTHING
    assert len(json.loads(cursor)) == 2


def test_what_a_run_has_loaded_needs_no_other_whoever_launched_it(house: House) -> None:
    put(house.storage, GLOBAL)
    put(house.storage, DAILY)
    assert house.run("group:charts").success
    assert skipped(tick(house.storage)) == NOTHING
    put(house.storage, GLOBAL, line(1))
    _, cursor = asked(tick(house.storage))
    assert list(json.loads(cursor)) == [chart_file(GLOBAL.key)]
    # A chart that has landed and is not in the table yet is not taken for a loaded one.
    assert house.run("key:raw_charts").success
    asked(tick(house.storage))
    assert house.run("group:charts").success
    assert skipped(tick(house.storage)) == NOTHING


def test_a_bad_file_is_asked_for_once(house: House) -> None:
    house.storage.write(chart_file(GLOBAL.key), b"<html></html>")
    _, cursor = asked(tick(house.storage))
    assert not house.run("group:charts").success
    assert skipped(tick(house.storage, cursor)) == NOTHING
    assert skipped(tick(house.storage)) == NOTHING


def test_a_file_that_is_not_taken_asks_for_no_run_and_is_named(storage: StorageResource) -> None:
    storage.write("charts/charts.csv", b"x")
    storage.write(chart_file(GLOBAL.key), b"")
    said = skipped(tick(storage))
    assert said.startswith(f"{NOTHING} charts/charts.csv is left out for its name; rename it to")
    assert said.endswith(f"{chart_file(GLOBAL.key)} is empty, so it waits.")


def test_the_job_covers_the_charts_and_all_that_is_made_of_them() -> None:
    layer = defs().resolve_job_def("charts_job").asset_layer
    assert {key.to_user_string() for key in layer.selected_asset_keys} == {
        "raw_charts", "chart_entries", "chart_positions", "table_extracts", "weekly_report"
    }  # fmt: skip
    full = defs().resolve_job_def("full_graph").asset_layer.selected_asset_keys
    assert layer.selected_asset_keys < full


def test_what_is_published_of_charts_does_not_hide_the_next_one(house: House) -> None:
    put(house.storage, GLOBAL)
    assert house.run("group:charts or key:table_extracts", weeks=()).success
    assert skipped(tick(house.storage)) == NOTHING
    put(house.storage, DAILY)
    asked(tick(house.storage))
