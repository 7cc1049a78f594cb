"""One running sandbox for the tests of this folder, and a client that asks it through real HTTP."""

from collections.abc import Iterator
from typing import Any

import polars as pl
import pytest
import requests

from music_assets.sandbox.fiction import Json
from music_assets.sandbox.server import SandboxOptions, SandboxServer
from music_assets.sandbox.world import World

EXTENDED = SandboxOptions(mode="extended")
CLIENT = ("sandbox", "sandbox")


@pytest.fixture(scope="module")
def running() -> Iterator[SandboxServer]:
    with SandboxServer(World.fictional()) as server:
        yield server


@pytest.fixture
def server(running: SandboxServer) -> SandboxServer:
    running.world, running.options = World.fictional(), SandboxOptions()
    running.reset()
    return running


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


class Client:
    """Asks one server with one user's token."""

    def __init__(self, server: SandboxServer, session: requests.Session) -> None:
        self.server, self.session = server, session
        self.login(grant_type="refresh_token", refresh_token="sandbox")

    def token(self, form: dict[str, str], auth: tuple[str, str] = CLIENT) -> requests.Response:
        return self.session.post(f"{self.server.url}/api/token", data=form, auth=auth, timeout=60)

    def login(self, **form: str) -> None:
        token = self.token(form).json()["access_token"]
        self.headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str, **query: str | int) -> requests.Response:
        address = path if path.startswith("http") else f"{self.server.url}/v1/{path}"
        return self.session.get(address, params=query, headers=self.headers, timeout=60)

    def json(self, path: str, **query: str | int) -> Any:
        response = self.get(path, **query)
        assert response.status_code == 200, response.text
        return response.json()

    def error(self, path: str, **query: str | int) -> tuple[int, str]:
        response = self.get(path, **query)
        error = response.json()["error"]
        assert error["status"] == response.status_code
        return response.status_code, error["message"]

    def pages(self, path: str, **query: str | int) -> list[Json]:
        pages = [self.json(path, **query)]
        while following := pages[-1]["next"]:
            pages.append(self.json(following))
        return pages


@pytest.fixture
def client(server: SandboxServer, session: requests.Session) -> Client:
    client = Client(server, session)
    server.reset()
    return client


def ids(items: Any) -> list[str]:
    return [item["id"] for item in items]


def followed(server: SandboxServer, position: int) -> str:
    return str(server.world.followed[position]["id"])


def album(server: SandboxServer, position: int) -> str:
    return list(server.world.albums)[position]


def catalogue_of(world: World) -> pl.DataFrame:
    """The tracks with their artists, as the database has them."""
    return pl.DataFrame(
        [
            {
                "SongID": track["id"],
                "Title": track["name"],
                "ArtistName": each["artists"][0]["name"],
                "AlbumName": each["name"],
                "DurationInSeconds": track["duration_ms"] / 1_000,
            }
            for each in world.albums.values()
            for track in world.album_tracks[each["id"]]
        ]
    )
