"""The tables, the one source of the schema: those that are loaded, and a rollup of two of them.

`table_parts` says what all have in common.
"""

from music_assets.schema.catalogue_tables import (
    albums,
    artist_albums,
    artist_genres,
    artists,
    genres,
    tracks,
)
from music_assets.schema.table_parts import metadata
from music_assets.schema.tables_of_files import (
    chart_entries,
    listened_songs,
    monthly_sales,
    plays,
)
from music_assets.schema.weekly_tables import (
    MEASURES,
    SIMULATED,
    weekly_album_totals,
    weekly_downloads,
    weekly_streams,
)

__all__ = [
    "MEASURES",
    "SIMULATED",
    "albums",
    "artist_albums",
    "artist_genres",
    "artists",
    "chart_entries",
    "genres",
    "listened_songs",
    "metadata",
    "monthly_sales",
    "plays",
    "tracks",
    "weekly_album_totals",
    "weekly_downloads",
    "weekly_streams",
]

#: The tables of which the data versions are kept per week.
WEEKLY = (weekly_streams, weekly_downloads, weekly_album_totals, plays, chart_entries)
