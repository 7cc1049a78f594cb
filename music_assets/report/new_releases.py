"""New this week: the albums of followed artists that were released in a week."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from music_assets.report.mart_rows import Reader, Row
from music_assets.schema import tables
from music_assets.weeks import Week


def new_by_week(read: Reader, first: dt.date, *, pictures: bool) -> Mapping[Week, Sequence[Row]]:
    """The albums whose day of release is known and not before a day, by week, newest first.

    Args:
        read: the reader.
        first: the day.
        pictures: False where the covers' addresses are invented and lead nowhere.
    """
    album = tables.albums.c
    cover = album.CoverURL if pictures else sa.null().label("CoverURL")
    query = (
        sa.select(album.AlbumID, album.AlbumName, album.AlbumType, album.ReleaseDate, cover)
        .where(album.ReleaseDatePrecision == "day", album.ReleaseDate >= first)
        .order_by(album.ReleaseDate.desc(), album.AlbumID)
    )
    found: dict[Week, list[Row]] = defaultdict(list)
    for row in read.rows(query):
        found[Week.of(row["ReleaseDate"])].append(row)
    return found
