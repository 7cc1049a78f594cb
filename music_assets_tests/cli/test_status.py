"""The status: what there is, what is missing, and what waits."""

import datetime as dt
import hashlib
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from music_assets.cli.status_model import Status
from music_assets.landing.ingests import SUCCESS
from music_assets.sandbox.server import SandboxServer
from music_assets.storage import paths
from music_assets.storage.dated_folders import folders, stamped_name
from music_assets.weeks import Week
from music_assets_tests.cli.installation import FIRST_WEEK, Installation

# What is made for all of its tests is made once.
pytestmark = pytest.mark.xdist_group("status")

SECRET = "hunter2hunter2"


def status(installation: Installation, **variables: str) -> Status:
    """The status of an installation that answers; the model takes no other members than its own."""
    ran = installation.call("status", "--json", **variables)
    assert ran.code == 0, ran.err
    return Status.model_validate_json(ran.out, strict=True)


def test_the_schema_of_the_answer_is_that_of_the_model(nothing: Installation) -> None:
    schema = nothing.call("status", "--schema").json
    assert schema == Status.model_json_schema()
    assert set(schema["required"]) == set(Status.model_fields) - {"version"}
    for part in schema["$defs"].values():
        assert part["description"]
        assert part["additionalProperties"] is False


def test_before_anything_has_run_it_says_so_and_makes_nothing(nothing: Installation) -> None:
    ran = nothing.call("status")
    assert ran.code == 0
    assert "Nothing has run yet; `music-assets run` does it all." in ran.out
    found = status(nothing)
    assert (found.last_run, found.newest_week, found.rows) == (None, None, {})
    assert found.stale is not None
    assert len(found.stale.weeks) == 3
    assert list(nothing.folder.iterdir()) == []


def test_after_a_run_it_tells_the_run_the_rows_and_the_newest_week(installed: Installation) -> None:
    found = status(installed)
    assert found.last_run is not None
    assert (found.last_run.job, found.last_run.status) == ("full_graph", "SUCCESS")
    assert found.newest_week is not None
    newest = Week.from_id(found.newest_week.week_id)
    assert newest.monday - Week.from_key(FIRST_WEEK).monday == dt.timedelta(weeks=2)
    assert found.newest_week.sources == ["simulated"]
    assert found.rows is not None
    with closing(sqlite3.connect(installed.database)) as connection:
        for table, rows in found.rows.items():
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (rows,)
    assert found.rows["tracks"] == 24
    assert found.stale is not None
    assert (found.stale.weeks, found.stale.files) == ([], [])
    assert (found.quarantine, found.unfinished, found.problems) == ([], [], [])


def test_it_tells_how_many_calls_were_made_and_asks_nobody(
    installed: Installation, spotify: SandboxServer
) -> None:
    before = dict(spotify.calls)
    [told] = [each for each in status(installed).quotas or () if each.server == "Spotify"]
    assert told.spent > 0
    assert told.left is None
    assert dict(spotify.calls) == before


def test_a_file_that_arrived_and_a_week_that_changed_wait_for_a_run(
    installed: Installation,
) -> None:
    week, song = Week.from_key(FIRST_WEEK), "listening/history.json"
    installed.storage.write(song, b"[]")
    installed.storage.write(paths.weekly_file(week), b'{"songs": []}')
    try:
        stale = status(installed).stale
        assert stale is not None
        assert (stale.weeks, stale.files) == ([week.iso], [song])
    finally:
        installed.storage.delete(song)
        installed.storage.delete(paths.weekly_file(week))


def test_records_in_quarantine_are_counted_by_reason(installed: Installation) -> None:
    path = paths.quarantined("tracks", "a-run", "rows")
    lines = [{"Reason": f"AlbumID '{each}' is not in albums"} for each in "xyz"]
    lines += [{"Reason": "no name", "Usable": "true"}]
    content = "".join(f"{json.dumps(line)}\n" for line in lines) + "damaged\n"
    installed.storage.write(path, content.encode())
    try:
        told = [(q.reason, q.records, q.loaded) for q in status(installed).quarantine or ()]
        assert told == [
            ("AlbumID '…' is not in albums", 3, False),
            ("no name", 1, True),
            ("unknown", 1, False),
        ]
        assert "tracks: 3 x AlbumID '…' is not in albums" in installed.call("status").out
    finally:
        installed.storage.delete(path)


