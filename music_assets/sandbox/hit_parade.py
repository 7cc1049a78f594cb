"""Fictional charts: a region's 200 songs of a week, in the file that Spotify Charts lets download.

A song's career is a function of the seed, the region and the song: a week in which it comes out, a
rise, a peak and a decline. Its place in a week follows from the careers of all, so the files of
successive weeks agree with each other, and each can be made alone.
"""

import csv
import datetime as dt
import io
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from music_assets.sandbox.draws import hashes_of, uniform
from music_assets.sandbox.members import label_of
from music_assets.sandbox.naming import digest_of
from music_assets.sandbox.repertoire import repertoire
from music_assets.weeks import Week

#: The regions that have charts, each with the weekly streams of a song of no particular appeal.
REGIONS = {"global": 6_000_000, "nl": 130_000}
PLACES = 200
HEADER = "rank,uri,artist_names,track_name,source,peak_rank,previous_rank,weeks_on_chart,streams"
#: Weeks after which a song may come out again, and is counted anew. No career is half as long.
CYCLE = 104
SHORTEST, LONGEST = 4, 40
#: Songs by followed artists that come out in one week, however many there are.
HITS = 4
NOT_ON_THE_CHART = -1


class ChartSimulator:
    """The weekly charts of a region.

    Args:
        catalogue: rows of tracks with their artists; see `repertoire`.
        region: one of `REGIONS`.
        seed: another seed gives other charts.
    """

    def __init__(self, catalogue: pl.DataFrame, region: str, seed: int = 1) -> None:
        self.region, self._seed = region, seed
        songs = _that_come_out(repertoire(catalogue, seed), seed)
        self._names = songs.select("SongID", "ArtistName", "Title").rows()
        self._debuts = songs["Debut"].to_numpy()
        here = hashes_of((f"{region} {song}" for song, _, _ in self._names), seed)
        self._rises = np.floor(SHORTEST * uniform(here, 0))
        self._lives = SHORTEST + (LONGEST - SHORTEST) * songs["Life"].to_numpy() ** 3
        # Few songs are liked by very many.
        liked = (1 - songs["Appeal"].to_numpy()) ** -0.4
        self._scale = REGIONS[region] * liked * (0.5 + uniform(here, 1))
        self._here = here
        self._rankings: dict[int, dict[int, Place]] = {}

    def file_name(self, week: Week) -> str:
        """The name of a week's file. It has the Thursday that ends the chart's week."""
        thursday = week.monday + dt.timedelta(days=3)
        return f"regional-{self.region}-weekly-{thursday}.csv"

    def chart(self, week: Week) -> bytes:
        """A week's file: UTF-8 with a BOM, and streams in quotes."""
        file = io.StringIO()
        file.write(f"{HEADER}\n")
        writer = csv.writer(file, lineterminator="")
        # Weeks are counted without a gap.
        number = week.monday.toordinal() // 7
        for song, place in self._ranking(number).items():
            spotify_id, artist, title = self._names[song]
            label = label_of(self._seed, digest_of(self._seed, spotify_id, 0))
            named = (f"spotify:track:{spotify_id}", artist, title, label)
            writer.writerow((place.rank, *named, *self._history(song, number)))
            file.write(f',"{place.streams}"\n')
        return file.getvalue().encode("utf-8-sig")

    def _history(self, song: int, number: int) -> tuple[int, int, int]:
        """Best rank, rank in the week before, and weeks on the chart of a song that is on it."""
        age = int(number - self._debuts[song]) % CYCLE
        weeks = [self._ranking(number - back) for back in range(age + 1)]
        ranks = [week[song].rank for week in weeks if song in week]
        before = self._ranking(number - 1).get(song)
        return min(ranks), before.rank if before else NOT_ON_THE_CHART, len(ranks)

    def _ranking(self, number: int) -> dict[int, "Place"]:
        """The songs on a week's chart, the first at first."""
        if number not in self._rankings:
            streams = self._streams(number)
            best = np.argsort(-streams, kind="stable")[:PLACES]
            places = zip(best.tolist(), streams[best].tolist(), strict=True)
            self._rankings[number] = {
                song: Place(rank, count)
                for rank, (song, count) in enumerate(places, start=1)
                if count
            }
        return self._rankings[number]

    def _streams(self, number: int) -> npt.NDArray[np.int64]:
        ages = (number - self._debuts) % CYCLE
        rising = (ages + 1) / (self._rises + 1)
        falling = np.exp(-2.2 * (ages - self._rises) / (self._lives - self._rises))
        chance = 0.94 + 0.12 * uniform(self._here, number)
        streams = self._scale * np.minimum(rising, falling) * chance
        return np.where(ages < self._lives, streams, 0).astype(np.int64)


class Place(NamedTuple):
    """The place of a song on a chart."""

    rank: int
    streams: int


def _that_come_out(songs: pl.DataFrame, seed: int) -> pl.DataFrame:
    """The songs that are ever on a chart, with what their careers in all regions share."""
    hashes = hashes_of(songs["SongID"], seed)
    names = ("Debut", "Luck", "Life", "Appeal")
    draws = [pl.Series(name, uniform(hashes, draw)) for draw, name in enumerate(names)]
    order = pl.col("Luck").rank("ordinal").over("Debut", "Followed")
    return (
        songs.with_columns(draws)
        .with_columns((pl.col("Debut") * CYCLE).cast(pl.Int64))
        .filter(~pl.col("Followed") | (order <= HITS))
    )
