"""The sandbox's answers: Spotify's JSON for a path and a query.

Pure functions of a `World`. Refusals, delays and faults are in other modules. `market` filters
nothing: it is only checked, and repeated in the address of the next page.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from music_assets.sandbox.faults import ApiError
from music_assets.sandbox.fiction import Json
from music_assets.sandbox.listening_now import plays_until
from music_assets.sandbox.options import FOLLOWING, LISTENING, Mode
from music_assets.sandbox.world import World

ALBUM_GROUPS = frozenset({"album", "single", "compilation", "appears_on"})
#: The fields of artists, albums and tracks that Spotify does not send in development mode.
EXTENDED_ONLY = frozenset(
    {
        "album_group",
        "available_markets",
        "followers",
        "genres",
        "label",
        "linked_from",
        "popularity",
    }
)
#: The fields of albums and tracks that only their full objects have, and no listing.
FULL_ONLY = frozenset({"copyrights", "external_ids", "label", "popularity"})
#: Default and maximum of `limit` for an artist's albums.
ALBUM_LIMITS: dict[Mode, tuple[int, int]] = {"development": (5, 10), "extended": (20, 50)}
LIMITS = (20, 50)
BATCH = 20
_ID = re.compile(r"[0-9A-Za-z]{22}")


@dataclass(frozen=True)
class ApiRequest:
    """One authorised request.

    Attributes:
        world: that is served.
        mode: of the app.
        rights: of the token.
        base: scheme and host.
        spotify_id: the id in the path, if any.
        query: the parameters.
        listened_until: the moment until which the listener has played songs, in seconds.
    """

    world: World
    mode: Mode
    rights: frozenset[str]
    base: str
    spotify_id: str
    query: Mapping[str, str]
    listened_until: float

    def milliseconds(self, name: str) -> int | None:
        """A moment from the query; None where it names none. Raises ApiError 400 for no number."""
        text = self.query.get(name)
        if text is not None and not re.fullmatch(r"[0-9]{1,15}", text):
            raise ApiError(400, f"Invalid {name}")
        return None if text is None else int(text)

    def number(self, name: str, default: int, least: int, most: int | None = None) -> int:
        """A whole number from the query. Raises ApiError 400 outside its bounds."""
        text = self.query.get(name, str(default))
        # int() would also take signs, spaces and underscores.
        if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) < least:
            raise ApiError(400, f"Invalid {name}")
        if most is not None and int(text) > most:
            raise ApiError(400, f"Invalid {name}")
        return int(text)

    def needs(self, right: str) -> None:
        """Raise ApiError 403 if the token lacks a right."""
        if right not in self.rights:
            raise ApiError(403, "Insufficient client scope")

    def window(self, limits: tuple[int, int]) -> tuple[int, int]:
        """`limit` and `offset` of the query; `limits` are default and maximum. Raises ApiError."""
        default, most = limits
        return self.number("limit", default, 1, most), self.number("offset", 0, 0)

    def shown(self, item: Json, without: frozenset[str] = frozenset()) -> Json:
        """The fields of an object that this mode sends, without some more."""
        hidden = without if self.mode == "extended" else without | EXTENDED_ONLY
        return {field: value for field, value in item.items() if field not in hidden}

    def address(self, path: str, query: Mapping[str, str | int]) -> str:
        """An absolute address on the server that got the request."""
        return f"{self.base}/v1/{path}?{urlencode(query, safe=',')}"


def following(request: ApiRequest) -> Json:
    """`GET /me/following?type=artist`: followed artists behind a cursor. Needs a user's token."""
    request.needs(FOLLOWING)
    if request.query.get("type") != "artist":
        raise ApiError(400, "Invalid type")
    default, most = LIMITS
    limit = request.number("limit", default, 1, most)
    after = request.query.get("after")
    order = request.world.follow_order
    if after is not None and after not in order:
        raise ApiError(400, "Invalid after")
    start = 0 if after is None else order[after] + 1
    items = request.world.followed[start : start + limit]
    asked: dict[str, str | int] = {"type": "artist", "limit": limit}
    last = items[-1]["id"] if start + limit < len(order) else None
    page = {
        "href": request.address("me/following", asked | ({"after": after} if after else {})),
        "limit": limit,
        "next": last and request.address("me/following", {**asked, "after": last}),
        "cursors": {"after": last},
        "total": len(order),
        "items": [request.shown(item) for item in items],
    }
    return {"artists": page}


