"""The query that makes `weekly_album_totals` out of the weekly facts."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from music_assets.schema.tables import tracks, weekly_album_totals, weekly_downloads, weekly_streams


def album_totals(weeks: Collection[int]) -> sa.Select[Any]:
    """The rows of `weekly_album_totals` of some WeekIDs, made out of the facts."""
    both = sa.union_all(_streamed(weeks), _downloaded_only(weeks)).subquery("figures")
    key = (both.c.WeekID, both.c.AlbumID, both.c.WeekStartDate)
    counts = ("Tracks", "Streams", "Downloads", "StreamFigures")
    sums = (
        sa.cast(sa.func.sum(both.c[name]), weekly_album_totals.c[name].type).label(name)
        for name in counts
    )
    return sa.select(*key, *sums).group_by(*key)


def _streamed(weeks: Collection[int]) -> sa.Select[Any]:
    """The albums' songs that have streams, with or without downloads."""
    streams, downloads = weekly_streams.c, weekly_downloads.c
    key = (streams.WeekID, tracks.c.AlbumID, streams.WeekStartDate)
    same = sa.and_(downloads.WeekID == streams.WeekID, downloads.SongID == streams.SongID)
    return (
        sa.select(
            *key,
            sa.func.count().label("Tracks"),
            sa.func.sum(streams.WeeklyStreams).label("Streams"),
            sa.func.sum(downloads.TotalWeeklyDownloads).label("Downloads"),
            sa.func.count().label("StreamFigures"),
        )
        .select_from(
            weekly_streams.join(tracks, tracks.c.SongID == streams.SongID).outerjoin(
                weekly_downloads, same
            )
        )
        .where(streams.WeekID.in_(weeks))
        .group_by(*key)
    )


def _downloaded_only(weeks: Collection[int]) -> sa.Select[Any]:
    """The albums' songs that have downloads and no streams."""
    streams, downloads = weekly_streams.c, weekly_downloads.c
    key = (downloads.WeekID, tracks.c.AlbumID, downloads.WeekStartDate)
    streamed = sa.exists().where(
        streams.WeekID == downloads.WeekID, streams.SongID == downloads.SongID
    )
    return (
        sa.select(
            *key,
            sa.func.count().label("Tracks"),
            sa.cast(sa.null(), sa.BigInteger).label("Streams"),
            sa.func.sum(downloads.TotalWeeklyDownloads).label("Downloads"),
            sa.literal(0).label("StreamFigures"),
        )
        .select_from(weekly_downloads.join(tracks, tracks.c.SongID == downloads.SongID))
        .where(downloads.WeekID.in_(weeks), ~streamed)
        .group_by(*key)
    )
