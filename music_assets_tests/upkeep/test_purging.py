"""Purging: what goes and what stays, and a purge that is killed anywhere."""

import datetime as dt
import json
import os
from collections.abc import Sequence

import pytest
from typing_extensions import override

from music_assets.storage.dated_folders import STAMP
from music_assets.storage.fingerprints import Made, note_made
from music_assets.storage.folder import FolderStorage
from music_assets.upkeep.purgeable import KINDS, RAW
from music_assets.upkeep.purging import UNITS, doomed, purge

DAYS = 30


def put(storage: FolderStorage, days: float, *paths: str) -> None:
    """Write blobs as if so many days ago."""
    moment = (dt.datetime.now(dt.UTC) - dt.timedelta(days=days)).timestamp()
    for path in paths:
        storage.write(path, path.encode())
        os.utime(f"{storage.root}/{path}", (moment, moment))


def ingest(storage: FolderStorage, kind: str, days: float, *marks: str) -> str:
    """An ingest of so many days ago, with a part and some marks; returns its folder."""
    moment = dt.datetime.now(dt.UTC) - dt.timedelta(days=days)
    folder = f"landing/{kind}/{moment:{STAMP}}-a1b2c3d4/"
    names = (f"part-{moment:{STAMP}}-a1b2c3d4.ndjson", *marks)
    put(storage, days, *(f"{folder}{name}" for name in names))
    return folder


def purged(
    storage: FolderStorage,
    kinds: Sequence[str] = tuple(RAW),
    days: int | None = DAYS,
) -> list[str]:
    """The paths that go."""
    before = paths(storage)
    for units in doomed(storage, kinds, days).values():
        purge(storage, units)
    return sorted(before - paths(storage))


def paths(storage: FolderStorage) -> set[str]:
    return {blob.path for blob in storage.list("")}


def test_each_kind_has_a_description_and_units() -> None:
    assert list(UNITS) == list(KINDS)


def test_what_is_old_goes_and_what_is_young_stays(storage: FolderStorage) -> None:
    old = [
        "charts/regional-global-weekly-2026-01-01.csv",
        "listening/history.json",
        "processed/albums/20260101T000000.000000Z-a/rows.parquet",
        "quarantine/albums/run-rows.ndjson",
        "sales/report.tsv",
    ]
    young = [path.replace("2026", "2027").replace("run", "ran") for path in old]
    young = [f"{path}.gz" if path in old else path for path in young]
    put(storage, 31, *old)
    put(storage, 29, *young)
    assert purged(storage) == old
    assert paths(storage) == set(young)


def test_nothing_is_older_than_the_calendar(storage: FolderStorage) -> None:
    put(storage, 31, "listening/history.json")
    for days in (999_999, 999_999_999_999):
        assert purged(storage, days=days) == []


def test_extracts_and_pages_go_only_where_they_are_named(storage: FolderStorage) -> None:
    made = ["published/plays/WeekID=202601.parquet", "reports/index.html"]
    put(storage, 400, *made)
    assert purged(storage) == []
    assert purged(storage, ["extracts", "reports"], None) == made


def test_what_no_retention_is_about_stays(storage: FolderStorage) -> None:
    kept = [
        "checkpoints/fingerprints/albums.json", "followed-artist-data/followed_artists_list.json",
        "landing/spotify/app@api.spotify.com/learnt.json", "landing/weekly/2026-01-05/_SUCCESS",
        "weekly-data/weekly_data_2026-W02.json",
    ]  # fmt: skip
    put(storage, 400, *kept)
    assert purged(storage, tuple(RAW), None) == []


@pytest.mark.parametrize(
    ("kind", "marks", "days", "stays"),
    [
        ("albums", [], 1, True),  # stopped in the middle
        ("albums", [], 8, False),  # and too long ago to be gone on with
        ("albums", ["_SUCCESS"], 40, True),  # not in the tables yet
        ("albums", ["_SUCCESS", "_LOADED"], 1, False),
        ("tracks", ["_SUCCESS"], 40, True),
        ("musicbrainz", [], 1, True),
        ("musicbrainz", ["_SUCCESS"], 1, False),
        ("artists", ["_SUCCESS", "_LOADED"], 1, False),
    ],
)
def test_an_ingest_that_goes_on_stays_whatever_is_asked_for(
    storage: FolderStorage, kind: str, marks: list[str], days: float, stays: bool
) -> None:
    earlier = ingest(storage, kind, days + 1, *marks)
    newest = ingest(storage, kind, days, *marks)
    gone = purged(storage, ["landings"], None)
    assert any(path.startswith(earlier) for path in gone)
    assert any(path.startswith(newest) for path in gone) is not stays
    assert bool(paths(storage)) is stays


