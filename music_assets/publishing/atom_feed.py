"""New releases as an Atom feed (RFC 4287)."""

import datetime as dt
import html
import uuid
from collections.abc import Sequence
from typing import Any

from feedgenerator import Atom1Feed

from music_assets.publishing.new_albums import NewAlbum

TITLE = "New releases of the artists you follow"
SPOTIFY = "https://open.spotify.com/"
#: When a feed without entries was changed last.
NEVER = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class _Feed(Atom1Feed):  # type: ignore[misc]
    """The library's feed, with several authors of an entry, and no look at the clock."""

    def latest_post_date(self) -> dt.datetime:
        return max((item["updateddate"] for item in self.items), default=NEVER)

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:  # noqa: ANN401
        super().add_item_elements(handler, item)
        for name in item["authors"]:
            handler.startElement("author", {})
            handler.addQuickElement("name", name)
            handler.endElement("author")


def atom(albums: Sequence[NewAlbum]) -> bytes:
    """The feed; the same albums give the same bytes.

    An entry's `updated` is the first day on which it could be told, since nobody notes when an
    album's row was changed.
    """
    feed = _Feed(
        TITLE,
        SPOTIFY,
        None,
        feed_guid=uuid.uuid5(uuid.NAMESPACE_URL, f"{SPOTIFY}album").urn,
        author_name="music-assets",
    )
    for album in albums:
        feed.add_item(
            album.title,
            album.address,
            _summary(album),
            unique_id=album.uuid.urn,
            updateddate=_midnight(album.told),
            categories=[album.kind] if album.kind else (),
            authors=album.artists,
        )
    return str(feed.writeString("utf-8")).encode()


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)


def _summary(album: NewAlbum) -> str:
    """The facts as HTML, with the cover."""
    facts = html.escape(", ".join(album.facts))
    cover = f'<p><img src="{html.escape(album.cover)}" alt=""></p>' if album.cover else ""
    return f"{cover}<p>{facts}</p>"
