"""The readers of the documents."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from music_assets.sandbox.server import SandboxOptions, SandboxServer
from music_assets.sandbox.world import World
from music_assets_tests.documents import reader
from music_assets_tests.documents.reader import Reader

#: The page of somebody who has an account at Spotify, and nothing yet.
OWN_ACCOUNT = "tutorial.md"
Readers = Callable[[str], Reader]


@pytest.fixture(scope="session")
def readers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Readers]:
    """The reader of each document, who begins where `make run` ends, or with an account."""
    demo: list[Path] = []
    known: dict[str, Reader] = {}

    def of(document: str) -> Reader:
        if document not in known:
            folder = tmp_path_factory.mktemp(document.partition(".")[0])
            if document == OWN_ACCOUNT:
                options = SandboxOptions(client_id="app", client_secret="secret")
                server = servers.enter_context(SandboxServer(World.fictional(8, 30, 200), options))
                known[document] = Reader(reader.checkout(folder), reader.spotify(server))
            else:
                demo[:] = demo or [reader.demo(tmp_path_factory.mktemp("demo"))]
                shutil.copytree(demo[0], folder, symlinks=True, dirs_exist_ok=True)
                known[document] = Reader(folder)
        return known[document]

    with ExitStack() as servers:
        yield of
