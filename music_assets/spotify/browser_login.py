"""Logging in through a browser: the address to open, and the answer that Spotify sends back.

Spotify sends the browser to the redirect address, where this listens for a moment. On a machine
without a browser, the address that one was sent to is pasted.
"""

import secrets
import sys
import time
import webbrowser
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import SplitResult, parse_qs, urlsplit

from spotipy.oauth2 import SpotifyOAuth

from music_assets.calls.call_errors import LoginError
from music_assets.config.redaction import redacted

PATIENCE_SECONDS = 300.0
LOOK_SECONDS = 0.5
DONE = b"<!doctype html><title>Logged in</title><p>You can close this page now."
NOT_THIS = b"<!doctype html><title>music-assets</title><p>Waiting for the login."


def say(line: str) -> None:
    """Tell the person at the terminal, at once."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def ask_for(line: str) -> str:
    """The answer of the person at the terminal. The question leaves standard output to scripts."""
    sys.stderr.write(line)
    sys.stderr.flush()
    return input()


def log_in(
    manager: SpotifyOAuth,
    *,
    paste: bool = False,
    ask: Callable[[str], str] = ask_for,
    patience: float = PATIENCE_SECONDS,
) -> str:
    """The code that Spotify gives for a login.

    Args:
        manager: of the app and the redirect address.
        paste: ask for the address that the browser was sent to, instead of listening.
        ask: asks the person for a line.
        patience: seconds to wait for the browser.

    Raises:
        LoginError: nobody logged in, the login was declined, or nobody can listen.
    """
    manager.state = secrets.token_urlsafe(16)
    address, redirect = manager.get_authorize_url(), urlsplit(manager.redirect_uri)
    here = redirect.scheme == "http" and redirect.port is not None
    if paste or not here:
        say(f"Open this address in a browser, on any machine, and log in:\n\n    {address}\n")
        return _code_in(ask("Paste the address that it sends you to: ").strip(), manager.state)
    listener = _Listener(redirect, manager.state)
    try:
        say(f"Open this address in a browser and log in:\n\n    {address}\n")
        if not webbrowser.open(address):
            say("No browser opens here. On a machine without one: `music-assets login --paste`.")
        return _code_in(listener.answer(patience), manager.state)
    finally:
        listener.server.server_close()


class _Listener:
    """Listens at the redirect address for the answer; other requests are told to wait."""

    def __init__(self, redirect: SplitResult, state: str) -> None:
        self._answer = ""
        listener, port = self, redirect.port or 0

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                query = parse_qs(urlsplit(self.path).query)
                is_answer = query.get("state") == [state] and bool({"code", "error"} & query.keys())
                if is_answer:
                    listener._answer = self.path
                self.send_response(200 if is_answer else 404)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(DONE if is_answer else NOT_THIS)

            def log_message(self, *_: object) -> None:
                """Log nothing: the address holds the code."""

        try:
            self.server = HTTPServer((redirect.hostname or "", port), Handler)
        except OSError as error:
            raise LoginError(
                f"Port {port}, to which Spotify would send the login, cannot be listened to: "
                f"{error.strerror}. End what uses it, or run `music-assets login --paste`."
            ) from None
        self.server.timeout = LOOK_SECONDS

    def answer(self, patience: float) -> str:
        """The path and the query of the answer."""
        until = time.monotonic() + patience
        while not self._answer:
            if time.monotonic() > until:
                raise LoginError(
                    f"Nobody logged in within {patience / 60:.0f} minutes. Run it again; on a "
                    "machine without a browser, with `music-assets login --paste`."
                )
            self.server.handle_request()
        return self._answer


def _code_in(answer: str, state: str) -> str:
    query = parse_qs(urlsplit(answer).query)
    if "error" in query:
        raise LoginError(f'The login was declined ("{redacted(query["error"][0])}").')
    if "code" not in query:
        raise LoginError("The address holds no code; paste it whole, as the browser shows it.")
    if query.get("state") != [state]:
        raise LoginError("The address is of another login; open the address shown last.")
    return query["code"][0]
