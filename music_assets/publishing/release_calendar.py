"""New releases as a calendar (RFC 5545): an event of a whole day for each."""

import datetime as dt
from collections.abc import Sequence

from icalendar import Calendar, Event

from music_assets.publishing.new_albums import NewAlbum

NAME = "New releases"


def calendar(albums: Sequence[NewAlbum]) -> bytes:
    """The calendar; the same albums give the same bytes.

    An event is on the day of the release, and where that is not known on the day on which the album
    was first seen.
    """
    made = Calendar()
    made.add("prodid", "-//music-assets//new releases//EN")
    made.add("version", "2.0")
    made.add("name", NAME)
    made.add("x-wr-calname", NAME)
    for album in albums:
        made.add_component(_event(album))
    return bytes(made.to_ical())


def _event(album: NewAlbum) -> Event:
    told = dt.datetime.combine(album.told, dt.time(), dt.UTC)
    event = Event()
    event.add("uid", str(album.uuid))
    event.add("dtstamp", told)
    event.add("last-modified", told)
    event.add("dtstart", album.released or album.new)
    event.add("summary", album.title)
    event.add("description", ", ".join(album.facts))
    event.add("url", album.address)
    event.add("transp", "TRANSPARENT")
    if album.kind:
        event.add("categories", [album.kind])
    return event
