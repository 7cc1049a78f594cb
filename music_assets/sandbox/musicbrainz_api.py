"""The sandbox's MusicBrainz: its web service on the same server as the sandbox's Spotify.

    GET /ws/2/url?resource=…    one address, or up to 100
    GET /ws/2/artist/{mbid}
    GET /ws/2/artist?query=artist:"…"
    GET /ws/2/release-group?artist={mbid}
    GET /ws/2/release/{mbid}
    GET /ws/2/release?query=barcode:…

It answers 403 to a User-Agent without a contact, and skips addresses that it does not know.
"""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from functools import cached_property
from typing import Protocol
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from music_assets.sandbox.discography import Discography
from music_assets.sandbox.encyclopedia import Encyclopedia, mbid
from music_assets.sandbox.faults import RollingWindow, fault_for, faulty, json_response
from music_assets.sandbox.fiction import Json
from music_assets.sandbox.options import FaultKind, SandboxOptions
from music_assets.sandbox.stats import Stats
from music_assets.sandbox.world import World

MOST_RESOURCES = 100
USER_AGENT = re.compile(r"\S+/\S+ \( \S+ \)")
FREE_STREAMING = {
    "artist": "769085a1-c2f7-4c24-a532-2375a77693bd",
    "release": "08445ccf-7b99-4438-9f9a-fb9ac18099ee",
}
#: Members of an entity that a relation shows.
BRIEF = {
    "artist": ("id", "name", "sort-name", "disambiguation", "type", "country"),
    "release": ("id", "title", "status", "date", "barcode"),
}
HELP = "For usage, please see: https://musicbrainz.org/development/mmd"
TOO_FAST = (
    "Your requests are exceeding the allowable rate limit. "
    "Please see http://wiki.musicbrainz.org/XMLWebService for more information."
)
HTML = "<!DOCTYPE html>\n<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>\n"


class Known(Encyclopedia):
    """All that is known of a world: its artists, and its albums."""

    @cached_property
    def albums(self) -> Discography:
        """Its albums."""
        return Discography(self.world)


Answer = Callable[[Known, Request], Response]


class Served(Protocol):
    """The server, as this module sees it: its world, options and counts at this moment."""

    world: World
    options: SandboxOptions
    stats: Stats


