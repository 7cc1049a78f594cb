"""The songs that fictional listening and charts are made of.

They are a catalogue's, by artists who are followed, and those of invented artists whom nobody
follows, as most songs are that are heard and charted.
"""

from functools import cache

import polars as pl

from music_assets.sandbox.naming import Ids, digest_of
from music_assets.sandbox.phrases import believable

#: The columns of a catalogue; `tracks` and `artists` have them.
COLUMNS = ("SongID", "Title", "ArtistName", "AlbumName", "DurationInSeconds")
#: Artists whom nobody follows, the songs of each, and those on one album.
STRANGERS, SONGS_OF_EACH, SONGS_PER_ALBUM = 64, 40, 10
#: The length of a song of which the catalogue does not know it.
USUAL_SECONDS = 200.0


def repertoire(catalogue: pl.DataFrame, seed: int) -> pl.DataFrame:
    """All songs, each once: the columns of a catalogue, and `Followed`.

    Args:
        catalogue: rows with `COLUMNS`. A song without an id, a title or an artist is left out, and
            one that stands there with several artists is the first one's.
        seed: another seed gives other songs by artists whom nobody follows.
    """
    known = (
        catalogue.select(COLUMNS)
        .drop_nulls(["SongID", "Title", "ArtistName"])
        .with_columns(pl.col("DurationInSeconds").cast(pl.Float64).fill_null(USUAL_SECONDS))
        .sort("SongID", "ArtistName")
        .unique("SongID", keep="first", maintain_order=True)
        .with_columns(Followed=pl.lit(True))
    )
    others = strangers(seed).join(known, on="ArtistName", how="anti")
    return pl.concat([known, others.with_columns(Followed=pl.lit(False))]).sort(
        "ArtistName", "SongID"
    )


@cache
def strangers(seed: int) -> pl.DataFrame:
    """The songs of artists whom nobody follows, among them the guests on a world's tracks."""
    ids = Ids(seed, "stranger")
    return pl.DataFrame(
        [_song(ids, seed, position) for position in range(STRANGERS * SONGS_OF_EACH)],
        schema=COLUMNS,
        orient="row",
    )


def _song(ids: Ids, seed: int, position: int) -> tuple[str, str, str, str, float]:
    digest = digest_of(seed, "stranger", position)
    return (
        ids.at(position),
        believable("track", digest),
        believable("artist", digest_of(seed, "guest", position // SONGS_OF_EACH)),
        believable("album", digest_of(seed, "stranger album", position // SONGS_PER_ALBUM)),
        (120_000 + int.from_bytes(digest[8:11]) % 180_000) / 1_000,
    )
