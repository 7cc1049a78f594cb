"""Fixtures for the tests of the command."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from music_assets.sandbox.options import SandboxOptions
from music_assets.sandbox.server import SandboxServer
from music_assets.sandbox.world import World
from music_assets_tests.cli.installation import FIRST_WEEK, Installation


@pytest.fixture(scope="module")
def spotify() -> Iterator[SandboxServer]:
    """A Spotify with three artists."""
    with SandboxServer(World.fictional(3, 6, 24), SandboxOptions()) as server:
        yield server


@pytest.fixture(scope="module")
def installed(spotify: SandboxServer, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """An installation of three weeks that has run once; the tests of a module share it."""
    told = {"SPOTIFY_API_URL": spotify.url, "SPOTIFY_ACCOUNTS_URL": spotify.url}
    installation = Installation(
        tmp_path_factory.mktemp("installed"), told | {"MUSIC_FIRST_WEEK": FIRST_WEEK}
    )
    ran = installation.call("run")
    assert ran.code == 0, ran.out + ran.err
    return installation


@pytest.fixture
def nothing(tmp_path: Path) -> Installation:
    """An installation in which nothing has run."""
    return Installation(tmp_path, {"MUSIC_FIRST_WEEK": FIRST_WEEK})
