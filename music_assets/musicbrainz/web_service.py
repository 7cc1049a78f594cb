"""MusicBrainz's web service: each call gives an answer or raises an error with a sentence.

It neither sleeps nor retries, since the pacer decides when to call again.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from importlib.metadata import version
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
from music_assets.musicbrainz.entities import (
    ARTIST,
    MBID,
    RELEASE,
    Entity,
    Json,
    list_in,
    named,
    related,
)
from music_assets.sandbox.bundled import bundled_sandbox

#: Addresses that one call may ask for.
MOST_ADDRESSES = 100
#: Entities that a search gives at most, and the types of those who make records.
MOST_FOUND = 25
OF_MUSICIANS = ("Person", "Group", "Orchestra", "Choir")
TIMEOUT_SECONDS = 30
#: Of the stand-in, which asks for none.
NOBODY = "nobody@sandbox.invalid"
#: Statuses below 500 after which the same call may succeed.
MAY_PASS = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}


class MusicBrainzResource(dg.ConfigurableResource):
    """Access to MusicBrainz or, where the bundled sandbox stands in for Spotify, to its stand-in.

    Attributes:
        url: of the server.
        contact: an address of the person who runs this; without one nothing may be asked.
        requests_per_second: a ceiling; None for none, which MusicBrainz's own address does not get.
        bundled_sandbox: ask the stand-in, which needs neither contact nor pause.
        refresh_days: after which an artist or an album is asked for again.
        search_names: look for artists by name whom no address leads to.
        most_genres: of an artist, those with the most votes.
        releases: ask for albums too.
    """

    url: str = MUSICBRAINZ
    contact: str | None = None
    requests_per_second: float | None = MOST_PER_SECOND
    bundled_sandbox: bool = False
    refresh_days: int = 90
    search_names: bool = False
    most_genres: int = 10
    releases: bool = False

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

    def url_of(self, entity: Entity, spotify_ids: Sequence[str]) -> str:
        """The address at which MusicBrainz says whose or what Spotify's pages are."""
        asked = [("resource", f"{entity.page}{each}") for each in spotify_ids]
        query = urlencode([*asked, ("inc", f"{entity.name}-rels"), ("fmt", "json")], safe=":/")
        return f"{self._url}/url?{query}"

    def entity_url(self, entity: Entity, mbid: str) -> str:
        """The address of an entity with all that is asked for."""
        return f"{self._url}/{entity.name}/{mbid}?inc={entity.told}&fmt=json"

    def known_at(
        self, entity: Entity, spotify_ids: Sequence[str]
    ) -> dict[str, dict[str, str] | None]:
        """The names by MBID of what the page of each of up to 100 ids belongs to, if known.

        None stands for an answer that does not say: unreadable is not unknown.
        """
        try:
            answer = self._get(self.url_of(entity, spotify_ids))
        except NotFound:
            # One address that is unknown gets 404; of several, those that are unknown are skipped.
            return {}
        if len(spotify_ids) == 1 and "urls" not in answer:
            mine = answer.get("resource") == f"{entity.page}{spotify_ids[0]}"
            return {spotify_ids[0]: related(answer, entity) if mine else None}
        urls = list_in(answer, "urls")
        if answer.get("url-count", len(urls)) != len(urls) or (len(spotify_ids) == 1 and not urls):
            raise Temporary("MusicBrainz's answer does not hold all the addresses that it counts.")
        return {
            str(url.get("resource")).removeprefix(entity.page): related(url, entity) for url in urls
        }

    def entity(self, entity: Entity, mbid: str) -> Json | str:
        """An entity, or the MBID that this one was merged into."""
        answer = self._get(self.entity_url(entity, mbid))
        if "merged_into" not in answer and not MBID.fullmatch(str(answer.get("id"))):
            raise Temporary(f"MusicBrainz's answer holds no {entity.name}.")
        return answer.get("merged_into") or answer

    def artists_named(self, name: str) -> dict[str, str]:
        """The names by MBID of the artists that a search for a name finds, best first.

        Characters of books and others who make no records are left out.
        """
        quoted = re.sub(r'(["\\])', r"\\\1", name)
        query = urlencode({"query": f'artist:"{quoted}"', "limit": MOST_FOUND, "fmt": "json"})
        artists = list_in(self._get(f"{self._url}/{ARTIST.name}?{query}"), "artists")
        return named(each for each in artists if each.get("type") in OF_MUSICIANS)

    def titles_of(self, mbid: str) -> list[str]:
        """The titles of an artist's albums, of the first hundred."""
        query = urlencode({"artist": mbid, "limit": 100, "fmt": "json"})
        groups = list_in(self._get(f"{self._url}/release-group?{query}"), "release-groups")
        return [str(group.get("title") or "") for group in groups]

    def releases_with(self, barcode: str) -> dict[str, str]:
        """The MBIDs of the releases with exactly this barcode, each with that of its group.

        A group is one album in all its editions.
        """
        query = urlencode({"query": f"barcode:{barcode}", "limit": MOST_FOUND, "fmt": "json"})
        releases = list_in(self._get(f"{self._url}/{RELEASE.name}?{query}"), "releases")
        found = [each for each in releases if each.get("barcode") == barcode]
        return {mbid: _group_of(each) for each in found for mbid in named([each])}

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
                raise BadRequest("MusicBrainz sent a redirect that leads nowhere.")
            return {"merged_into": found[0]}
        if response.status_code != HTTPStatus.OK:
            raise _meaning(response)
        answer = _json(response)
        if not isinstance(answer, dict):
            raise Temporary("MusicBrainz's answer was cut off, or is a page and no JSON.")
        return answer


def _group_of(release: Json) -> str:
    group = release.get("release-group")
    return str(group.get("id") if isinstance(group, dict) else None)


def _meaning(response: requests.Response) -> CallError:
    """The error that a status means."""
    status, said = response.status_code, _said(response)
    if status == HTTPStatus.NOT_FOUND and isinstance(_json(response), dict):
        return NotFound(f'MusicBrainz does not know this, or no longer ("{said}").')
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
