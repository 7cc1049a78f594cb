"""Entities of MusicBrainz that pages of Spotify's lead to, and how its answers name them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from music_assets.calls.call_errors import Temporary

Json = dict[str, Any]

MBID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Entity:
    """A kind of thing at MusicBrainz.

    Attributes:
        name: in addresses and answers.
        page: the beginning of the address of its page at Spotify.
        told: the parts of one that are asked for.
    """

    name: str
    page: str
    told: str


ARTIST = Entity("artist", "https://open.spotify.com/artist/", "genres+tags")
#: One edition of an album.
RELEASE = Entity("release", "https://open.spotify.com/album/", "labels+release-groups")


def related(url: Json, entity: Entity) -> dict[str, str] | None:
    """The names by MBID of the entities whose address this is; None where that is not said."""
    relations = url.get("relations")
    if not isinstance(relations, list):
        return None
    return named(
        relation[entity.name]
        for relation in relations
        if isinstance(relation, dict) and isinstance(relation.get(entity.name), dict)
    )


def named(entities: Iterable[Json]) -> dict[str, str]:
    """The names by MBID; a release's is its title."""
    return {
        each["id"]: str(each.get("name") or each.get("title") or "")
        for each in entities
        if MBID.fullmatch(str(each.get("id")))
    }


def list_in(answer: Json, name: str) -> list[Json]:
    """The objects of a list in an answer.

    Raises:
        Temporary: the answer has no such list.
    """
    found = answer.get(name)
    if not isinstance(found, list):
        raise Temporary(f"MusicBrainz's answer holds no list of {name}.")
    return [each for each in found if isinstance(each, dict)]