def test_an_ingest_that_was_begun_and_not_closed_is_told(installed: Installation) -> None:
    folder = f"{paths.ingests('albums')}{stamped_name('later')}/"
    installed.storage.write(f"{folder}part-{stamped_name('later')}.ndjson", b"")
    try:
        [told] = status(installed).unfinished or []
        assert (told.kind, told.folder, told.parts, told.resumed) == ("albums", folder, 1, True)
    finally:
        installed.storage.clear(folder)
    assert folders(installed.storage, paths.ingests("albums"))
    assert installed.storage.find(
        f"{folders(installed.storage, paths.ingests('albums'))[-1]}{SUCCESS}"
    )


def test_a_pause_that_a_server_asked_for_is_told(installed: Installation) -> None:
    [ledger] = {blob.path.split("/")[2] for blob in installed.storage.list(paths.SPOTIFY_LEDGER)}
    note = f"{paths.SPOTIFY_LEDGER}{ledger}/not_before.json"
    installed.storage.write(note, b'{"not_before": "2099-01-01T00:00:00+00:00"}')
    try:
        [told] = [each for each in status(installed).quotas or () if each.server == "Spotify"]
        assert told.not_before == dt.datetime(2099, 1, 1, tzinfo=dt.UTC)
        assert "none before 2099-01-01 00:00 UTC" in installed.call("status").out
    finally:
        installed.storage.delete(note)


def test_the_age_of_a_login_is_told_and_an_old_one_is_called_old(nothing: Installation) -> None:
    app = {"SPOTIPY_CLIENT_ID": "somebody", "SPOTIPY_CLIENT_SECRET": SECRET}
    assert status(nothing, **app).login.kind == "browser"
    app["SPOTIFY_REFRESH_TOKEN"] = SECRET
    assert status(nothing, **app).login.days is None
    since = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=160)
    known = {"of": hashlib.sha256(SECRET.encode()).hexdigest(), "since": since.isoformat()}
    (nothing.folder / "data").mkdir()
    (nothing.folder / "data/spotify-login.json").write_text(json.dumps(known))
    login = status(nothing, **app).login
    assert (login.kind, login.days, login.old) == ("token", 160, True)
    ran = nothing.call("status", **app)
    assert "160 days old; it ends after six months" in ran.out
    assert SECRET not in ran.out


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_database_that_does_not_answer_is_a_sentence_and_hides_nothing_else(
    installed: Installation, form: list[str]
) -> None:
    away = f"postgresql+psycopg://me:{SECRET}@127.0.0.1:1/music"
    ran = installed.call("status", *form, MUSIC_DATABASE_URL=away)
    assert ran.code == 1
    assert "Error: The database postgresql+psycopg://me:***@127.0.0.1:1/music cannot" in ran.err
    assert "Connection refused" in ran.err
    assert SECRET not in ran.out + ran.err
    if form:
        found = Status.model_validate(ran.json)
        assert (found.rows, found.stale, found.quarantine) == (None, None, [])
        assert len(found.problems) == 1
        assert found.last_run is not None
    else:
        assert "newest     not known" in ran.out
        assert "last run   full_graph: SUCCESS" in ran.out


def test_a_file_that_is_no_database_is_a_sentence(nothing: Installation) -> None:
    (nothing.folder / "data").mkdir()
    nothing.database.write_text("not a database, and longer than the header of one would be")
    ran = nothing.call("status")
    assert ran.code == 1
    assert "music.db cannot be opened: file is not a database" in ran.err


def test_rows_of_a_week_that_no_calendar_has_hide_no_other_week(
    installed: Installation, tmp_path: Path
) -> None:
    before = status(installed).newest_week
    shutil.copy(installed.database, tmp_path / "music.db")
    with closing(sqlite3.connect(tmp_path / "music.db")) as connection, connection:
        connection.execute(
            "INSERT INTO weekly_streams SELECT 999999, SongID, WeekStartDate, WeekEndDate, "
            "WeeklyStreams, Source FROM weekly_streams LIMIT 1"
        )
    found = status(installed, MUSIC_DATABASE_URL=f"sqlite:///{tmp_path}/music.db")
    assert found.newest_week == before


def test_a_storage_that_cannot_be_read_is_a_sentence(nothing: Installation) -> None:
    """As one in Azure to which nobody is let in."""
    account = {
        "MUSIC_STORAGE_URL": "http://127.0.0.1:1/account",
        "MUSIC_STORAGE_KEY": "aHVudGVyMg==",
    }
    ran = nothing.call("status", **account)
    assert ran.code == 1
    assert "does not answer" in ran.err
    assert "aHVudGVyMg==" not in ran.out + ran.err
    assert "quarantine not known" in ran.out