def note(storage: FolderStorage, file: str, key: str) -> None:
    note_made(storage, "raw_plays", {file: Made("word", told={"key": key})})


def test_a_landing_is_as_old_as_the_file_that_it_is_of(storage: FolderStorage) -> None:
    note(storage, "listening/old.json", "k1")
    note(storage, "listening/young.json", "k2")
    put(storage, 40, "listening/old.json", "landing/plays/k2/_SUCCESS")
    put(storage, 1, "listening/young.json", "landing/plays/k1/_SUCCESS")
    assert purged(storage) == ["landing/plays/k1/_SUCCESS", "listening/old.json"]


def test_a_landing_of_two_files_stays_with_the_younger(storage: FolderStorage) -> None:
    for file, days in (("listening/a.json", 40), ("listening/b.json", 1)):
        note(storage, file, "k1")
        put(storage, days, file)
    put(storage, 40, "landing/plays/k1/_SUCCESS")
    assert purged(storage) == ["listening/a.json"]


def test_listening_as_a_kind_is_all_that_is_kept_of_it(storage: FolderStorage) -> None:
    heard = [
        "checkpoints/recent-gaps.json", "landing/plays/k1/2026-01-001.ndjson",
        "landing/plays/recent-2026-01/_SUCCESS", "listening/h.json",
        "processed/listened_songs/20260101T000000.000000Z-a/rows.parquet",
        "processed/plays/20260101T000000.000000Z-a/rows.parquet",
        "quarantine/plays/run-rows.ndjson", "quarantine/recent_plays/run-landing.ndjson",
    ]  # fmt: skip
    put(storage, 0, *heard, "quarantine/albums/run-rows.ndjson")
    assert purged(storage, ["listening"], None) == heard


class Killed(Exception):
    """The process is gone."""


class Dying(FolderStorage):
    """A folder whose process dies at some change."""

    changes: list[int]

    @override
    def delete(self, path: str) -> None:
        self._change()
        super().delete(path)

    def _change(self) -> None:
        if not self.changes[0]:
            raise Killed
        self.changes[0] -= 1


def everything_of_a_year(storage: FolderStorage) -> None:
    for kind in ("artists", "albums", "tracks", "musicbrainz"):
        for days in (3, 2):
            ingest(storage, kind, days, "_SUCCESS", "_LOADED")
    ingest(storage, "musicbrainz_releases", 2, "_SUCCESS")
    note(storage, "listening/h.json", "k1")
    put(storage, 2, "listening/h.json", "landing/plays/k1/a.ndjson", "landing/plays/k1/_SUCCESS")
    put(storage, 2, "charts/regional-global-weekly-2026-01-01.csv", "quarantine/plays/r.ndjson")
    put(storage, 2, "landing/charts/global-weekly-2026-01-01/chart.ndjson", "sales/r.tsv")


def test_a_purge_that_is_killed_anywhere_leaves_nothing_that_looks_whole_and_goes_on(
    storage: FolderStorage, tmp_path_factory: pytest.TempPathFactory
) -> None:
    everything_of_a_year(storage)
    age, kept = 1, {"checkpoints/fingerprints/raw_plays.json"}
    steps = len(paths(storage)) + 5
    purged(storage, tuple(RAW), age)
    assert paths(storage) == kept
    for step in range(steps):
        root = tmp_path_factory.mktemp("killed")
        other = FolderStorage(root=str(root))
        everything_of_a_year(other)
        whole = {blob.path: len(list(other.list(blob.path.rpartition("/")[0] + "/")))
                 for blob in other.list("") if blob.path.endswith("_SUCCESS")}  # fmt: skip
        dying = Dying(root=str(root), changes=[step])
        try:
            purged(dying, tuple(RAW), age)
        except Killed:
            for mark, count in whole.items():
                if other.find(mark):
                    left = len(list(other.list(mark.rpartition("/")[0] + "/")))
                    # Of the follow list's, the mark of a run that has loaded it may be gone.
                    assert left >= count - ("artists" in mark)
        purged(other, tuple(RAW), age)
        assert paths(other) == kept, step


def test_a_note_that_is_damaged_harms_no_landing(storage: FolderStorage) -> None:
    storage.write("checkpoints/fingerprints/raw_plays.json", json.dumps([1]).encode())
    put(storage, 1, "landing/plays/k1/_SUCCESS")
    assert purged(storage) == []
