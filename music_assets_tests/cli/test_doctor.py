"""The doctor: one test for each thing that can be wrong, and what it says is to be done."""

import datetime as dt
import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from typing_extensions import override

from music_assets.cli.doctor_findings import clock, disk
from music_assets.cli.doctor_model import Diagnosis, Finding
from music_assets.database.resource import DatabaseResource
from music_assets_tests.cli.installation import Installation

# What is made for all of its tests is made once.
pytestmark = pytest.mark.xdist_group("doctor")

APP = {"SPOTIPY_CLIENT_ID": "somebody", "SPOTIPY_CLIENT_SECRET": "hunter2hunter2"}


def diagnosis(installation: Installation, **variables: str) -> dict[str, Finding]:
    """The findings by name; the command's code says whether all is well."""
    ran = installation.call("doctor", "--json", **variables)
    found = Diagnosis.model_validate_json(ran.out, strict=True)
    assert ran.code == (0 if found.well else 1)
    assert found.well == all(each.well for each in found.findings)
    assert all(each.well != bool(each.mend) for each in found.findings)
    return {each.name: each for each in found.findings}


def test_where_nothing_has_run_all_is_well_and_nothing_is_left_behind(
    nothing: Installation,
) -> None:
    found = diagnosis(nothing)
    assert [name for name, each in found.items() if not each.well] == []
    assert list(found) == [
        "settings", "login", "storage", "database", "driver", "java", "disk", "history", "clock",
    ]  # fmt: skip
    assert [each for each in nothing.folder.rglob("*") if each.is_file()] == []


def test_where_it_has_run_all_is_well(installed: Installation) -> None:
    found = diagnosis(installed)
    assert [each for each in found.values() if not each.well] == []
    assert "answers" in found["database"].said
    assert found["history"].said.endswith("knows 1 run.")
    assert "agrees" in found["clock"].said


def test_a_malformed_variable_is_told_with_what_it_takes(nothing: Installation) -> None:
    ran = nothing.call("doctor", MUSIC_ENGINE="abacus")
    assert ran.code == 1
    assert "WRONG settings  MUSIC_ENGINE is 'abacus'; it takes polars, spark or" in ran.out
    assert "Correct it where it is set, or in .env." in ran.out


def test_an_old_login_is_told(nothing: Installation) -> None:
    token = "hunter3hunter3"
    since = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=170)
    known = {"of": hashlib.sha256(token.encode()).hexdigest(), "since": since.isoformat()}
    (nothing.folder / "data").mkdir()
    (nothing.folder / "data/spotify-login.json").write_text(json.dumps(known))
    away = dict.fromkeys(("SPOTIFY_API_URL", "SPOTIFY_ACCOUNTS_URL"), "http://127.0.0.1:1")
    found = diagnosis(nothing, **APP, **away, SPOTIFY_REFRESH_TOKEN=token)["login"]
    assert (found.well, found.mend) == (False, "Run `music-assets login`.")
    assert "170 days old" in found.said


def test_a_storage_that_cannot_be_written_is_told(nothing: Installation) -> None:
    (nothing.folder / "file").write_text("")
    found = diagnosis(nothing, MUSIC_STORAGE_URL="file/storage")["storage"]
    assert not found.well
    assert "cannot be written: Not a directory" in found.said


def test_a_database_that_does_not_answer_is_told(nothing: Installation) -> None:
    url = "postgresql+psycopg://me:hunter2hunter2@127.0.0.1:1/music"
    found = diagnosis(nothing, MUSIC_DATABASE_URL=url)
    assert not found["database"].well
    assert "Connection refused" in found["database"].said
    assert "hunter2" not in found["database"].said
    assert found["driver"].well


def test_a_database_that_cannot_be_made_is_told(nothing: Installation) -> None:
    (nothing.folder / "file").write_text("")
    found = diagnosis(nothing, MUSIC_DATABASE_URL="sqlite:///file/music.db")["database"]
    assert not found.well
    assert "cannot be made in" in found.said
    assert "MUSIC_DATABASE_URL" in found.mend


def test_a_database_of_a_newer_version_is_told(nothing: Installation) -> None:
    (nothing.folder / "data").mkdir()
    with closing(sqlite3.connect(nothing.database)) as connection, connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
        connection.execute("INSERT INTO alembic_version VALUES ('9999')")
    found = diagnosis(nothing)["database"]
    assert not found.well
    assert "at revision 9999" in found.said
    assert "Install the newer" in found.mend


