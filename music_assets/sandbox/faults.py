"""What goes wrong on purpose: Spotify's refusals, its rolling limits and injected faults."""

import asyncio
import json
from collections import deque
from hashlib import blake2b
from math import ceil

from starlette.responses import Response

from music_assets.sandbox.fiction import Json
from music_assets.sandbox.options import FaultKind, SandboxOptions

DAY_SECONDS = 86_400.0
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def json_response(content: Json, status: int = 200, retry_after: int | None = None) -> Response:
    """`content` as compact JSON; `retry_after` in seconds becomes the header of that name."""
    headers = None if retry_after is None else {"Retry-After": str(retry_after)}
    body = _encode(content).encode()
    return Response(body, status, headers, "application/json; charset=utf-8")


class ApiError(Exception):
    """An answer of the Web API that is not a page: status, Spotify's message, perhaps more."""

    def __init__(
        self, status: int, message: str, reason: str | None = None, retry_after: int | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        error: Json = {"status": status, "message": message}
        self.content = {"error": error | ({"reason": reason} if reason else {})}
        self.retry_after = retry_after

    def response(self) -> Response:
        """The error as Spotify words it."""
        return json_response(self.content, self.status, self.retry_after)


class RollingWindow:
    """The moments, in seconds of one clock, at which calls were accepted."""

    def __init__(self) -> None:
        self._moments: deque[float] = deque()

    def wait(self, now: float, limit: int | None, span: float) -> float:
        """Seconds until one more call fits in `limit` per `span` seconds; 0: it fits now."""
        while self._moments and self._moments[0] <= now - span:
            self._moments.popleft()
        if limit is None or len(self._moments) < limit:
            return 0.0
        return self._moments[-limit] + span - now if limit > 0 else span

    def add(self, now: float) -> None:
        """Count a call."""
        self._moments.append(now)


class Limits:
    """The rolling window of seconds and the daily quota; a refused call counts against neither."""

    def __init__(self) -> None:
        self._window, self._day = RollingWindow(), RollingWindow()

    def admit(self, options: SandboxOptions, now: float) -> None:
        """Count a call, or raise ApiError 429 with the seconds after which to come back."""
        if self._day.wait(now, options.daily_quota, DAY_SECONDS) > 0:
            raise ApiError(429, "Too many requests", "QUOTA_EXCEEDED", options.quota_retry_after)
        wait = self._window.wait(now, options.requests_per_window, options.window_seconds)
        if wait > 0:
            raise ApiError(429, "API rate limit exceeded", retry_after=max(1, ceil(wait)))
        self._window.add(now)
        self._day.add(now)


def fault_for(options: SandboxOptions, ordinal: int) -> FaultKind | None:
    """The fault that the accepted call number `ordinal` gets, or none."""
    if not options.fault_rate:
        return None
    draw = blake2b(f"{options.fault_seed} {ordinal}".encode(), digest_size=16).digest()
    if int.from_bytes(draw[:8]) >= options.fault_rate * 2**64:
        return None
    return options.fault_kinds[int.from_bytes(draw[8:]) % len(options.fault_kinds)]


async def faulty(fault: FaultKind, response: Response, slow_seconds: float) -> Response:
    """What is sent instead of `response`."""
    body = bytes(response.body)
    half = body[: len(body) // 2]
    match fault:
        case "500":
            return ApiError(500, "Server error.").response()
        case "503":
            return ApiError(503, "Service temporarily unavailable.").response()
        case "dropped":
            # ASGI has no message for this. At a header that may not be sent, uvicorn gives up on an
            # answer that it takes to have begun, and closes the connection.
            return Response(headers={"no such header": ""})
        case "partial":
            return Response(half, response.status_code, {"Content-Length": str(len(body))})
        case "truncated":
            return Response(half, response.status_code, media_type="application/json")
        case "slow":
            await asyncio.sleep(slow_seconds)
            return response
