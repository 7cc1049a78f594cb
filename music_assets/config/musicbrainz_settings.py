"""The settings of MusicBrainz, as a part of `Settings`."""

import re
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator
from pydantic_settings import BaseSettings

from music_assets.config.web_addresses import WebAddress

MUSICBRAINZ = "https://musicbrainz.org"
#: What MusicBrainz takes from an address; more, and it blocks the address.
MOST_PER_SECOND = 1.0


def is_musicbrainz(url: str) -> bool:
    """True for an address of MusicBrainz's own servers, whatever their number."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    return host == "musicbrainz.org" or host.endswith(".musicbrainz.org")


def _contact(value: str) -> str:
    # It stands between parentheses in a header.
    if not re.fullmatch(r"[!-'*-~]+", value) or not re.search(r".@.|://.", value):
        raise ValueError("no address of a person")
    if "://" in value and "@" in urlsplit(value).netloc:
        raise ValueError("an address with a login")
    return value


class MusicBrainzSettings(BaseSettings):
    """One field per variable: its alias is the variable's name, its description what that takes."""

    musicbrainz_url: WebAddress = Field(
        MUSICBRAINZ,
        validation_alias="MUSICBRAINZ_URL",
        description=f"a web address such as {MUSICBRAINZ}",
    )
    musicbrainz_contact: Annotated[str, AfterValidator(_contact)] | None = Field(
        None,
        validation_alias="MUSICBRAINZ_CONTACT",
        description="a mail or web address at which you can be reached, such as me@example.com",
    )
    musicbrainz_requests_per_second: float = Field(
        MOST_PER_SECOND,
        gt=0,
        allow_inf_nan=False,
        validation_alias="MUSICBRAINZ_REQUESTS_PER_SECOND",
        description="a number above 0, and at most 1 for MusicBrainz's own address",
    )
    musicbrainz_refresh_days: int = Field(
        90,
        gt=0,
        le=36_500,
        validation_alias="MUSICBRAINZ_REFRESH_DAYS",
        description="a number of days from 1 to 36,500",
    )
    musicbrainz_genres: int = Field(
        10,
        gt=0,
        validation_alias="MUSICBRAINZ_GENRES",
        description="a number of genres above 0, of each artist those with the most votes",
    )
    musicbrainz_search_names: bool = Field(
        False,
        validation_alias="MUSICBRAINZ_SEARCH_NAMES",
        description="true or false",
    )

    musicbrainz_releases: bool = Field(
        False,
        validation_alias="MUSICBRAINZ_RELEASES",
        description="true or false",
    )

    @model_validator(mode="after")
    def _no_faster_than_musicbrainz_takes(self) -> Self:
        rate = self.musicbrainz_requests_per_second
        if rate > MOST_PER_SECOND and is_musicbrainz(self.musicbrainz_url):
            raise ValueError(
                f"MUSICBRAINZ_REQUESTS_PER_SECOND is {rate:g} and MusicBrainz blocks whoever asks "
                "more than once a second; set it to 1 or less, or MUSICBRAINZ_URL to a server of "
                "your own."
            )
        return self
