"""MusicBrainz's web service: each call gives an answer or raises an error with a sentence.

It neither sleeps nor retries, since the pacer decides when to call again.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from importlib.metadata import version
from typing import Any
from urllib.parse import urlencode, urlsplit

import dagster as dg
import requests

from music_assets.calls.call_errors import (
    BadRequest,
    CallError,
    Forbidden,
    NotFound,
    RateLimited,
    Temporary,
)
from music_assets.calls.pacing import LONGEST_PAUSE_SECONDS
from music_assets.calls.wording import pause_of, quotable
from music_assets.config.musicbrainz_settings import MOST_PER_SECOND, MUSICBRAINZ, is_musicbrainz
from music_assets.config.redaction import guard_credentials
from music_assets.sandbox.bundled import bundled_sandbox

Json = dict[str, Any]

SPOTIFY_ARTIST = "https://open.spotify.com/artist/"
#: Addresses that one call may ask for.
MOST_ADDRESSES = 100
#: Artists that a search gives at most, and the types of those who make records.
MOST_FOUND = 25
OF_MUSICIANS = ("Person", "Group", "Orchestra", "Choir")
TIMEOUT_SECONDS = 30
#: Of the stand-in, which asks for none.
NOBODY = "nobody@sandbox.invalid"
#: Statuses below 500 after which the same call may succeed.
MAY_PASS = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
MBID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class MusicBrainzResource(dg.ConfigurableResource):
    """Access to MusicBrainz or, where the bundled sandbox stands in for Spotify, to its stand-in.

    Attributes:
        url: of the server.
        contact: an address of the person who runs this; without one nothing may be asked.
        requests_per_second: a ceiling; None for none, which MusicBrainz's own address does not get.
        bundled_sandbox: ask the stand-in, which needs neither contact nor pause.
        refresh_days: after which an artist is asked for again.
        search_names: look for artists by name whom no address leads to.
        most_genres: of an artist, those with the most votes.
    """

    url: str = MUSICBRAINZ
    contact: str | None = None
    requests_per_second: float | None = MOST_PER_SECOND
    bundled_sandbox: bool = False
    refresh_days: int = 90
    search_names: bool = False
    most_genres: int = 10

    @property
    def address(self) -> str:
        """The name under which calls are counted and paced: the server's."""
        server = urlsplit(self.url)
        named = f"{server.hostname}" + (f":{server.port}" if server.port else "")
        return "sandbox" if self.bundled_sandbox else named

    @property
    def may_ask(self) -> bool:
        """True if it is known whom MusicBrainz is to write to."""
        return self.bundled_sandbox or self.contact is not None

    @property
    def ceiling(self) -> float | None:
        """The most calls a second; None for any number."""
        if self.bundled_sandbox:
            return None
        if is_musicbrainz(self.url):
            return min(self.requests_per_second or MOST_PER_SECOND, MOST_PER_SECOND)
        return self.requests_per_second

    @contextmanager
    def service(self) -> Iterator["WebService"]:
        """The web service, for as long as the `with` block lasts."""
        if self.bundled_sandbox:
            with bundled_sandbox() as url, self._service(url) as service:
                yield service
        else:
            with self._service(self.url) as service:
                yield service

    @contextmanager
    def _service(self, url: str) -> Iterator["WebService"]:
        guard_credentials()
        with requests.Session() as session:
            said = f"music_assets/{version('music-assets')} ( {self.contact or NOBODY} )"
            session.headers.update({"User-Agent": said, "Accept": "application/json"})
            yield WebService(session, url)


