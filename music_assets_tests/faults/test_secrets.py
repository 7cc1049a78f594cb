"""Canaries in every credential, looked for in everything that a command leaves behind."""

import base64
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest

from music_assets.partitions import newest_key
from music_assets.sandbox.server import SandboxOptions, SandboxServer
from music_assets.sandbox.world import World
from music_assets_tests.outside.proxy import Exchange, Proxy

#: With characters that an address, a form and a shell each escape in another way.
SECRET, REFRESH, KEY, PASSWORD = (
    f"canary-{name}/+&{name}=" for name in ("secret", "refresh", "key", "password")
)
RUN = ("music-assets", "run")
LOUD = """
python_logs:
  managed_python_loggers: [root, spotipy, urllib3, music_assets]
  python_log_level: DEBUG
"""


@dataclass
class Witness:
    """A proxy's spoiler that keeps what was sent, and answers as it is told.

    Attributes:
        answer: the answer to a call.
        credentials: what calls carried.
    """

    answer: Callable[[Exchange], Exchange]
    credentials: set[str] = field(default_factory=set)

    def __call__(self, exchange: Exchange) -> Exchange:
        self.credentials.add(exchange.authorization.partition(" ")[2])
        return self.answer(exchange)


def honest(exchange: Exchange) -> Exchange:
    return exchange


def echo(status: int) -> Callable[[Exchange], Exchange]:
    """Answers the API's calls with a status, and the call's Authorization in the message."""

    def answer(exchange: Exchange) -> Exchange:
        if not exchange.path.startswith("/v1/artists"):
            return exchange
        said = f'{{"error": {{"status": {status}, "message": "no {exchange.authorization}"}}}}'
        return exchange.answered(said.encode(), status)

    return answer


def echo_in_accounts(exchange: Exchange) -> Exchange:
    """Refuses to give a token, and quotes the credentials."""
    if not exchange.path.startswith("/api/token"):
        return exchange
    said = f'{{"error": "server_error", "error_description": "no {exchange.authorization}"}}'
    return exchange.answered(said.encode(), 400)


def no_json(exchange: Exchange) -> Exchange:
    """A page of somebody else's, which quotes the call."""
    if not exchange.path.startswith("/v1/albums"):
        return exchange
    return exchange.answered(f"<html>{exchange.authorization}</html>".encode())


FAULTS: dict[str, tuple[Callable[[Exchange], Exchange], dict[str, str]]] = {
    "success": (honest, {}),
    "forbidden": (echo(403), {}),
    "bad request": (echo(400), {}),
    "server error": (echo(500), {"SPOTIFY_REQUESTS_PER_SECOND": "50"}),
    "no token": (echo_in_accounts, {}),
    "no JSON": (no_json, {}),
    "wrong secret": (honest, {"SPOTIPY_CLIENT_SECRET": f"{SECRET}wrong"}),
    "login over": (honest, {"SPOTIFY_REFRESH_TOKEN": f"{REFRESH}wrong"}),
    "no database": (
        honest,
        {"MUSIC_DATABASE_URL": f"mssql+pyodbc://u:{quote(PASSWORD, safe='')}@127.0.0.1:9/d"},
    ),
    "odd database": (honest, {"MUSIC_DATABASE_URL": f"postgresql+psycopg://u:{PASSWORD}@x@y/d"}),
    "no such database": (honest, {"MUSIC_DATABASE_URL": f"oracle9://u:{PASSWORD}@y/d"}),
    "no account": (
        honest,
        {
            "MUSIC_STORAGE_URL": "http://127.0.0.1:9/devstoreaccount1",
            "MUSIC_STORAGE_KEY": base64.b64encode(KEY.encode()).decode(),
        },
    ),
}
#: The ones that `make test` tries.
SOME = ("success", "forbidden")


@pytest.mark.parametrize("fault", SOME)
def test_no_credential_is_left_behind(
    environment: dict[str, str], tmp_path: Path, fault: str
) -> None:
    assert left_behind(environment, tmp_path, *FAULTS[fault]) == []


