"""Follow lists as people have them: pages of Spotify's, a library, or a text of addresses.

`YourLibrary.json` comes with the account data that Spotify sends on request, in a zip, and names
everybody that a person follows.
"""

import codecs
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from music_assets.landing.follow_inbox import FollowList, read_follow_list
from music_assets.landing.ingests import IngestError
from music_assets.landing.listening_archives import Member, members_of
from music_assets.landing.pages import Reject, ids, sound_page
from music_assets.landing.spotify_ids import spotify_id
from music_assets.transforms.catalogue import artists

LIBRARY = re.compile(r"YourLibrary\d*\.json", re.IGNORECASE)
#: A text in which a line begins like this is JSON.
_JSON = re.compile(rb"^\s*(?:\xef\xbb\xbf)?[{\[]", re.MULTILINE)
_COMMENT = re.compile(r"(?:^|\s)#.*")
NO_ADDRESS = "{} is neither an artist's URI (spotify:artist:…) nor a link to one"
#: Characters of a line in a sentence.
LONGEST_SHOWN = 60


def follow_list_in(file: Path) -> FollowList:
    """The follow list in a person's file.

    Raises:
        IngestError: nothing in it can be read, it names no artist, or it is no zip to take.
    """
    with members_of(file, str(file)) as members:
        member = _list_among(members, str(file))
        content = member.read()
    if content.strip() and not _JSON.search(content):
        return _text(content, str(file))
    entries = _library(content)
    return read_follow_list(content, str(file)) if entries is None else _of(entries, str(file))


def _list_among(members: Sequence[Member], name: str) -> Member:
    """The member that holds the list: a file's only one, or an archive's library."""
    libraries = [each for each in members if LIBRARY.fullmatch(each.name)]
    if len(libraries) == 1:
        return libraries[0]
    if len(members) == 1 and not libraries:
        return members[0]
    told = "no YourLibrary.json" if not libraries else "several files called YourLibrary.json"
    raise IngestError(f"{name} holds {told}, so nothing was changed; give the file itself.")


def _library(content: bytes) -> list[Any] | None:
    """The artists of a library, as it lists them; None for any other document."""
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    listed = document.get("artists") if isinstance(document, dict) else None
    return listed if isinstance(listed, list) else None


def _of(entries: Sequence[Any], name: str) -> FollowList:
    """A library's artists. All of them are there, so the list is whole unless one is unreadable."""
    items, rejects = list[Any](), list[Reject]()
    for number, entry in enumerate(entries, start=1):
        told = entry if isinstance(entry, dict) else {}
        uri, called = told.get("uri"), told.get("name")
        identity = spotify_id(uri, "artist") if isinstance(uri, str) else None
        if identity is None:
            why = NO_ADDRESS.format(_shown(uri))
            rejects.append(Reject(number, f"its uri {why}", _shown(entry)))
        else:
            # A name that is not told is unknown, and not empty.
            named = called if isinstance(called, str) and called.strip() else None
            items.append({"id": identity, "name": named})
    distinct = len({each["id"] for each in items})
    return _list(items, rejects, name, unit="Artist", total=distinct + len(rejects))


def _text(content: bytes, name: str) -> FollowList:
    """The artists of a text, one on each line. It may be any part of the whole."""
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = content.decode("utf-16" if wide else "utf-8-sig", "replace")
    items, rejects = list[Any](), list[Reject]()
    for number, line in enumerate(text.splitlines(), start=1):
        address = _COMMENT.sub("", line).strip()
        identity = spotify_id(address, "artist")
        if identity:
            items.append({"id": identity, "name": None})
        elif address:
            rejects.append(Reject(number, NO_ADDRESS.format(_shown(address)), address))
    return _list(items, rejects, name, unit="Line")


def _list(
    items: list[Any], rejects: list[Reject], name: str, *, unit: str, total: int | None = None
) -> FollowList:
    if not items:
        why = f": {unit.lower()} {rejects[0].line}, {rejects[0].reason}" if rejects else ""
        raise IngestError(f"The list in {name} names no artist, so nothing was changed{why}.")
    page, unreadable = sound_page({"items": items, "total": total}, artists)
    pages = [page] if page else []
    return FollowList(pages, ids(pages, artists), rejects + unreadable, name, unit)


def _shown(value: object) -> str:
    return "absent" if value is None else f"'{str(value)[:LONGEST_SHOWN]}'"
