"""The sensor of sales: a run for what is new, and none for what a run has loaded."""

from pathlib import Path

import dagster as dg

from music_assets.definitions import defs
from music_assets.defs.sales_sensor import sales_sensor
from music_assets.sandbox.server import SandboxServer
from music_assets.sandbox.world import World
from music_assets.storage.blobs import StorageResource
from music_assets_tests.house import House
from music_assets_tests.sales_files import put_report, sale


def tick(storage: StorageResource, cursor: str | None = None) -> dg.SensorResult | dg.SkipReason:
    with dg.build_sensor_context(cursor=cursor, resources={"storage": storage}) as context:
        found = sales_sensor(context)
    assert isinstance(found, dg.SensorResult | dg.SkipReason)
    return found


def test_each_version_of_a_report_is_asked_for_once_and_what_is_loaded_is_not(
    tmp_path: Path,
) -> None:
    with SandboxServer(World.fictional(2, 2, 4)) as server:
        house = House(tmp_path, server)
        house.storage.write("sales/new.tsv.part", b"x")
        said = tick(house.storage)
        assert isinstance(said, dg.SkipReason)
        assert said.skip_message == (
            "No file in sales/ is new or has changed. sales/new.tsv.part is still being written, "
            "as its name says, so it waits."
        )
        cursor, keys = None, set[str | None]()
        for number in range(2):
            put_report(house.storage, sale(number))
            asked = tick(house.storage, cursor)
            assert isinstance(asked, dg.SensorResult)
            [request] = asked.run_requests or []
            keys.add(request.run_key)
            cursor = asked.cursor
            assert isinstance(tick(house.storage, cursor), dg.SkipReason)
        assert len(keys) == 2
        # Landed is not loaded.
        assert house.run("key:raw_sales").success
        assert isinstance(tick(house.storage), dg.SensorResult)
        assert house.run("group:sales").success
        assert isinstance(tick(house.storage), dg.SkipReason)


def test_the_job_covers_the_sales_and_all_that_is_made_of_them() -> None:
    layer = defs().resolve_job_def("sales_job").asset_layer
    assert {key.to_user_string() for key in layer.selected_asset_keys} == {
        "raw_sales", "monthly_sales", "monthly_song_sales", "table_extracts"
    }  # fmt: skip
    full = defs().resolve_job_def("full_graph").asset_layer.selected_asset_keys
    assert layer.selected_asset_keys < full
