"""Genres of two sources: names that mean the same are one genre, with the spelling first seen."""

import unicodedata
from collections.abc import Iterable, Sequence

import polars as pl
import sqlalchemy as sa

from music_assets.loading.loader import Loader, Unite
from music_assets.schema import tables


def fold(name: str) -> str:
    """A name without the differences of case, of Unicode's forms and of blanks around it."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return " ".join(plain.split())


class Spellings:
    """The spelling of each genre, to be asked by any other spelling of it.

    Args:
        stored: the names in the table, by GenreID. Where two mean the same, each keeps its own
            spelling, and others get the first.
    """

    def __init__(self, stored: Iterable[str]) -> None:
        self._stored = set[str]()
        self._first: dict[str, str] = {}
        for name in stored:
            self._stored.add(name)
            self._first.setdefault(fold(name), name)

    def of(self, name: str) -> str:
        """The spelling of a genre; this one, if it is the first."""
        return name if name in self._stored else self._first.setdefault(fold(name), name)


def unite_names(loader: Loader) -> Unite:
    """Makes the rows of `genres` of the names that both sources give, Spotify's first."""
    spellings = _stored_spellings(loader)

    def unite(given: Sequence[pl.LazyFrame]) -> pl.LazyFrame:
        spotify, musicbrainz = given
        columns = (spotify.select("Name"), musicbrainz.select(Name="Genre").drop_nulls())
        names = [name for each in columns for name in each.unique().sort("Name").collect()["Name"]]
        once = dict.fromkeys(spellings.of(name) for name in names)
        return pl.LazyFrame({"Name": sorted(once)}, schema={"Name": pl.String})

    return unite


def unite_genres(loader: Loader) -> Unite:
    """Makes the rows of `artist_genres` of what both sources give.

    The genres that a source has given before stay where it does not say anything: silence is not
    "none". A genre that both give is Spotify's.
    """
    genres = loader.database.read(sa.select(tables.genres).order_by(tables.genres.c.GenreID))
    ids = dict(genres.select("Name", "GenreID").iter_rows())
    spellings = Spellings(ids)
    stored = loader.database.read(sa.select(tables.artist_genres))
    followed = loader.database.read(sa.select(tables.artists.c.ArtistID))

    def unite(given: Sequence[pl.LazyFrame]) -> pl.LazyFrame:
        spotify, musicbrainz = (each.collect() for each in given)
        # Nobody may have asked MusicBrainz since an artist left the list.
        musicbrainz = musicbrainz.join(followed, on="ArtistID", how="semi")
        came = pl.concat(
            [
                spotify.with_columns(Votes=pl.lit(None, pl.Int64), Source=pl.lit("spotify")),
                musicbrainz.with_columns(Source=pl.lit("musicbrainz")),
            ]
        )
        names = came["Genre"].unique().drop_nulls()
        known = {name: ids[spelt] for name in names if (spelt := spellings.of(name)) in ids}
        numbered = came.with_columns(
            GenreID=pl.col("Genre").replace_strict(known, default=None, return_dtype=pl.Int64)
        )
        rows = numbered.filter(pl.col("Genre").is_null() | pl.col("GenreID").is_not_null())
        silent = stored.join(came, on=["ArtistID", "Source"], how="anti")
        kept = silent.filter(pl.col("ArtistID").is_in(came["ArtistID"].unique().implode()))
        every = pl.concat(
            [rows.select(stored.columns), kept.select(stored.columns)], how="vertical_relaxed"
        )
        # `spotify` comes after `musicbrainz` in the alphabet.
        order = every.sort("Source", "Votes", descending=True, nulls_last=True)
        return order.unique(["ArtistID", "GenreID"], keep="first", maintain_order=True).lazy()

    return unite


def _stored_spellings(loader: Loader) -> Spellings:
    names = sa.select(tables.genres.c.Name).order_by(tables.genres.c.GenreID)
    return Spellings(loader.database.read(names)["Name"])
