"""The way from landing pages to a table: what must not get into it."""

from pathlib import Path

from typing_extensions import override

from music_assets.engines.engine import Outcome, Work
from music_assets.engines.polars import PolarsEngine
from music_assets.sandbox.server import SandboxServer
from music_assets.storage.blobs import StorageResource
from music_assets_tests.house import House, failures, small_world


class TaskThatRanTwice(PolarsEngine):
    """Leaves each part in the folder twice, and says what it wrote of them once."""

    @override
    def run(self, work: Work, storage: StorageResource) -> Outcome:
        outcome = super().run(work, storage)
        _, content = storage.read(outcome.path)
        storage.delete(outcome.path)
        for part in ("part-0", "part-1"):
            storage.write(f"{outcome.path}/{part}", content)
        return outcome


def test_what_an_engine_left_behind_is_not_loaded(tmp_path: Path) -> None:
    with SandboxServer(small_world()) as server:
        house = House(tmp_path, server, engine=TaskThatRanTwice())
        house.follow()
        said = failures(house.run("key:raw_artists or key:artists"))
    assert " holds 40 rows and 20 were written, so the table stays as it was" in said["artists"]
    assert house.rows("artists") == []
