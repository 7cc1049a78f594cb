"""Azurite, Microsoft's emulator of Blob Storage, and a passage to it on which a test can stand."""

import datetime as dt
import os
import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

ACCOUNT = "devstoreaccount1"
#: The same on every machine; Microsoft publishes it.
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
PROGRAM = Path(__file__).parents[2] / ".venv/.azurite/node_modules/.bin/azurite-blob"
OPTIONS = ["--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry", "--silent"]


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """Azurite on a free port of this machine, its data in memory; the account's URL."""
    with subprocess.Popen(
        [PROGRAM, "--blobHost", "127.0.0.1", "--blobPort", "0", *OPTIONS],
        cwd=folder, stdout=subprocess.PIPE, text=True, env=os.environ | {"NODE_NO_WARNINGS": "1"},
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            said = (re.search(r"listens on (\S+)", line) for line in process.stdout)
            url = next(found[1] for found in said if found)
            # Whatever else it says must be read, or it stops when the pipe is full.
            threading.Thread(target=process.stdout.read, daemon=True).start()
            yield f"{url}/{ACCOUNT}"
        finally:
            process.terminate()


def signature(permissions: str, *, hours: float = 1) -> str:
    """A SAS of the account for its containers and blobs; its permissions by their letters."""
    # Takes seconds to import, which only the tests that are about it should pay.
    from azure.storage.blob import (  # noqa: PLC0415
        AccountSasPermissions,
        ResourceTypes,
        generate_account_sas,
    )

    return generate_account_sas(
        ACCOUNT,
        KEY,
        ResourceTypes(container=True, object=True),
        AccountSasPermissions.from_string(permissions),  # type: ignore[no-untyped-call]
        dt.datetime.now(dt.UTC) + dt.timedelta(hours=hours),
    )


#: Sees method and path of a request. A status that it returns is the answer; None passes it on.
Watcher = Callable[[str, str], int | None]


@contextmanager
def passage(url: str, watcher: Watcher) -> Iterator[str]:
    """A server that hands each request on to the account at `url` once the watcher has seen it."""
    target = urlsplit(url).netloc

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status = watcher(self.command, self.path)
            if status is not None:
                self.reply(status, {}, b"")
                return
            # A client that has given up waits for no answer.
            with closing(HTTPConnection(target)) as connection, suppress(ConnectionError):
                connection.request(self.command, self.path, body, dict(self.headers))
                response = connection.getresponse()
                self.reply(response.status, dict(response.getheaders()), response.read())

        def reply(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response_only(status)
            own = {"transfer-encoding", "connection", "keep-alive"}
            if self.command != "HEAD":
                own.add("content-length")
                self.send_header("Content-Length", str(len(body)))
            for name, value in headers.items():
                if name.lower() not in own:
                    self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

        do_GET = do_PUT = do_HEAD = do_DELETE = answer  # noqa: N815

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/{ACCOUNT}"
        finally:
            server.shutdown()
            thread.join()