def recently_played(request: ApiRequest) -> Json:
    """`GET /me/player/recently-played`: the newest of the last 50 plays. Needs a right of its own.

    `after` and `before` are moments in milliseconds, of which one may be given.
    """
    request.needs(LISTENING)
    default, most = LIMITS
    limit = request.number("limit", default, 1, most)
    if {"after", "before"} <= request.query.keys():
        raise ApiError(400, "Only one of after and before can be specified")
    after, before = (request.milliseconds(name) for name in ("after", "before"))
    kept = [
        (moment, play)
        for moment, play in plays_until(request.world, request.listened_until, most)
        if (after is None or moment > after) and (before is None or moment < before)
    ][:limit]
    last = kept[-1][0] if len(kept) == limit else None
    path = "me/player/recently-played"
    return {
        "href": request.address(path, dict(request.query)),
        "limit": limit,
        # Where a page is full, it names a next one, also after the 50th play.
        "next": last and request.address(path, {"before": last, "limit": limit}),
        "cursors": {"after": str(kept[0][0]), "before": str(kept[-1][0])} if kept else None,
        "items": [play | {"track": request.shown(play["track"], FULL_ONLY)} for _, play in kept],
    }


def artist_albums(request: ApiRequest) -> Json:
    """`GET /artists/{id}/albums`: a page of the albums in `include_groups`."""
    window = request.window(ALBUM_LIMITS[request.mode])
    kept = {
        name: request.query[name] for name in ("include_groups", "market") if name in request.query
    }
    groups = frozenset(kept.get("include_groups", ",".join(ALBUM_GROUPS)).split(","))
    if not groups <= ALBUM_GROUPS:
        raise ApiError(400, "Invalid album type")
    if not re.fullmatch(r"[A-Z]{2}|from_token", kept.get("market", "NL")):
        raise ApiError(400, "Invalid market code")
    spotify_id = _known(request.spotify_id, request.world.artist_albums)
    albums = request.world.albums_of(spotify_id, groups)
    return _page(request, f"artists/{spotify_id}/albums", albums, window, kept)


def album_tracks(request: ApiRequest) -> Json:
    """`GET /albums/{id}/tracks`: a page of tracks, which do not name their album."""
    window = request.window(LIMITS)
    spotify_id = _known(request.spotify_id, request.world.album_tracks)
    tracks = request.world.album_tracks[spotify_id]
    return _page(request, f"albums/{spotify_id}/tracks", tracks, window, {})


def album(request: ApiRequest) -> Json:
    """`GET /albums/{id}`: an album with the first page of its tracks."""
    spotify_id = _known(request.spotify_id, request.world.albums)
    return _full_album(request, request.world.albums[spotify_id])


def albums(request: ApiRequest) -> Json:
    """`GET /albums?ids=`: up to 20 albums with their first 50 tracks; extended mode only."""
    if request.mode == "development":
        raise ApiError(403, "Forbidden")
    ids = request.query.get("ids", "").split(",")
    if len(ids) > BATCH:
        raise ApiError(400, "Too many ids requested")
    if not all(map(_ID.fullmatch, ids)):
        raise ApiError(400, "Invalid base62 id")
    found = map(request.world.albums.get, ids)
    return {"albums": [each and _full_album(request, each) for each in found]}


def _full_album(request: ApiRequest, album: Json) -> Json:
    _, most = LIMITS
    tracks = request.world.album_tracks[album["id"]]
    page = _page(request, f"albums/{album['id']}/tracks", tracks, (most, 0), {})
    return request.shown(album, without=frozenset({"album_group"})) | {"tracks": page}


def _known(spotify_id: str, things: Mapping[str, object]) -> str:
    if not _ID.fullmatch(spotify_id):
        raise ApiError(400, "Invalid base62 id")
    if spotify_id not in things:
        raise ApiError(404, "Resource not found")
    return spotify_id


def _page(
    request: ApiRequest,
    path: str,
    items: Sequence[Json],
    window: tuple[int, int],
    kept: Mapping[str, str],
) -> Json:
    limit, offset = window

    def at(start: int) -> str:
        return request.address(path, {"offset": start, "limit": limit, **kept})

    total = len(items)
    return {
        "href": at(offset),
        "limit": limit,
        "next": at(offset + limit) if offset + limit < total else None,
        "offset": offset,
        "previous": at(max(0, offset - limit)) if offset else None,
        "total": total,
        "items": [request.shown(item, FULL_ONLY) for item in items[offset : offset + limit]],
    }