def test_a_database_that_answers_is_well(nothing: Installation, database: DatabaseResource) -> None:
    assert diagnosis(nothing, MUSIC_DATABASE_URL=database.url)["database"].said.endswith("answers.")


def test_a_driver_that_is_not_installed_is_told(nothing: Installation) -> None:
    found = diagnosis(nothing, MUSIC_DATABASE_URL="mysql+asyncmy://me@127.0.0.1/music")["driver"]
    assert not found.well
    assert "asyncmy" in found.said
    assert "nstall it" in found.mend


def test_a_java_that_is_missing_is_told_where_the_engine_needs_it(
    nothing: Installation, tmp_path: Path
) -> None:
    pytest.importorskip("pyspark", reason="music-assets[spark] is not installed")
    found = diagnosis(nothing, MUSIC_ENGINE="spark", JAVA_HOME=str(tmp_path))["java"]
    assert not found.well
    assert "no Java to run it" in found.said
    assert "openjdk-17-jre-headless" in found.mend


def test_a_disk_that_is_nearly_full_is_told(tmp_path: Path) -> None:
    full, roomy = tmp_path / "full" / "storage", tmp_path / "roomy"
    (tmp_path / "full").mkdir()
    roomy.mkdir()
    found = disk([roomy, full], free=lambda place: 10**6 if place.name == "full" else 10**12)
    assert not found.well
    assert f"{full} has 0.0 GB free" in found.said
    assert found.mend == "Free some space there."
    assert disk([roomy, full], free=lambda _place: 10**12).well


def test_a_history_that_cannot_be_read_is_told(nothing: Installation) -> None:
    history = nothing.folder / "data" / "dagster" / "history"
    history.mkdir(parents=True)
    (history / "runs.db").write_text("not a database, and longer than the header of one would be")
    found = diagnosis(nothing)["history"]
    assert not found.well
    assert "cannot be read: file is not a database" in found.said


@pytest.mark.parametrize(
    ("settings", "said"), [("[", "it is no YAML"), ("nonsense: 1", 'unexpected config entry "non')]
)
def test_settings_of_dagsters_that_it_cannot_use_are_told(
    nothing: Installation, settings: str, said: str
) -> None:
    home = nothing.folder / "data" / "dagster"
    home.mkdir(parents=True)
    (home / "dagster.yaml").write_text(settings)
    found = diagnosis(nothing)["history"]
    assert said in found.said
    assert found.mend.startswith("Correct it, or remove it")
    for command in ("status", "prepare"):
        ran = nothing.call(command)
        assert ran.code == 1
        assert f"Error: {home / 'dagster.yaml'} cannot be used: " in ran.err
        assert "Traceback" not in ran.err


def test_a_history_that_cannot_be_made_is_told(nothing: Installation) -> None:
    (nothing.folder / "file").touch()
    found = diagnosis(nothing, DAGSTER_HOME=f"{nothing.folder}/file/home")["history"]
    assert found.said == f"{nothing.folder}/file/home cannot be written."
    assert found.mend == "Let this user write there, or set DAGSTER_HOME."


def test_a_history_that_is_a_file_is_told(nothing: Installation) -> None:
    (nothing.folder / "home").touch()
    found = diagnosis(nothing, DAGSTER_HOME=f"{nothing.folder}/home")["history"]
    assert "home is a file" in found.said
    assert found.mend == "Set DAGSTER_HOME to a folder, or unset it."


@contextmanager
def server_of(moment: dt.datetime | None) -> Iterator[str]:
    """A server whose answers bear a moment; one that tells none where there is none."""

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response_only(404)
            if moment:
                self.send_header("Date", format_datetime(moment, usegmt=True))
            self.end_headers()

        @override
        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.mark.parametrize(("minutes", "said"), [(10, "behind"), (-10, "ahead of")])
def test_a_clock_that_is_off_is_told(minutes: int, said: str) -> None:
    theirs = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=minutes)
    with server_of(theirs) as address:
        found = clock(address)
    assert not found.well
    assert f"seconds {said} that of {address}" in found.said
    assert "NTP" in found.mend


def test_a_clock_that_agrees_or_that_nobody_tells_is_well() -> None:
    with server_of(dt.datetime.now(dt.UTC)) as address:
        assert "agrees" in clock(address).said
    with server_of(None) as address:
        assert "compared with nobody's" in clock(address).said
    assert "compared with nobody's" in clock("http://127.0.0.1:1").said


def test_the_schema_of_the_answer_is_that_of_the_model(nothing: Installation) -> None:
    assert nothing.call("doctor", "--schema").json == Diagnosis.model_json_schema()
