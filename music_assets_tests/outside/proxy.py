"""A proxy before a sandbox that spoils its answers."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import urllib3


@dataclass(frozen=True)
class Exchange:
    """A call and its answer: path with query, the call's Authorization, status, and body."""

    path: str
    authorization: str
    status: int
    body: bytes

    def answered(self, body: bytes, status: int | None = None) -> "Exchange":
        """The same call with another answer."""
        return replace(self, body=body, status=status or self.status)


#: What was exchanged -> what is answered instead.
Spoil = Callable[[Exchange], Exchange]


class Proxy:
    """Forwards each call to a server, and spoils its answers.

    Attributes:
        url: of the proxy. Links in answers lead to it, since they name the host that was asked.
        spoil: may be set while it runs.
    """

    def __init__(self, server: str, spoil: Spoil) -> None:
        self.spoil = spoil
        self._server = server
        self._pool = urllib3.PoolManager(maxsize=32)
        self._listener = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._listener.server_port}"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._forward()

            def do_POST(self) -> None:
                self._forward()

            def _forward(self) -> None:
                sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                answer = proxy._pool.request(
                    self.command,
                    proxy._server + self.path,
                    body=sent,
                    headers=dict(self.headers),
                    redirect=False,
                    retries=False,
                )
                authorization = self.headers.get("Authorization", "")
                exchange = Exchange(self.path, authorization, answer.status, answer.data)
                exchange = proxy.spoil(exchange)
                self.send_response(exchange.status)
                for name, value in answer.headers.items():
                    if name.lower() not in ("content-length", "transfer-encoding"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(exchange.body)))
                self.end_headers()
                self.wfile.write(exchange.body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler

    @contextmanager
    def running(self) -> Iterator["Proxy"]:
        """Serve, for a `with` block."""
        thread = threading.Thread(target=self._listener.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._listener.shutdown()
            self._listener.server_close()
            self._pool.clear()
            thread.join()
