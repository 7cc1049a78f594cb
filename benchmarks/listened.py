"""Listening histories in the form of Spotify's extended streaming history; the same each time.

python -m benchmarks.listened PLAYS FOLDER [--mixed]
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import numpy as np
import polars as pl

from benchmarks.inputs import make_databases
from benchmarks.workshop import empty_house
from music_assets.sandbox.naming import Ids

FILES, YEARS, SONGS = 12, 12, 30_000
LAST = 1_790_000_000
#: The file that tells of a mixed history.
PLANTED = "planted.json"
#: An object that is no JSON.
BROKEN = b'{"ts":"2020-01-01T00:00:00Z","ms_played":'


@dataclass(frozen=True)
class Planted:
    """Numbers of records in a mixed history: each is one of these, and no other."""

    plays: int
    repeats: int
    episodes: int
    damaged: int

    @property
    def records(self) -> int:
        """All of them."""
        return self.plays + self.repeats + self.episodes + self.damaged


def planted(folder: Path) -> Planted:
    """The numbers of the mixed history that was made in a folder."""
    return Planted(**json.loads((folder / PLANTED).read_text()))


@click.command()
@click.argument("plays", type=int)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--mixed", is_flag=True, help="With repeats, episodes and damaged records.")
def main(plays: int, folder: Path, mixed: bool) -> None:
    """Make a house with a history in its inbox: some files, as they are in the archive."""
    house = empty_house(folder / "house")
    make_databases(house, folder)
    inbox = house / "storage" / "listening"
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
    parts = list(records.iter_slices(-(-plays // FILES)))
    if mixed:
        _write_mixed(parts, inbox, folder)
        return
    for number, part in enumerate(parts):
        part.write_json(inbox / f"Streaming_History_Audio_{number}.json")


def _write_mixed(parts: list[pl.DataFrame], inbox: Path, folder: Path) -> None:
    """Write files that each repeat plays of the one before, and hold what is no play."""
    repeats = episodes = damaged = 0
    for number, part in enumerate(parts):
        again = parts[number - 1].gather_every(50) if number else part.clear()
        spoken = part.gather_every(100).with_columns(
            master_metadata_track_name=pl.lit(None, pl.String),
            spotify_track_uri=pl.lit(None, pl.String),
            episode_name=pl.lit("An episode"),
        )
        no_length = part.gather_every(1_000, 1).with_columns(ms_played=pl.lit(-1, pl.Int64))
        written = pl.concat([part, again, spoken, no_length]).write_json().encode()
        broken = written.replace(b"},{", b"}," + BROKEN + b",{", 1)
        (inbox / f"Streaming_History_Audio_{number}.json").write_bytes(broken)
        repeats, episodes = repeats + again.height, episodes + spoken.height
        damaged += no_length.height + 1
    told = Planted(sum(part.height for part in parts), repeats, episodes, damaged)
    (folder / PLANTED).write_text(json.dumps(asdict(told)))


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
