"""The `music-assets` command, as a user types it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import polars as pl
import pytest
import requests
from click.testing import CliRunner

from music_assets.cli.main import main
from music_assets.config import settings as settings_module
from music_assets.config.settings import Settings
from music_assets.database.resource import DatabaseResource
from music_assets.landing.follow_inbox import put_follow_list
from music_assets.partitions import newest_key
from music_assets.sandbox.naming import AWKWARD_NAMES
from music_assets.sandbox.options import SandboxOptions
from music_assets.sandbox.server import SandboxServer
from music_assets.sandbox.world import World
from music_assets.schema.mart_sql import read_marts, sql_folder
from music_assets.schema.tables import artists
from music_assets.spotify.access import SpotifyResource
from music_assets.storage.blobs import StorageResource
from music_assets.storage.paths import FOLLOW_LIST
from music_assets_tests.conftest import Sandbox
from music_assets_tests.outside import azurite as emulator
from music_assets_tests.outside.dagster_dev import runs_by_status

ARTISTS = {"items": [{"id": "Artist1", "name": "One"}, {"id": "Artist2", "name": "Two"}]}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.validation_alias), raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, " ".join(result.output.split())


def inbox() -> bytes:
    return (Path("data/storage") / FOLLOW_LIST).read_bytes()


def test_follow_puts_everybody_that_is_followed_into_the_inbox() -> None:
    code, said = call("follow")
    assert code == 0
    assert said.startswith("40 followed artists are in")
    pages = [json.loads(line) for line in inbox().splitlines()]
    assert sum(len(page["items"]) for page in pages) == 40


def test_follow_from_a_file_checks_it_and_takes_what_is_good(here: Path) -> None:
    file = here / "list.json"
    file.write_text(json.dumps({"artists": ARTISTS}, indent=2) + "\nnonsense\n")
    code, said = call("follow", "--from-file", str(file))
    assert code == 0
    assert "2 followed artists are in" in said
    assert json.loads(inbox()) == ARTISTS


@pytest.mark.parametrize(("content", "why"), [("", "empty"), ("{", "not JSON"), ("[]", "empty"),
                                              ('{"items": []}', "names no artist")])  # fmt: skip
def test_follow_refuses_a_file_that_names_nobody_and_keeps_the_inbox(
    here: Path, content: str, why: str
) -> None:
    assert call("follow")[0] == 0
    before = inbox()
    (here / "list.json").write_text(content)
    code, said = call("follow", "--from-file", "list.json")
    assert code == 1
    assert why in said
    assert "Traceback" not in said
    assert inbox() == before


def logging_in(
    here: Path, command: str, meanwhile: str = "", answers: str = ""
) -> subprocess.CompletedProcess[str]:
    """A command whose login goes through a browser, and what somebody does while it is open.

    `answers` are the lines that the person types.
    """
    browser = here / "browser.py"
    opens = "import sys, urllib.request; urllib.request.urlopen(sys.argv[1])"
    browser.write_text(f"{meanwhile}\n{opens}\n")
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        redirect = f"http://127.0.0.1:{free.getsockname()[1]}/callback"
    account = SandboxOptions(client_id="somebody", client_secret="hunter2")
    with SandboxServer(World.fictional(7, 10, 20), account) as server:
        environment = os.environ | {
            "SPOTIFY_API_URL": server.url,
            "SPOTIFY_ACCOUNTS_URL": server.url,
            "SPOTIPY_CLIENT_ID": account.client_id,
            "SPOTIPY_CLIENT_SECRET": account.client_secret,
            "SPOTIPY_REDIRECT_URI": redirect,
            "BROWSER": f"{sys.executable} {browser} %s &",
        }
        return subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "music_assets.cli", *command.split()],
            env=environment, input=answers, capture_output=True, text=True, check=False,
            timeout=300,
        )  # fmt: skip


def test_follow_logs_in_through_the_browser_and_keeps_no_token(here: Path) -> None:
    ran = logging_in(here, "follow")
    assert ran.returncode == 0, ran.stderr
    assert "7 followed artists are in" in ran.stdout
    assert {path.name for path in here.iterdir()} == {"browser.py", "data"}


def test_login_writes_the_token_where_only_its_owner_reads_it(here: Path) -> None:
    (here / ".env").write_text("MUSIC_FIRST_WEEK=2026-01-05\n")
    ran = logging_in(here, "login --save")
    assert ran.returncode == 0, ran.stderr
    assert "/authorize?client_id=somebody" in ran.stderr
    assert (here / ".env").read_text() == (
        "MUSIC_FIRST_WEEK=2026-01-05\nSPOTIFY_REFRESH_TOKEN='sandbox'\n"
    )
    assert (here / ".env").stat().st_mode & 0o777 == 0o600
    assert "SPOTIFY_REFRESH_TOKEN is in .env" in ran.stdout


def test_follow_asks_for_the_right_to_what_is_played_and_keeps_the_login(here: Path) -> None:
    ran = logging_in(here, "follow --listening", answers="y\n")
    assert ran.returncode == 0, ran.stderr
    assert "scope=user-follow-read+user-read-recently-played" in ran.stderr
    assert "7 followed artists are in" in ran.stdout
    assert (here / ".env").read_text() == "SPOTIFY_REFRESH_TOKEN='sandbox'\n"
    noted = json.loads((here / "data/spotify-login.json").read_text())
    assert noted["scope"] == "user-follow-read user-read-recently-played"


def test_login_shows_the_token_once(here: Path) -> None:
    ran = logging_in(here, "login --show")
    assert ran.stdout.splitlines()[-1] == "SPOTIFY_REFRESH_TOKEN=sandbox"
    assert not (here / ".env").exists()


@pytest.mark.parametrize(
    ("option", "kept"), [("--save", {"file": ".env"}), ("--show", {"token": "sandbox"})]
)
def test_login_gives_a_script_one_object_and_the_address_to_a_person(
    here: Path, option: str, kept: dict[str, str]
) -> None:
    ran = logging_in(here, f"login --json {option}")
    assert json.loads(ran.stdout) == {"variable": "SPOTIFY_REFRESH_TOKEN", **kept}
    assert "/authorize?client_id=somebody" in ran.stderr
    assert (here / ".env").exists() == (option == "--save")


def test_login_asks_a_script_nothing_and_a_person_beside_the_answer(here: Path) -> None:
    asked = logging_in(here, "login --json --show --paste", answers="https://example.com/?code\n")
    assert (asked.returncode, asked.stdout) == (1, "")
    assert "Paste the address" in asked.stderr
    undecided = logging_in(here, "login --json")
    assert (undecided.returncode, undecided.stdout) == (2, "")
    assert "add --save, or --show" in undecided.stderr


def test_login_at_the_sandbox_says_what_is_missing() -> None:
    code, said = call("login")
    assert code == 1
    assert "set SPOTIPY_CLIENT_ID and SPOTIPY_CLIENT_SECRET" in said


def test_an_env_file_that_cannot_be_read_is_a_sentence(here: Path) -> None:
    (here / ".env").write_bytes(b"MUSIC_ENGINE=\xff\xfe")
    code, said = call("settings")
    assert code == 1
    assert ".env cannot be read" in said


def test_a_list_that_somebody_puts_there_while_run_asks_spotify_is_kept(here: Path) -> None:
    path = f"data/storage/{FOLLOW_LIST}"
    put = f"import pathlib; pathlib.Path({path!r}).write_text('their list')"
    (here / path).parent.mkdir(parents=True)
    ran = logging_in(here, "run", meanwhile=put)
    assert ran.returncode == 1
    assert f"Nothing in {FOLLOW_LIST} can be read" in ran.stderr
    assert inbox() == b"their list"


def test_a_run_puts_no_other_list_beside_one_whose_name_is_wrong(here: Path) -> None:
    copy = FOLLOW_LIST.replace(".json", " (1).json")
    other = here / "data/storage" / copy
    other.parent.mkdir(parents=True)
    other.write_bytes(json.dumps(ARTISTS).encode())
    code, said = call("run")
    assert code == 1
    assert f"{copy} is left out; the follow list is called followed_artists_list.json" in said
    assert [each.name for each in other.parent.iterdir()] == [other.name]


def test_follow_with_a_wrong_storage_key_says_so_and_shows_none(
    azurite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUSIC_STORAGE_URL", azurite)
    monkeypatch.setenv("MUSIC_STORAGE_KEY", "aHVudGVyMg==")
    code, said = call("follow")
    assert code == 1
    assert "See whether MUSIC_STORAGE_KEY is a key of this account." in said
    assert "aHVudGVyMg==" not in said


def test_follow_with_an_expired_login_says_to_log_in_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SPOTIFY_REFRESH_TOKEN", "expired-hunter2")
    code, said = call("follow")
    assert code == 1
    assert "log in again" in said
    assert "hunter2" not in said


def test_a_run_that_cannot_open_its_database_says_so_and_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MUSIC_DATABASE_URL", "sqlite:////dev/null/music.db")
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "music_assets.cli", "run"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 1
    assert "The database /dev/null/music.db cannot be opened" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_run_that_may_not_write_to_its_storage_says_so_without_a_stack_trace(
    blob_storage: StorageResource, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_follow_list(blob_storage, [ARTISTS])
    monkeypatch.setenv("MUSIC_STORAGE_URL", blob_storage.where("").rstrip("/"))
    monkeypatch.setenv("MUSIC_STORAGE_SAS", emulator.signature("rl"))
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "music_assets.cli", "run"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 1
    assert "raw_artists failed: landing/artists/" in ran.stderr
    assert "See whether MUSIC_STORAGE_SAS has expired" in ran.stderr
    assert "Traceback" not in ran.stderr + ran.stdout
    assert "sig=" not in ran.stderr + ran.stdout


@pytest.mark.parametrize(
    "wrong", [["--port", "99999"], ["--artists", "-1"], ["--faults", "2"], ["--latency", "soon"]]
)
def test_the_sandbox_refuses_what_it_cannot_be(wrong: list[str]) -> None:
    code, said = call("sandbox", *wrong)
    assert code == 2
    assert "Invalid value" in said


def test_a_stream_on_another_engine_says_what_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert call("stream") == (
        1,
        "Error: A stream runs in a Spark of its own; set MUSIC_ENGINE=spark and no SPARK_REMOTE.",
    )
    monkeypatch.setenv("MUSIC_ENGINE", "spark")
    monkeypatch.setenv("SPARK_REMOTE", "sc://127.0.0.1:15002")
    settings_module.settings.cache_clear()
    assert call("stream")[0] == 1


def test_settings_may_stand_in_a_file(here: Path) -> None:
    (here / ".env").write_text("MUSIC_STORAGE_URL='else where #1'\n")
    code, said = call("follow")
    assert code == 0
    assert "else where #1" in said
    os.environ.pop("MUSIC_STORAGE_URL")


def test_settings_shows_what_is_in_force_but_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPOTIPY_CLIENT_ID", "somebody")
    monkeypatch.setenv("SPOTIPY_CLIENT_SECRET", "hunter2")
    code, said = call("settings")
    assert code == 0
    assert "somebody" in said
    assert "hunter2" not in said


@pytest.mark.parametrize("options", [[], ["--awkward"]])
def test_the_sandbox_serves_until_it_is_interrupted(options: list[str]) -> None:
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "music_assets.cli",
        "sandbox",
        "--port",
        "0",
        *options,
    ]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=os.environ | {"COLUMNS": "300"}
    ) as server:
        assert server.stdout is not None
        line = server.stdout.readline()
        url = line.split("SPOTIFY_API_URL=")[1].split()[0]
        answer = requests.get(f"{url}/v1/me/following?type=artist", timeout=60)
        assert answer.status_code == 401
        spotify = SpotifyResource(api_url=url, accounts_url=url)
        with spotify.client(user=True) as client:
            second = client.followed_artists(limit=2)["items"][1]["name"]
        assert (second in AWKWARD_NAMES) == bool(options)
        server.send_signal(signal.SIGINT)
        assert "Stopped" in server.stdout.read()
        assert server.wait(timeout=60) == 0


@pytest.mark.slow
def test_ctrl_c_ends_a_run_in_a_line_and_the_next_run_goes_on(
    here: Path, environment: dict[str, str], sandbox: Sandbox
) -> None:
    server = sandbox(latency_seconds=4)
    known = environment | {
        "MUSIC_FIRST_WEEK": newest_key(),
        "SPOTIFY_API_URL": server.url,
        "SPOTIFY_ACCOUNTS_URL": server.url,
    }
    command = ["music-assets", "run"]
    stopped = subprocess.Popen(
        command, env=known, cwd=here, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    while not (here / "storage/landing/artists").exists():
        assert stopped.poll() is None
        time.sleep(0.05)
    time.sleep(2)
    stopped.send_signal(signal.SIGINT)
    begun = time.monotonic()
    _, told = stopped.communicate(timeout=60)
    assert time.monotonic() - begun < 3
    assert stopped.returncode == 130
    assert told == "8 followed artists are in the inbox.\nStopped; run again to go on.\n"
    assert runs_by_status(environment) == {"CANCELED": 1}
    server.options = SandboxOptions()
    again = subprocess.run(
        command, env=known, cwd=here, timeout=120, check=False, capture_output=True, text=True
    )
    assert again.returncode == 0, again.stdout + again.stderr


@pytest.mark.slow
def test_two_first_runs_at_once_take_turns_and_a_killed_one_is_ended(
    here: Path, environment: dict[str, str]
) -> None:
    known = environment | {"MUSIC_FIRST_WEEK": newest_key()}
    both = [
        subprocess.Popen(
            ["music-assets", "run"], env=known, cwd=here, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    told = [process.communicate(timeout=240)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    assert sum("Waiting for another `music-assets run`" in each for each in told) == 1
    materialize = ["dagster", "asset", "materialize", "-m", "music_assets.definitions"]
    killed = subprocess.Popen(
        [*materialize, "--select", "*", "--partition", newest_key()],
        env=known,
        cwd=here,
        stderr=subprocess.DEVNULL,
    )
    while runs_by_status(environment)["STARTED"] == 0:
        assert killed.poll() is None
        time.sleep(0.05)
    time.sleep(1)
    killed.kill()
    killed.wait()
    subprocess.run(["music-assets", "prepare"], env=known, cwd=here, check=True)
    assert runs_by_status(environment) == {"SUCCESS": 2, "FAILURE": 1}


def test_export_writes_whole_tables_and_marts_and_names_what_it_does_not_know(here: Path) -> None:
    code, said = call("export", "artists", "weekly_totals")
    assert (code, "Materialise" in said or "no such table" in said) == (1, True), said
    with DatabaseResource(
        url=f"sqlite:///{here}/data/music.db"
    ).process_config_and_initialize_cm() as database:
        database.sync(artists, pl.LazyFrame({"ArtistID": ["a"], "Name": ['Zoë, "Z"']}))
        database.define_view(
            "weekly_totals", read_marts(sql_folder() / "marts")["weekly_totals"].sql
        )
    code, said = call("export", "artists", "weekly_totals", "--to", "out")
    assert code == 0
    assert "artists.csv: 1 rows" in said
    assert pl.read_csv(here / "out/artists.csv").rows()[0][:3] == ("a", 'Zoë, "Z"', None)
    assert (
        (here / "out/weekly_totals.csv").read_text("utf-8-sig").startswith("WeekID,WeekStartDate,")
    )
    assert call("export", "--format", "parquet", "artists")[0] == 0
    exported = pl.read_parquet(here / "export/artists.parquet")
    assert exported.rows()[0][:3] == ("a", 'Zoë, "Z"', None)
    assert exported.columns == artists.columns.keys()
    code, said = call("export", "aritsts")
    assert code == 2
    assert "There is no aritsts; there are album_performance, albums, artist_albums" in said