@pytest.mark.faults
@pytest.mark.parametrize("fault", sorted(FAULTS.keys() - set(SOME)))
def test_no_credential_is_left_behind_by_any_fault(
    environment: dict[str, str], tmp_path: Path, fault: str
) -> None:
    assert left_behind(environment, tmp_path, *FAULTS[fault]) == []


@pytest.mark.faults
def test_no_credential_is_left_behind_by_a_kill(
    environment: dict[str, str], tmp_path: Path
) -> None:
    with outside(honest) as (witness, variables):
        killed = subprocess.Popen(RUN, env=environment | variables, cwd=tmp_path)
        while not (tmp_path / "storage/processed").exists():
            time.sleep(0.01)
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        assert found(tmp_path, b"", witness) == []


def left_behind(
    environment: dict[str, str],
    folder: Path,
    answer: Callable[[Exchange], Exchange],
    changed: dict[str, str],
) -> list[str]:
    """The credentials that are found after a run with everything logged."""
    with (folder / "dagster/dagster.yaml").open("a") as file:
        file.write(LOUD)
    with outside(answer) as (witness, variables):
        ended = subprocess.run(
            RUN,
            env=environment | variables | changed,
            cwd=folder,
            capture_output=True,
            timeout=300,
            check=False,
        )
        shown = subprocess.run(
            ("music-assets", "settings"),
            env=environment | variables | changed,
            cwd=folder,
            capture_output=True,
            check=False,
        )
    output = ended.stdout + ended.stderr + shown.stdout + shown.stderr
    assert b"Traceback" not in output, output.decode()
    return found(folder, output, witness)


@contextmanager
def outside(
    answer: Callable[[Exchange], Exchange],
) -> Iterator[tuple[Witness, dict[str, str]]]:
    """A Spotify that answers as it is told, and the variables that lead to it."""
    options = SandboxOptions(client_secret=SECRET, refresh_token=REFRESH)
    witness = Witness(answer)
    with (
        SandboxServer(World.fictional(4, 8, 20), options) as server,
        Proxy(server.url, witness).running() as proxy,
    ):
        yield (
            witness,
            {
                "SPOTIFY_API_URL": proxy.url,
                "SPOTIFY_ACCOUNTS_URL": proxy.url,
                "SPOTIPY_CLIENT_ID": "sandbox",
                "SPOTIPY_CLIENT_SECRET": SECRET,
                "SPOTIFY_REFRESH_TOKEN": REFRESH,
                "MUSIC_FIRST_WEEK": newest_key(),
            },
        )


def found(folder: Path, output: bytes, witness: Witness) -> list[str]:
    """`secret in place`, for each place in which any form of a secret stands."""
    secrets = {SECRET, REFRESH, KEY, PASSWORD, *filter(None, witness.credentials)}
    places = {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    places["output"] = output
    return [
        f"{secret} in {place}"
        for place, content in places.items()
        for secret in secrets
        if any(form in content for form in forms(secret))
    ]


def forms(secret: str) -> Iterator[bytes]:
    """A secret as it is, in an address, in a form, and in base64, alone and after a few bytes."""
    yield secret.encode()
    yield quote(secret, safe="").encode()
    yield quote(secret).encode()
    # What stands before it shifts base64's groups of three bytes; the ends depend on neighbours.
    for shift in range(3):
        encoded = base64.b64encode(b"x" * shift + secret.encode())
        yield encoded[4:-4]


def test_a_secret_is_found_in_all_its_forms(tmp_path: Path) -> None:
    for number, form in enumerate(
        (SECRET, quote(SECRET, safe=""), base64.b64encode(f"id:{SECRET}".encode()).decode())
    ):
        (tmp_path / str(number)).write_text(f"before {form} after")
    assert len(found(tmp_path, SECRET.encode(), Witness(honest))) == 4