class WebService:
    """The calls that this project makes. Every method raises `CallError`, and nothing else."""

    def __init__(self, session: requests.Session, url: str) -> None:
        self._session = session
        self._url = f"{url}/ws/2"

    def url_of(self, artist_ids: Sequence[str]) -> str:
        """The address at which MusicBrainz says whose Spotify pages these are."""
        asked = [("resource", f"{SPOTIFY_ARTIST}{each}") for each in artist_ids]
        query = urlencode([*asked, ("inc", "artist-rels"), ("fmt", "json")], safe=":/")
        return f"{self._url}/url?{query}"

    def artist_url(self, mbid: str) -> str:
        """The address of an artist with genres."""
        return f"{self._url}/artist/{mbid}?inc=genres+tags&fmt=json"

    def artists_of(self, artist_ids: Sequence[str]) -> dict[str, dict[str, str]]:
        """The names by MBID of the artists whose page each of up to 100 ids is, if any."""
        try:
            answer = self._get(self.url_of(artist_ids))
        except NotFound:
            # One address that is unknown gets 404; of several, those that are unknown are skipped.
            return {}
        if len(artist_ids) == 1 and "urls" not in answer:
            return {artist_ids[0]: _artists_in(answer)}
        return {
            str(url.get("resource")).removeprefix(SPOTIFY_ARTIST): _artists_in(url)
            for url in _list_in(answer, "urls")
        }

    def artist(self, mbid: str) -> Json | str:
        """An artist with genres, or the MBID that this one was merged into."""
        answer = self._get(self.artist_url(mbid))
        if "merged_into" not in answer and not MBID.fullmatch(str(answer.get("id"))):
            raise Temporary("MusicBrainz's answer holds no artist.")
        return answer.get("merged_into") or answer

    def artists_named(self, name: str) -> dict[str, str]:
        """The names by MBID of the artists that a search for a name finds, best first.

        Characters of books and others who make no records are left out.
        """
        quoted = re.sub(r'(["\\])', r"\\\1", name)
        query = urlencode({"query": f'artist:"{quoted}"', "limit": MOST_FOUND, "fmt": "json"})
        artists = _list_in(self._get(f"{self._url}/artist?{query}"), "artists")
        return _named([each for each in artists if each.get("type") in OF_MUSICIANS])

    def titles_of(self, mbid: str) -> list[str]:
        """The titles of an artist's albums, of the first hundred."""
        query = urlencode({"artist": mbid, "limit": 100, "fmt": "json"})
        groups = _list_in(self._get(f"{self._url}/release-group?{query}"), "release-groups")
        return [str(group.get("title") or "") for group in groups]

    def _get(self, url: str) -> Json:
        try:
            response = self._session.get(url, timeout=TIMEOUT_SECONDS, allow_redirects=False)
        except requests.RequestException as error:
            said = type(error).__name__
            raise Temporary(f"The connection to MusicBrainz failed: {said}.") from None
        if response.is_redirect:
            # Followed by nobody but the pacer: it is another call.
            found = MBID.findall(response.headers["Location"])
            if len(found) != 1 or found[0] in url:
                raise BadRequest("MusicBrainz sent a redirect that leads to no artist.")
            return {"merged_into": found[0]}
        if response.status_code != HTTPStatus.OK:
            raise _meaning(response)
        answer = _json(response)
        if not isinstance(answer, dict):
            raise Temporary("MusicBrainz's answer was cut off, or is a page and no JSON.")
        return answer


def _artists_in(url: Json) -> dict[str, str]:
    relations = url.get("relations")
    artists = [
        relation["artist"]
        for relation in (relations if isinstance(relations, list) else [])
        if isinstance(relation, dict) and isinstance(relation.get("artist"), dict)
    ]
    return _named(artists)


def _named(artists: list[Json]) -> dict[str, str]:
    return {
        artist["id"]: str(artist.get("name") or "")
        for artist in artists
        if MBID.fullmatch(str(artist.get("id")))
    }


def _list_in(answer: Json, name: str) -> list[Json]:
    """The objects of a list in an answer."""
    found = answer.get(name)
    if not isinstance(found, list):
        raise Temporary(f"MusicBrainz's answer holds no list of {name}.")
    return [each for each in found if isinstance(each, dict)]


def _meaning(response: requests.Response) -> CallError:
    """The error that a status means."""
    status, said = response.status_code, _said(response)
    if status == HTTPStatus.NOT_FOUND and isinstance(_json(response), dict):
        return NotFound(f'MusicBrainz knows no such artist, or no longer ("{said}").')
    if status == HTTPStatus.FORBIDDEN:
        return Forbidden(
            f'MusicBrainz lets this address ask nothing ("{said}"). It blocks addresses that ask '
            "more than once a second: see that nothing else here does, and that "
            "MUSICBRAINZ_CONTACT is yours, and run again in some hours."
        )
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in MAY_PASS:
        pause = pause_of(response, 0.0)
        if pause > LONGEST_PAUSE_SECONDS:
            return RateLimited(pause, quota=False, said=said, server="MusicBrainz")
        return Temporary(f'MusicBrainz answered {status} ("{said}").', pause)
    return BadRequest(
        f'MusicBrainz refused the request ({status}, "{said}"); see that MUSICBRAINZ_URL is an '
        "address of it."
    )


def _said(response: requests.Response) -> str:
    """MusicBrainz's own words, or those of the status where a page came from a gateway."""
    answer = _json(response)
    said = answer.get("error") if isinstance(answer, dict) else None
    return quotable(said if isinstance(said, str) else str(response.reason))


def _json(response: requests.Response) -> object:
    """The value in an answer; None where there is none."""
    try:
        return response.json()
    except (ValueError, RecursionError):
        return None
