"""The sandbox's Spotify API: an HTTP server on loopback that serves a `World`.

`make run`, the tests and the benchmarks use it through the same client as Spotify itself.

    accounts   POST /api/token, GET /authorize
    Web API    GET /v1/me/following, /v1/me/player/recently-played, /v1/artists/{id}/albums,
               /v1/albums/{id}, /v1/albums/{id}/tracks, /v1/albums
    its own    GET /sandbox/stats

A MusicBrainz that knows the same world answers beside it; see `musicbrainz_api`.
"""

import asyncio
import socket
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from music_assets.sandbox import answers as pages
from music_assets.sandbox.accounts import Accounts, GrantError
from music_assets.sandbox.faults import (
    ApiError,
    Limits,
    fault_for,
    faulty,
    json_response,
)
from music_assets.sandbox.fiction import Json
from music_assets.sandbox.musicbrainz_api import MusicBrainzApi
from music_assets.sandbox.options import FAULT_KINDS, FaultKind, SandboxOptions
from music_assets.sandbox.stats import Stats
from music_assets.sandbox.world import World

__all__ = ["FAULT_KINDS", "FaultKind", "SandboxOptions", "SandboxServer", "Stats"]

ENDPOINTS: dict[str, Callable[[pages.ApiRequest], Json]] = {
    "/v1/me/following": pages.following,
    "/v1/me/player/recently-played": pages.recently_played,
    "/v1/artists/{id}/albums": pages.artist_albums,
    "/v1/albums/{id}": pages.album,
    "/v1/albums/{id}/tracks": pages.album_tracks,
    # Spotipy adds a slash to this address.
    "/v1/albums/{id}/tracks/": pages.album_tracks,
    "/v1/albums": pages.albums,
    "/v1/albums/": pages.albums,
}


class SandboxServer:
    """Serves a world at `url` during a `with` block, or between `start` and `stop`.

    `port` 0 takes a free one. `world` and `options` may be set while it runs; the next request
    uses them. Only the server's own thread writes `stats`; any thread may read.
    """

    def __init__(self, world: World, options: SandboxOptions | None = None, port: int = 0) -> None:
        self.world = world
        self.options = options or SandboxOptions()
        self.stats = Stats()
        self._port = port
        self._limits, self._accounts = Limits(), Accounts()
        self._musicbrainz = MusicBrainzApi(self)
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`; the port is known once the server has started."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def calls(self) -> Counter[str]:
        """Accepted API calls by endpoint name; see `Stats`."""
        return self.stats.calls

    @property
    def lookups(self) -> Counter[str]:
        """The same for MusicBrainz's calls."""
        return self.stats.lookups

    def reset(self) -> None:
        """Reset calls, limits and the ordinals of faults; tokens stay valid."""
        self.stats, self._limits = Stats(), Limits()
        self._musicbrainz.reset()

    def start(self) -> None:
        """Start, and return once requests are answered. Raises OSError if the port is taken."""
        # Bound here and not in the thread: the port is known, and an error reaches the caller.
        listener = socket.create_server(("127.0.0.1", self._port))
        self._port = listener.getsockname()[1]
        config = uvicorn.Config(
            self._app(),
            lifespan="off",
            ws="none",
            log_config=None,
            log_level="critical",
            access_log=False,
            # Longer than a client's pause after a 429, so that its connections stay open.
            timeout_keep_alive=120,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, args=([listener],), name="sandbox-spotify", daemon=True
        )
        self._thread.start()
        while self._thread.is_alive() and not self._server.started:
            time.sleep(0.002)

    def stop(self) -> None:
        """Finish the answers under way, for a second at most, and end the thread."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join()
        self._server = self._thread = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _app(self) -> Starlette:
        routes = [
            Route("/api/token", self._token, methods=["POST"]),
            Route("/authorize", self._authorize),
            Route("/sandbox/stats", self._stats),
            *(Route(path, self._endpoint(answer)) for path, answer in ENDPOINTS.items()),
            *self._musicbrainz.routes(),
        ]
        return Starlette(routes=routes, exception_handlers={HTTPException: _no_such_service})

    def _endpoint(
        self, answer: Callable[[pages.ApiRequest], Json]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            options = self.options
            try:
                rights = self._admit(options, request, answer.__name__)
            except ApiError as refusal:
                await asyncio.sleep(options.latency_seconds)
                return refusal.response()
            ordinal = self.stats.calls.total()
            if options.latency_seconds:
                await asyncio.sleep(options.latency_seconds)
            response = _respond(answer, self._api_request(options, request, rights))
            return await self._perhaps_faulty(options, ordinal, response)

        return endpoint

    def _admit(self, options: SandboxOptions, request: Request, name: str) -> frozenset[str]:
        """Count the call; returns the rights of its token. Raises ApiError 401 or 429."""
        now = time.monotonic()
        try:
            token = self._accounts.token(options, request.headers.get("authorization", ""), now)
            self._limits.admit(options, token.app, now)
        except ApiError as refusal:
            self.stats.refused += refusal.status == HTTPStatus.TOO_MANY_REQUESTS
            self.stats.unauthorised += refusal.status == HTTPStatus.UNAUTHORIZED
            raise
        self.stats.calls[name] += 1
        return token.rights

    def _api_request(
        self, options: SandboxOptions, request: Request, rights: frozenset[str]
    ) -> pages.ApiRequest:
        # The host that the client used, which is right behind a forwarded port too.
        base = str(request.base_url).rstrip("/")
        spotify_id = request.path_params.get("id", "")
        until = time.time() if options.listened_until is None else options.listened_until
        return pages.ApiRequest(
            self.world, options.mode, rights, base, spotify_id, request.query_params, until
        )

    async def _perhaps_faulty(
        self, options: SandboxOptions, ordinal: int, response: Response
    ) -> Response:
        fault = fault_for(options, ordinal)
        if fault is None:
            return response
        self.stats.faults[fault] += 1
        return await faulty(fault, response, options.slow_seconds)

    async def _token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        authorization = request.headers.get("authorization", "")
        try:
            answer = self._accounts.grant(self.options, authorization, form, time.monotonic())
        except GrantError as refusal:
            return json_response(refusal.content, 400)
        self.stats.tokens[form["grant_type"]] += 1
        return json_response(answer)

    async def _authorize(self, request: Request) -> Response:
        try:
            address = self._accounts.authorize(self.options, request.query_params)
        except GrantError as refusal:
            return json_response(refusal.content, 400)
        return RedirectResponse(address, 302)

    async def _stats(self, _: Request) -> Response:
        return json_response(vars(self.stats))


def _respond(answer: Callable[[pages.ApiRequest], Json], request: pages.ApiRequest) -> Response:
    try:
        return json_response(answer(request))
    except ApiError as error:
        return error.response()


async def _no_such_service(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return ApiError(status, "Service not found").response()
