"""The report served to a browser of this machine, out of a folder or of Blob Storage.

Only what is in `reports/` is served, and only to whoever asks for it at this machine's own name: a
page of somebody else's, whose name leads here, gets nothing.
"""

import mimetypes
import sys
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from typing_extensions import override

from music_assets.storage.blobs import StorageResource
from music_assets.storage.paths import REPORTS
from music_assets.storage.storage_errors import StorageError

HERE = "127.0.0.1"
NAMES = (HERE, "localhost")
INDEX = "index.html"


def report_server(storage: StorageResource, port: int, first: str) -> ThreadingHTTPServer:
    """A server of the pages in `reports/`, not started yet; `first` is the page of `/`.

    Raises:
        OSError: the port is taken.
    """
    return _Server((HERE, port), _handler(storage, first))


class _Server(ThreadingHTTPServer):
    """A server that says nothing of browsers that go away before they have an answer."""

    @override
    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def path_of(target: str, first: str) -> str | None:
    """The path in storage that a request is for; None where it leads out of `reports/`."""
    asked = unquote(urlsplit(target).path).removeprefix("/")
    if not asked:
        return first
    if asked.endswith("/"):
        asked += INDEX
    parts = asked.split("/")
    # Hidden names are drafts and locks, and "..", which leads out.
    if "\\" in asked or "\0" in asked or any(not part or part.startswith(".") for part in parts):
        return None
    return f"{REPORTS}{asked}"


def _handler(storage: StorageResource, first: str) -> Callable[..., BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answers GET and HEAD."""

        def do_GET(self) -> None:
            """A page or a file."""
            self._answer(with_content=True)

        def do_HEAD(self) -> None:
            """Answer as to GET, without the content."""
            self._answer(with_content=False)

        def _answer(self, *, with_content: bool) -> None:
            host = self.headers.get("Host", HERE).rpartition(":")[0] or self.headers["Host"]
            path = path_of(self.path, first)
            if host not in NAMES:
                self.send_error(HTTPStatus.FORBIDDEN)
                return
            try:
                found = path and storage.find(path)
                content = storage.read(found.path)[1] if found else None
            except StorageError as error:
                self.send_error(HTTPStatus.BAD_GATEWAY, explain=str(error))
                return
            if not path or content is None:
                self.send_error(HTTPStatus.NOT_FOUND)
                return
            self.send_response(HTTPStatus.OK)
            kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
            text = "; charset=utf-8" if kind.startswith("text/") else ""
            self.send_header("Content-Type", f"{kind}{text}")
            self.send_header("Content-Length", str(len(content)))
            self.send_header("X-Content-Type-Options", "nosniff")
            self.send_header("Cache-Control", "no-cache")
            self.end_headers()
            if with_content:
                self.wfile.write(content)

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: the terminal is the person's."""

    return Handler
