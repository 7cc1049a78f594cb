"""The query that makes `weekly_album_totals` out of the weekly facts."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from music_assets.schema.tables import (
    SIMULATED,
    tracks,
    weekly_album_totals,
    weekly_downloads,
    weekly_streams,
)

_STREAMS, _DOWNLOADS = weekly_streams.c, weekly_downloads.c


def kind_of(source: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    """The kind of a figure, by its source: `given`, `simulated`, or `unknown`.

    Marts have the same words. The source is unknown in a week that was loaded before it was kept.
    """
    # Parameters would make two expressions that SQL Server does not group by.
    given, simulated, unknown = (
        sa.literal_column(f"'{word}'", sa.String) for word in ("given", SIMULATED, "unknown")
    )
    return sa.case((source.is_(None), unknown), (source == simulated, simulated), else_=given)


def album_totals(weeks: Collection[int]) -> sa.Select[Any]:
    """The rows of `weekly_album_totals` of some WeekIDs, made out of the facts.

    A week is of one kind. Where a file gives one figure and the other is simulated still, such as
    between two loads, the week is given, and what is simulated is left out.
    """
    kinds = _kinds(weeks)
    both = sa.union_all(_streamed(weeks, kinds), _downloaded_only(weeks, kinds)).subquery("figures")
    key = (both.c.WeekID, both.c.AlbumID, both.c.WeekStartDate)
    counts = ("Tracks", "Streams", "Downloads", "StreamFigures")
    sums = (
        sa.cast(sa.func.sum(both.c[name]), weekly_album_totals.c[name].type).label(name)
        for name in counts
    )
    return sa.select(*key, *sums, both.c.Figures).group_by(*key, both.c.Figures)


def _kinds(weeks: Collection[int]) -> sa.Subquery:
    """The kind of each week; the words' order in the alphabet is that of what they are worth."""
    facts = (
        sa.select(fact.WeekID, kind_of(fact.Source).label("Figures")).where(fact.WeekID.in_(weeks))
        for fact in (_STREAMS, _DOWNLOADS)
    )
    found = sa.union_all(*facts).subquery("sources")
    best = sa.func.min(found.c.Figures).label("Figures")
    return sa.select(found.c.WeekID, best).group_by(found.c.WeekID).subquery("kinds")


def _streamed(weeks: Collection[int], kinds: sa.Subquery) -> sa.Select[Any]:
    """The albums' songs that have streams, with or without downloads."""
    key = (_STREAMS.WeekID, tracks.c.AlbumID, _STREAMS.WeekStartDate)
    same = sa.and_(
        _DOWNLOADS.WeekID == _STREAMS.WeekID,
        _DOWNLOADS.SongID == _STREAMS.SongID,
        kind_of(_DOWNLOADS.Source) == kinds.c.Figures,
    )
    return (
        sa.select(
            *key,
            sa.func.count().label("Tracks"),
            sa.func.sum(_STREAMS.WeeklyStreams).label("Streams"),
            sa.func.sum(_DOWNLOADS.TotalWeeklyDownloads).label("Downloads"),
            sa.func.count().label("StreamFigures"),
            kinds.c.Figures,
        )
        .select_from(
            weekly_streams.join(tracks, tracks.c.SongID == _STREAMS.SongID)
            .join(kinds, kinds.c.WeekID == _STREAMS.WeekID)
            .outerjoin(weekly_downloads, same)
        )
        .where(_STREAMS.WeekID.in_(weeks), kind_of(_STREAMS.Source) == kinds.c.Figures)
        .group_by(*key, kinds.c.Figures)
    )


def _downloaded_only(weeks: Collection[int], kinds: sa.Subquery) -> sa.Select[Any]:
    """The albums' songs that have downloads and no streams."""
    key = (_DOWNLOADS.WeekID, tracks.c.AlbumID, _DOWNLOADS.WeekStartDate)
    streamed = sa.exists().where(
        _STREAMS.WeekID == _DOWNLOADS.WeekID,
        _STREAMS.SongID == _DOWNLOADS.SongID,
        kind_of(_STREAMS.Source) == kinds.c.Figures,
    )
    return (
        sa.select(
            *key,
            sa.func.count().label("Tracks"),
            sa.cast(sa.null(), sa.BigInteger).label("Streams"),
            sa.func.sum(_DOWNLOADS.TotalWeeklyDownloads).label("Downloads"),
            sa.literal(0).label("StreamFigures"),
            kinds.c.Figures,
        )
        .select_from(
            weekly_downloads.join(tracks, tracks.c.SongID == _DOWNLOADS.SongID).join(
                kinds, kinds.c.WeekID == _DOWNLOADS.WeekID
            )
        )
        .where(
            _DOWNLOADS.WeekID.in_(weeks), kind_of(_DOWNLOADS.Source) == kinds.c.Figures, ~streamed
        )
        .group_by(*key, kinds.c.Figures)
    )
