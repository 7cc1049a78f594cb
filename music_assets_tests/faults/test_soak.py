"""A `dg dev` that runs for long beside inboxes that change."""

import json
import statistics
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path

import psutil
import pytest

from music_assets.landing.follow_inbox import put_follow_list
from music_assets.partitions import newest_key
from music_assets.storage.blobs import StorageResource
from music_assets.storage.folder import FolderStorage
from music_assets.storage.paths import weekly_file
from music_assets.weeks import Week
from music_assets_tests.house import small_world
from music_assets_tests.outside.dagster_dev import QUICK, below, dagster_dev, runs_by_status

MINUTES, SECONDS_BETWEEN_CHANGES = 20, 30
CHANGES = MINUTES * 60 // SECONDS_BETWEEN_CHANGES
#: Memory and files settle while the first runs come.
SETTLING = 10
#: Of all lasting processes together. A list or a file that each tick leaves behind is above it.
MOST_BYTES_PER_CHANGE, MOST_MORE_FILES = 500_000, 10


@pytest.mark.faults
def test_each_change_is_materialised_once_and_nothing_grows(
    environment: dict[str, str], tmp_path: Path
) -> None:
    environment |= {"MUSIC_FIRST_WEEK": newest_key()}
    storage = FolderStorage(root=environment["MUSIC_STORAGE_URL"])
    memory, files = list[int](), list[int]()
    with dagster_dev(tmp_path, environment, *QUICK) as server:
        wait_for(lambda: len(below(server.pid, runs=False)) > 2)
        for number in range(CHANGES):
            change(storage, number)
            time.sleep(SECONDS_BETWEEN_CHANGES)
            bytes_held, files_open = held(server.pid)
            memory.append(bytes_held)
            files.append(files_open)
        wait_for(lambda: runs_by_status(environment).total() == CHANGES)
        wait_for(lambda: runs_by_status(environment) == {"SUCCESS": CHANGES})
        time.sleep(SECONDS_BETWEEN_CHANGES)
        assert runs_by_status(environment) == {"SUCCESS": CHANGES}
    slope, _ = statistics.linear_regression(range(SETTLING, CHANGES), memory[SETTLING:])
    assert slope < MOST_BYTES_PER_CHANGE, memory
    assert files[-1] - files[SETTLING] < MOST_MORE_FILES, files


def change(storage: StorageResource, number: int) -> None:
    """Put a longer follow list into the inbox, or other figures for the newest week."""
    world = small_world()
    if number % 4 == 0:
        put_follow_list(storage, [{"items": list(world.followed)[: 3 + number // 4]}])
        return
    week = Week.from_key(newest_key())
    album = world.artist_albums[world.followed[0]["id"]][0]
    song = world.album_tracks[album["id"]][0]["id"]
    figures = {
        "week": week.week_id,
        "week_start_date": week.key,
        "week_end_date": week.sunday.isoformat(),
        "total_weekly_downloads": number,
        "total_weekly_streams": number,
    }
    content = {"songs": [{"song_id": song, "weekly_data": figures}]}
    storage.write(weekly_file(week), json.dumps(content).encode())


def held(server: int) -> tuple[int, int]:
    """The memory and the open files of the processes that last: all but those of runs."""
    memory = files = 0
    for each in below(server, runs=False):
        # A helper process may end while this looks at it.
        with suppress(psutil.NoSuchProcess):
            memory += each.memory_full_info().uss
            files += each.num_fds()
    return memory, files


def wait_for(condition: Callable[[], bool], seconds: int = 120) -> None:
    """Look again every second."""
    for waited in count():
        if condition():
            return
        assert waited < seconds
        time.sleep(1)
