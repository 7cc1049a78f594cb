"""Failures on purpose: Spotify's errors, its rolling limits, and injected faults."""

import asyncio
import json
from collections import defaultdict, deque
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
    """An error of the Web API: status, Spotify's message, and perhaps a reason and a pause."""

    def __init__(
        self, status: int, message: str, reason: str | None = None, retry_after: int | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        error: Json = {"status": status, "message": message}
        self.content = {"error": error | ({"reason": reason} if reason else {})}
        self.retry_after = retry_after

    def response(self) -> Response:
        """The error in Spotify's form."""
        return json_response(self.content, self.status, self.retry_after)


class RollingWindow:
    """The moments, in seconds of one clock, at which calls were accepted."""

    def __init__(self) -> None:
        self._moments: deque[float] = deque()

    def wait(self, now: float, limit: int | None, span: float) -> float:
        """The seconds until one more call fits into `limit` per `span` seconds; 0 for now."""
        while self._moments and self._moments[0] <= now - span:
            self._moments.popleft()
        if limit is None or len(self._moments) < limit:
            return 0.0
        return self._moments[-limit] + span - now if limit > 0 else span

    def add(self, now: float) -> None:
        """Count a call."""
        self._moments.append(now)


class Limits:
    """Each app's rolling window and the account's daily quota.

    A refused call counts against neither.
    """

    def __init__(self) -> None:
        self._windows, self._day = defaultdict[str, RollingWindow](RollingWindow), RollingWindow()

    def admit(self, options: SandboxOptions, app: str, now: float) -> None:
        """Count a call of an app, or raise ApiError 429 with the seconds to wait."""
        if self._day.wait(now, options.daily_quota, DAY_SECONDS) > 0:
            raise ApiError(429, "Too many requests", "QUOTA_EXCEEDED", options.quota_retry_after)
        window = self._windows[app]
        wait = window.wait(now, options.requests_per_window, options.window_seconds)
        if wait > 0:
            raise ApiError(429, "API rate limit exceeded", retry_after=max(1, ceil(wait)))
        window.add(now)
        self._day.add(now)


def fault_for(options: SandboxOptions, ordinal: int) -> FaultKind | None:
    """The fault for the accepted call number `ordinal`; None for most."""
    if not options.fault_rate:
        return None
    draw = blake2b(f"{options.fault_seed} {ordinal}".encode(), digest_size=16).digest()
    if int.from_bytes(draw[:8]) >= options.fault_rate * 2**64:
        return None
    return options.fault_kinds[int.from_bytes(draw[8:]) % len(options.fault_kinds)]


async def faulty(fault: FaultKind, response: Response, slow_seconds: float) -> Response:
    """The response with a fault, in place of `response`."""
    body = bytes(response.body)
    half = body[: len(body) // 2]
    match fault:
        case "500":
            return ApiError(500, "Server error.").response()
        case "503":
            return ApiError(503, "Service temporarily unavailable.").response()
        case "dropped":
            # ASGI has no message that closes a connection. At an illegal header, uvicorn gives up
            # on an answer that has begun, and closes it.
            return Response(headers={"no such header": ""})
        case "partial":
            return Response(half, response.status_code, {"Content-Length": str(len(body))})
        case "truncated":
            return Response(half, response.status_code, media_type="application/json")
        case "slow":
            await asyncio.sleep(slow_seconds)
            return response
