"""`music-assets purge`: what it takes, what it asks, and what the database says afterwards."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import dagster as dg
import pytest

from music_assets.storage.paths import FOLLOW_LIST
from music_assets_tests.cli.installation import Installation
from music_assets_tests.house import dump
from music_assets_tests.outside.histories import extended, streamed

# What is made for all of its tests is made once.
pytestmark = pytest.mark.xdist_group("purge")

HISTORY = "listening/my_spotify_data.zip"


@pytest.fixture
def own(installed: Installation, tmp_path: Path) -> Installation:
    """A copy of an installation that has run."""
    shutil.copytree(installed.folder / "data", tmp_path / "data")
    return Installation(tmp_path, installed.variables)


def files(installation: Installation, prefix: str = "") -> list[str]:
    return [blob.path for blob in installation.storage.list(prefix)]


def rows(installation: Installation, table: str) -> int:
    with closing(sqlite3.connect(installation.database)) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def test_it_says_what_it_wants_to_be_told(nothing: Installation) -> None:
    for wrong in ([], ["--everything", "--kind", "sales"], ["--older-than", "0"], ["--kind", "x"],
                  ["--kind", "sales", "--json"]):  # fmt: skip
        assert nothing.call("purge", *wrong).code == 2
    assert list(nothing.folder.iterdir()) == []


def test_a_dry_run_says_what_would_go_and_removes_nothing(own: Installation) -> None:
    before = files(own)
    ran = own.call("purge", "--kind", "landings", "--dry-run", "--json")
    assert ran.code == 0
    told = ran.json["kinds"]["landings"]
    assert ran.json["dry_run"] is True
    assert told["files"] > 0
    assert told["bytes"] > 0
    assert files(own) == before
    assert "Nothing was removed." in own.call("purge", "--everything", "--dry-run").out
    assert files(own) == before


def test_it_asks_first_and_takes_no_for_an_answer(own: Installation) -> None:
    before = files(own)
    assert own.call("purge", "--kind", "landings", answer="n\n").code == 1
    assert files(own) == before


def test_without_its_raw_pages_the_next_run_finds_the_database_as_it_should_be(
    own: Installation,
) -> None:
    before = dump(own.database)
    ran = own.call(
        "purge", "--yes", "--kind", "landings", "--kind", "processed", "--kind", "extracts"
    )
    assert ran.code == 0, ran.err
    gone = ("landing/albums/", "landing/tracks/", "landing/artists/", "processed/", "published/")
    assert [path for folder in gone for path in files(own, folder)] == []
    assert dump(own.database) == before
    assert own.call("run").code == 0
    assert dump(own.database) == before
    assert files(own, "published/")


def test_histories_go_with_their_plays_and_the_rest_stays(own: Installation) -> None:
    own.storage.write(HISTORY, extended([streamed(number) for number in range(50)]))
    assert own.call("run").code == 0
    assert rows(own, "plays") == 50
    others = {table: rows(own, table) for table in ("tracks", "weekly_streams", "artists")}
    ran = own.call("purge", "--kind", "listening", "--yes")
    assert ran.code == 0, ran.err
    assert (
        files(own, "listening/") + files(own, "landing/plays/") + files(own, "processed/pl") == []
    )
    assert (rows(own, "plays"), rows(own, "listened_songs")) == (0, 0)
    assert {table: rows(own, table) for table in others} == others
    assert own.call("run").code == 0
    assert rows(own, "plays") == 0


def test_nothing_goes_while_a_run_goes_on(own: Installation) -> None:
    @dg.job
    def sleeping() -> None:
        pass

    with dg.DagsterInstance.from_config(str(own.folder / "data" / "dagster")) as instance:
        run = instance.create_run_for_job(sleeping, status=dg.DagsterRunStatus.STARTED)
    before = files(own)
    ran = own.call("purge", "--everything", "--yes")
    assert ran.code == 1
    assert f"Run {run.run_id[:8]} of sleeping goes on, so nothing was removed" in ran.err
    assert files(own) == before


def test_everything_of_a_person_is_everything(own: Installation) -> None:
    canary = "Zyzzyva Quokka"
    history = own.folder / "data" / "dagster"
    for place in (own.folder / "data/storage/listening", history / "storage/run/compute_logs"):
        (place / canary).mkdir(parents=True)
        (place / canary / f".{canary}.lock").touch()
    ticks = history / "schedules" / "schedules.db"
    with closing(sqlite3.connect(ticks)) as connection, connection:
        connection.execute(
            "INSERT INTO job_ticks (job_origin_id, status, type, timestamp, tick_body) "
            "VALUES ('x', 'SKIPPED', 'SENSOR', CURRENT_TIMESTAMP, ?)", (canary,)
        )  # fmt: skip
    with closing(sqlite3.connect(own.database)) as connection, connection:
        connection.execute("UPDATE artists SET Name = ?", (canary,))
    (own.folder / "data" / "spotify-login.json").write_text("{}")
    assert canary.encode() in own.database.read_bytes() + wal(own)
    ran = own.call("purge", "--everything", answer="y\n")
    assert ran.code == 0, ran.err
    assert "every row of every table" in ran.out
    assert "SPOTIFY_REFRESH_TOKEN" in ran.out
    assert files(own) == []
    assert [each for each in (own.folder / "data").rglob("*") if canary in each.name] == []
    assert not (history / "storage" / "run").exists()
    with closing(sqlite3.connect(ticks)) as connection:
        assert connection.execute("SELECT count(*) FROM job_ticks").fetchone() == (0,)
    assert not (own.folder / "data" / "spotify-login.json").exists()
    assert canary.encode() not in own.database.read_bytes() + wal(own)
    with closing(sqlite3.connect(own.database)) as connection:
        tables = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
        ).fetchall()
    kept = {"alembic_version", "data_versions"}
    assert [name for (name,) in tables if name not in kept and rows(own, name)] == []
    with dg.DagsterInstance.from_config(str(own.folder / "data" / "dagster")) as instance:
        assert instance.get_runs_count() == 0
        assert instance.get_latest_materialization_event(dg.AssetKey("tracks")) is None
    assert own.call("purge", "--everything", "--yes").code == 0
    assert own.call("run").code == 0
    assert rows(own, "tracks") == 24
    assert files(own, "followed-artist-data/") == [FOLLOW_LIST]


def wal(installation: Installation) -> bytes:
    file = installation.database.with_name("music.db-wal")
    return file.read_bytes() if file.exists() else b""


def test_where_nothing_has_run_there_is_nothing_to_remove(nothing: Installation) -> None:
    ran = nothing.call("purge", "--everything", "--yes", "--json")
    assert ran.code == 0, ran.err
    assert ran.json["kinds"]["storage"]["files"] == 0
    assert not nothing.database.exists()
