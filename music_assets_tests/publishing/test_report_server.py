"""The report as a browser gets it: what is in `reports/`, and nothing else."""

import http.client
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest

from music_assets.publishing.front_page import address, front_page
from music_assets.publishing.report_server import path_of, report_server
from music_assets.storage.blobs import StorageResource
from music_assets.storage.folder import FolderStorage

PAGE = "reports/index.html"


@contextmanager
def served(storage: StorageResource, first: str = PAGE) -> Iterator[int]:
    """The port of a server of a storage's report."""
    with report_server(storage, 0, first) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def get(port: int, target: str, method: str = "GET", host: str = "") -> tuple[int, str, bytes]:
    """The status, the type and the content of an answer; the target goes out as it is."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, target, headers={"Host": host} if host else {})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, answer.getheader("Content-Type") or "", content


@pytest.fixture(params=["folder", "blob"])
def filled(request: pytest.FixtureRequest) -> StorageResource:
    """A storage of each kind, with a small site."""
    name = "storage" if request.param == "folder" else "blob_storage"
    storage: StorageResource = request.getfixturevalue(name)
    storage.write(PAGE, b"<p>first</p>")
    storage.write("reports/weeks/2026-W47.html", "<p>Björk</p>".encode())
    storage.write("reports/card.png", b"\x89PNG")
    storage.write("listening/private.json", b"secret")
    return storage


def test_pages_and_files_come_with_their_types(filled: StorageResource) -> None:
    with served(filled) as port:
        assert get(port, "/") == (200, "text/html; charset=utf-8", b"<p>first</p>")
        assert get(port, "/index.html?from=mail#top")[0] == 200
        week = (200, "text/html; charset=utf-8", "<p>Björk</p>".encode())
        assert get(port, "/weeks/2026-W47.html") == week
        assert get(port, "/card.png") == (200, "image/png", b"\x89PNG")
        assert get(port, "/", method="HEAD") == (200, "text/html; charset=utf-8", b"")


@pytest.mark.parametrize(
    "target",
    [
        "/../listening/private.json", "/..%2flistening/private.json",
        "/%2e%2e/listening/private.json", "//listening/private.json", "/listening/private.json",
        "/weeks/../../listening/private.json", "/..\\listening\\private.json", "/.hidden",
        "/index.html%00", "/weeks/", "/weeks", "/none.html", "/%252e%252e/listening/private.json",
    ],
)  # fmt: skip
def test_nothing_else_does(storage: FolderStorage, target: str) -> None:
    storage.write(PAGE, b"<p>first</p>")
    storage.write("listening/private.json", b"secret")
    storage.write("reports/.hidden", b"secret")
    storage.write("reports/weeks/2026-W47.html", b"<p>a week</p>")
    with served(storage) as port:
        status, _, content = get(port, target)
        assert status == 404
        assert b"secret" not in content


def test_a_browser_that_goes_away_is_nothing_to_talk_about(
    storage: FolderStorage, capfd: pytest.CaptureFixture[str]
) -> None:
    storage.write("reports/card.png", b"x" * 50_000_000)
    with served(storage) as port:
        for _ in range(3):
            with socket.create_connection(("127.0.0.1", port)) as browser:
                browser.sendall(b"GET /card.png HTTP/1.1\r\nHost: localhost\r\n\r\n")
                browser.recv(100)
        assert get(port, "/none.html")[0] == 404
    assert capfd.readouterr().err == ""


def test_a_page_of_somebody_elses_whose_name_leads_here_gets_nothing(
    storage: FolderStorage,
) -> None:
    storage.write(PAGE, b"<p>first</p>")
    with served(storage) as port:
        assert get(port, "/", host=f"evil.example:{port}")[0] == 403
        assert get(port, "/", host="evil.example")[0] == 403
        assert get(port, "/", host=f"localhost:{port}")[0] == 200


def test_nothing_can_be_written(storage: FolderStorage) -> None:
    storage.write(PAGE, b"<p>first</p>")
    with served(storage) as port:
        assert get(port, "/index.html", method="PUT")[0] == 501
        assert get(port, "/index.html", method="DELETE")[0] == 501


def test_a_request_for_a_folder_is_for_its_index() -> None:
    assert path_of("/artists/", PAGE) == "reports/artists/index.html"
    assert path_of("/", PAGE) == PAGE
    assert path_of("/a//b", PAGE) is None


def test_the_first_page_is_the_one_that_was_made(storage: FolderStorage) -> None:
    assert front_page(storage) is None
    storage.write(PAGE, b"")
    assert front_page(storage) == PAGE
    assert address(storage, PAGE) == f"file://{storage.root}/{PAGE}"
