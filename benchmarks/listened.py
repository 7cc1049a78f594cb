"""Listening histories in the form of Spotify's extended streaming history; the same each time.

python -m benchmarks.listened PLAYS FOLDER
"""

from pathlib import Path

import click
import numpy as np
import polars as pl

from benchmarks.workshop import empty_house
from music_assets.sandbox.naming import Ids

FILES, YEARS, SONGS = 12, 12, 30_000
LAST = 1_790_000_000


@click.command()
@click.argument("plays", type=int)
@click.argument("folder", type=click.Path(path_type=Path))
def main(plays: int, folder: Path) -> None:
    """Make a house with a history in its inbox: some files, as they are in the archive."""
    inbox = empty_house(folder / "house") / "storage" / "listening"
    inbox.mkdir(parents=True)
    drawn, ids = np.random.default_rng(1), Ids(1, "track")
    names = pl.DataFrame(
        {
            "song": range(SONGS),
            "spotify_track_uri": [f"spotify:track:{ids.at(n)}" for n in range(SONGS)],
            "master_metadata_track_name": [f"Song {n}" for n in range(SONGS)],
            "master_metadata_album_artist_name": [f"Artist {n % 3_000}" for n in range(SONGS)],
            "master_metadata_album_album_name": [f"Album {n % 9_000}" for n in range(SONGS)],
        }
    )
    begin = LAST - YEARS * 31_556_952
    moments = np.unique(drawn.integers(begin, LAST, plays + plays // 10))[:plays]
    # Few songs are played often.
    songs = np.minimum(drawn.pareto(0.6, plays) * 50, SONGS - 1).astype(np.int64)
    heard = pl.DataFrame(
        {"at": moments, "song": songs, "ms_played": drawn.integers(0, 300_000, plays)}
    )
    records = _records(heard.join(names, on="song", how="left", maintain_order="left"))
    for number, part in enumerate(records.iter_slices(-(-plays // FILES))):
        part.write_json(inbox / f"Streaming_History_Audio_{number}.json")


def _records(heard: pl.DataFrame) -> pl.DataFrame:
    """The plays with all members of a record, in Spotify's order."""
    nothing = pl.lit(None, pl.String)
    return heard.select(
        ts=pl.from_epoch("at").dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
        platform=pl.lit("Android OS 14 API 34 (a phone, of some maker)"),
        ms_played="ms_played",
        conn_country=pl.lit("ZZ"),
        ip_addr=pl.lit("192.0.2.1"),
        master_metadata_track_name="master_metadata_track_name",
        master_metadata_album_artist_name="master_metadata_album_artist_name",
        master_metadata_album_album_name="master_metadata_album_album_name",
        spotify_track_uri="spotify_track_uri",
        episode_name=nothing,
        episode_show_name=nothing,
        spotify_episode_uri=nothing,
        reason_start=pl.lit("trackdone"),
        reason_end=pl.lit("trackdone"),
        shuffle=pl.lit(value=False),
        skipped=pl.lit(value=False),
        offline=pl.lit(value=False),
        offline_timestamp=pl.lit(None, pl.Int64),
        incognito_mode=pl.lit(value=False),
    )


if __name__ == "__main__":
    main()
