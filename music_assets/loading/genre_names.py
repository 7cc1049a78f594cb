"""Genres of two sources: names that mean the same are one genre, with the spelling first seen."""

from collections.abc import Iterable, Mapping, Sequence

import polars as pl
import sqlalchemy as sa

from music_assets.landing.subjects import Artists, folded
from music_assets.loading.catalogue_loads import newest
from music_assets.loading.loader import Loader, Unite
from music_assets.schema import tables


class Spellings:
    """The spelling of each genre, to be asked by any other spelling of it.

    Args:
        stored: the names in the table, by GenreID: where two mean the same, the first counts.
    """

    def __init__(self, stored: Iterable[str]) -> None:
        self._first: dict[str, str] = {}
        for name in stored:
            self._first.setdefault(folded(name), name)

    def of(self, name: str) -> str:
        """The spelling of a genre; this one, without blanks around it, if it is the first."""
        return self._first.setdefault(folded(name), " ".join(name.split()))


def unite_names(loader: Loader, most: int) -> Unite:
    """Makes the rows of `genres` of the names that both sources give, Spotify's first.

    Args:
        loader: reads what is stored.
        most: genres of an artist that count at MusicBrainz.
    """
    names = sa.select(tables.genres.c.Name).order_by(tables.genres.c.GenreID)
    spellings = Spellings(loader.database.read(names)["Name"])

    def unite(given: Sequence[pl.LazyFrame]) -> pl.LazyFrame:
        spotify, musicbrainz = (each.collect() for each in given)
        voted = most_voted(musicbrainz, most).drop_nulls("Genre")
        by_votes = voted.sort("Votes", "Genre", descending=[True, False])
        every = [*spotify["Name"].sort(), *by_votes["Genre"]]
        once = dict.fromkeys(spellings.of(name) for name in every)
        return pl.LazyFrame({"Name": sorted(once)}, schema={"Name": pl.String})

    return unite


def unite_genres(loader: Loader, most: int) -> Unite:
    """Makes the rows of `artist_genres` of what both sources give.

    The genres that a source has given before stay where it does not say anything: silence is not
    "none". A genre that both give is Spotify's. An artist whom MusicBrainz was asked for and does
    not know has none of it.

    Args:
        loader: reads what is stored, and who is not known.
        most: genres of an artist that count at MusicBrainz, those with the most votes.
    """
    genres = loader.database.read(sa.select(tables.genres).order_by(tables.genres.c.GenreID))
    ids = dict(genres.select("Name", "GenreID").iter_rows())
    spellings = Spellings(ids)
    # Two that mean the same, of before this was looked at, count as the first.
    first = {number: ids[spellings.of(name)] for name, number in ids.items()}
    stored = loader.database.read(sa.select(tables.artist_genres))

    def unite(given: Sequence[pl.LazyFrame]) -> pl.LazyFrame:
        came = _said(loader, *(each.collect() for each in given), most=most)
        names = came["Genre"].unique().drop_nulls()
        known = {name: ids[spelt] for name in names if (spelt := spellings.of(name)) in ids}
        numbered = came.with_columns(GenreID=_in(known, "Genre"))
        rows = numbered.filter(pl.col("Genre").is_null() | pl.col("GenreID").is_not_null())
        silent = stored.join(came, on=["ArtistID", "Source"], how="anti")
        kept = silent.filter(pl.col("ArtistID").is_in(came["ArtistID"].unique().implode()))
        merged = kept.with_columns(GenreID=_in(first, "GenreID"))
        every = pl.concat(
            [rows.select(stored.columns), merged.select(stored.columns)], how="vertical_relaxed"
        )
        # `spotify` comes after `musicbrainz` in the alphabet.
        order = every.sort("Source", "Votes", descending=True, nulls_last=True)
        return order.unique(["ArtistID", "GenreID"], keep="first", maintain_order=True).lazy()

    return unite


def _said(
    loader: Loader, spotify: pl.DataFrame, musicbrainz: pl.DataFrame, *, most: int
) -> pl.DataFrame:
    """Each artist's genres by name and source; a null for one who is said to have none."""
    followed = loader.database.read(sa.select(tables.artists.c.ArtistID))
    unknown = pl.DataFrame({"ArtistID": unmatched(loader)}, schema={"ArtistID": pl.String})
    voted = pl.concat([most_voted(musicbrainz, most), unknown], how="diagonal")
    # Nobody may have asked MusicBrainz since an artist left the list.
    of_ours = voted.join(followed, on="ArtistID", how="semi")
    return pl.concat(
        [
            spotify.with_columns(Votes=pl.lit(None, pl.Int64), Source=pl.lit("spotify")),
            of_ours.with_columns(Source=pl.lit("musicbrainz")),
        ]
    )


def _in(numbers: Mapping[object, int], column: str) -> pl.Expr:
    return pl.col(column).replace_strict(dict(numbers), default=None, return_dtype=pl.Int64)


def unmatched(loader: Loader) -> list[str]:
    """The artists whom MusicBrainz was asked for and does not know."""
    ingest = newest(loader, Artists.kind, is_optional=True)
    return [artist for artist, count in ingest.manifest.fetched.items() if not count]


def most_voted(voted: pl.DataFrame, most: int) -> pl.DataFrame:
    """The genres with the most votes of each artist, each once; a row without a genre stays."""
    same = pl.col("Genre").replace_strict(
        {name: folded(name) for name in voted["Genre"].drop_nulls().unique()},
        default=None,
        return_dtype=pl.String,
    )
    order = voted.with_columns(Same=same).sort("ArtistID", -pl.col("Votes").fill_null(0), "Genre")
    once = order.unique(["ArtistID", "Same"], keep="first", maintain_order=True)
    return once.group_by("ArtistID", maintain_order=True).head(most).drop("Same")