class MusicBrainzApi:
    """The endpoints of a server; `calls` are counted in `Stats.lookups`."""

    def __init__(self, server: Served) -> None:
        self._server = server
        self._known = Known(server.world)
        self.reset()

    def reset(self) -> None:
        """Forget the moments of calls."""
        self._window = RollingWindow()

    def routes(self) -> list[Route]:
        """The routes of all endpoints."""
        return [
            Route("/ws/2/url", self._endpoint("url", _urls)),
            Route("/ws/2/artist/{mbid}", self._endpoint("artist", _artist)),
            Route("/ws/2/release/{mbid}", self._endpoint("release", _release)),
            Route("/ws/2/release", self._endpoint("barcode", _barcode)),
            Route("/ws/2/artist", self._endpoint("search", _search)),
            Route("/ws/2/release-group", self._endpoint("release_group", _release_groups)),
        ]

    def _endpoint(self, name: str, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            options = self._server.options
            await asyncio.sleep(options.latency_seconds)
            refusal = self._refusal(options, request)
            if refusal is not None:
                return refusal
            ordinal = self._server.stats.lookups.total()
            self._server.stats.lookups[name] += 1
            response = answer(self._encyclopedia(), request)
            fault = fault_for(options, ordinal)
            if fault is None:
                return response
            self._server.stats.faults[fault] += 1
            return await _spoilt(fault, response, options.slow_seconds)

        return endpoint

    def _encyclopedia(self) -> Known:
        if self._known.world is not self._server.world:
            self._known = Known(self._server.world)
        return self._known

    def _refusal(self, options: SandboxOptions, request: Request) -> Response | None:
        """The answer to a caller who does not say who asks, or who asks too fast."""
        if not USER_AGENT.fullmatch(request.headers.get("user-agent", "")):
            return _error(403, "Your request has no meaningful User-Agent.")
        now, span = time.monotonic(), options.lookup_seconds
        if self._window.wait(now, 1 if span else None, span) > 0:
            self._server.stats.lookups_refused += 1
            # MusicBrainz's own limiter answers with JSON, the gateway before it with a page.
            if self._server.stats.lookups_refused % 2:
                return json_response({"error": TOO_FAST, "help": HELP}, 503, retry_after=1)
            return Response(HTML, 503, media_type="text/html")
        self._window.add(now)
        return None


async def _spoilt(fault: FaultKind, response: Response, slow_seconds: float) -> Response:
    if fault == "503":
        return _error(503, "The MusicBrainz web server is currently busy. Please try again later.")
    if fault == "500":
        # Gateways send pages of theirs with any status.
        return Response(HTML, 200, media_type="text/html")
    return await faulty(fault, response, slow_seconds)


def _urls(known: Known, request: Request) -> Response:
    resources = request.query_params.getlist("resource")
    if not resources or len(resources) > MOST_RESOURCES:
        return _error(400, "Invalid number of resources: from 1 to 100 can be asked for.")
    inc = request.query_params.get("inc", "").split()
    found = {each: _url(known, each, inc) for each in resources}
    if len(resources) > 1:
        urls = [url for url in found.values() if url is not None]
        return json_response({"url-count": len(urls), "url-offset": 0, "urls": urls})
    url = found[resources[0]]
    return _error(404, "Not Found") if url is None else json_response(url)


def _url(known: Known, resource: str, inc: Collection[str]) -> Json | None:
    """The address, with the relations that are asked for; None for one that nobody has entered."""
    found = {"artist": known.artists_at(resource), "release": known.albums.releases_at(resource)}
    if not any(found.values()):
        return None
    relations = [
        _relation(kind, each)
        for kind, entities in found.items()
        for each in entities
        if f"{kind}-rels" in inc
    ]
    return {"id": mbid("url", resource), "resource": resource, "relations": relations}


def _relation(kind: str, entity: Json) -> Json:
    return {
        "type": "free streaming",
        "type-id": FREE_STREAMING[kind],
        "target-type": kind,
        "direction": "backward",
        "begin": None,
        "end": None,
        "ended": False,
        "attributes": [],
        kind: {name: entity[name] for name in BRIEF[kind]},
    }


def _artist(known: Known, request: Request) -> Response:
    return _entity("artist", known.artist, {"genres": "genres", "tags": "tags"}, request)


def _release(known: Known, request: Request) -> Response:
    optional = {"label-info": "labels", "release-group": "release-groups"}
    return _entity("release", known.albums.release, optional, request)


def _entity(
    kind: str,
    known: Callable[[str], Json | str | None],
    optional: Mapping[str, str],
    request: Request,
) -> Response:
    """An entity, with those of its optional members that are asked for.

    Args:
        kind: `artist` or `release`.
        known: gives an entity, or the MBID that it was merged into.
        optional: the words that ask for members.
        request: to answer.
    """
    asked = request.path_params["mbid"]
    if not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", asked):
        return _error(400, "Invalid mbid.")
    found = known(asked)
    if found is None:
        return _error(404, "Not Found")
    if isinstance(found, str):
        query = urlencode(request.query_params.multi_items())
        return RedirectResponse(f"/ws/2/{kind}/{found}?{query}", 301)
    inc = request.query_params.get("inc", "").split()
    left_out = {name for name, word in optional.items() if word not in inc}
    return json_response({name: each for name, each in found.items() if name not in left_out})


def _barcode(known: Known, request: Request) -> Response:
    query = re.fullmatch(r"barcode:([0-9]+)", request.query_params.get("query", ""))
    if query is None:
        return _error(400, "Unable to search because of query parse error")
    found = known.albums.with_barcode(query[1])
    releases = [
        # A search does not say when an album first came out.
        each | {"release-group": {name: each["release-group"][name] for name in ("id", "title")}}
        for each in found
    ]
    return json_response({"count": len(releases), "offset": 0, "releases": releases})


def _search(known: Known, request: Request) -> Response:
    query = re.fullmatch(r'artist:"((?:[^"\\]|\\.)*)"', request.query_params.get("query", ""))
    if query is None:
        return _error(400, "Unable to search because of query parse error")
    artists = known.named(re.sub(r"\\(.)", r"\1", query[1]))
    return json_response({"count": len(artists), "offset": 0, "artists": artists})


def _release_groups(known: Known, request: Request) -> Response:
    albums = known.release_groups(request.query_params.get("artist", ""))
    if albums is None:
        return _error(404, "Not Found")
    counts = {"release-group-count": len(albums), "release-group-offset": 0}
    return json_response({**counts, "release-groups": albums[:100]})


def _error(status: int, message: str) -> Response:
    return json_response({"error": message, "help": HELP}, status)
