"""The client of the Spotify Web API: each call gives a page or raises an error with a sentence.

Spotipy makes the requests, on a session that neither sleeps nor retries, since
`music_assets.calls.pacing` decides when to call again. One client serves all threads.
"""

from collections.abc import Callable, Sequence
from typing import Any

import requests
import spotipy

from music_assets.calls.call_errors import (
    BadRequest,
    CallError,
    NoContent,
    Temporary,
    Unauthorised,
)
from music_assets.spotify.tokens import Tokens
from music_assets.transforms.rows import Page

TIMEOUT_SECONDS = 30
#: The plays that Spotify remembers, and the most of a page.
PLAYS_KEPT = 50


class SpotifyClient:
    """The calls that this project makes. Safe to use from many threads.

    Every method raises `CallError` or one of its kinds, and nothing else.
    """

    def __init__(self, session: requests.Session, api: str, tokens: Tokens) -> None:
        self._tokens = tokens
        self._spotify = spotipy.Spotify(
            auth_manager=tokens, requests_session=session, requests_timeout=TIMEOUT_SECONDS
        )
        self._spotify.prefix = f"{api}/v1/"

    def followed_artists(self, *, limit: int, after: str | None = None) -> Page:
        """A page of the artists that the user follows, those that come after an artist's id."""
        answer = self._call(self._spotify.current_user_followed_artists, limit=limit, after=after)
        if not isinstance(answer.get("artists"), dict):
            raise Temporary("Spotify's answer holds no page of artists.")
        return dict(answer["artists"])

    def recently_played(self) -> Page:
        """The page of the newest plays, with all of them that Spotify remembers.

        It is asked for without a cursor: Spotify lists some plays hours late, at their place among
        earlier ones, and these do not come after the newest that is known.
        """
        try:
            page = self._call(self._spotify.current_user_recently_played, limit=PLAYS_KEPT)
        except NoContent:  # in a private session
            return {"items": []}
        if not isinstance(page.get("items"), list):
            raise Temporary("Spotify's answer holds no list of plays.")
        return page

    def artist_albums(self, artist_id: str, *, limit: int, offset: int) -> Page:
        """A page of an artist's own albums, singles and compilations."""
        return self._call(
            self._spotify.artist_albums,
            artist_id,
            include_groups="album,single,compilation",
            limit=limit,
            offset=offset,
        )

    def album(self, album_id: str) -> Page:
        """An album with the first page of its tracks."""
        return self._call(self._spotify.album, album_id)

    def album_tracks(self, album_id: str, *, limit: int, offset: int) -> Page:
        """A page of an album's tracks."""
        return self._call(self._spotify.album_tracks, album_id, limit=limit, offset=offset)

    def albums(self, album_ids: Sequence[str]) -> list[Page | None]:
        """Up to 20 albums in the order of their ids, each with its first page of tracks.

        None stands for an album that Spotify does not know.
        """
        albums = self._call(self._spotify.albums, list(album_ids)).get("albums")
        if not isinstance(albums, list) or len(albums) != len(album_ids):
            raise Temporary("Spotify's answer does not hold the albums that were asked for.")
        return albums

    def _call(self, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Page:  # noqa: ANN401
        token = self._tokens.get_access_token()
        try:
            return _asked(method, *args, **kwargs)
        except Unauthorised:
            self._tokens.renew(stale=token)
        return _asked(method, *args, **kwargs)


def _asked(method: Callable[..., Any], *args: Any, **kwargs: Any) -> Page:  # noqa: ANN401
    try:
        answer = method(*args, **kwargs)
    except CallError as error:
        # Without its context, which holds the request and its token.
        raise error from None
    except spotipy.SpotifyException as error:
        # Spotipy's own check of the arguments, before any request.
        raise BadRequest(f"This cannot be asked for: {str(error.msg).strip(' .')}.") from None
    except RecursionError:
        raise Temporary("Spotify's answer is nested too deeply to be read.") from None
    except requests.RequestException as error:
        raise Temporary(f"The connection to Spotify failed: {type(error).__name__}.") from None
    if not isinstance(answer, dict):
        # Spotipy returns None for a 200 whose body is no JSON.
        raise Temporary("Spotify's answer was cut off.")
    return answer
