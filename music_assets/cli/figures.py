"""`music-assets figures`: people's own exports of figures, as weeks for the inbox."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa

from music_assets.cli.configured import configured, in_sentences
from music_assets.database.resource import DatabaseResource
from music_assets.landing.figure_files import DAYS_OF_A_WEEK, Put, put_streams, whole_weeks
from music_assets.landing.inboxes import plain, weekly_files_left_out
from music_assets.landing.ingests import IngestError
from music_assets.landing.song_exports import Timeline, read_timeline, song_called, title_in
from music_assets.landing.spotify_ids import spotify_id
from music_assets.partitions import WEEKS
from music_assets.schema import tables
from music_assets.storage import paths
from music_assets.storage.blobs import StorageResource
from music_assets.weeks import Week

NO_WEEK = "No whole week of {} is in the export: a week needs its seven days, Monday to Sunday."


@click.group()
def figures() -> None:
    """Take figures that you exported elsewhere."""


@figures.command("import")
@click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option("--song", default="", help="The track that all FILES are about: id, URI or link.")
@click.option("--artist", default="", help="Whose tracks the titles in the files' names are.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for a script.")
def import_figures(files: Sequence[Path], song: str, artist: str, *, as_json: bool) -> None:
    """Put the whole weeks of Spotify for Artists' timelines into the inbox.

    FILES are called <song>-timeline.csv, as downloaded. Weeks that they cover in part are left out.
    """
    with in_sentences(), configured("storage") as storage, configured("database") as database:
        tracks, refused = _tracks(database), list[str]()
        found = dict[str, Timeline]()
        for file in files:
            try:
                timeline = _read(file)
                about = _song_of(file, song, artist, tracks)
                found.setdefault(about, Timeline()).add(timeline)
            except IngestError as error:
                refused.append(str(error))
        where, done = storage.where(paths.WEEKLY_FILES), list[Imported]()
        for about, timeline in found.items():
            done.append(_import(storage, about, timeline))
            refused += done[-1].refused
            if not as_json:
                _tell(done[-1], where)
        if as_json:
            songs = [each.told() for each in done]
            click.echo(json.dumps({"inbox": where, "songs": songs, "refused": refused}, indent=2))
        for told in refused:
            click.echo(told, err=True)
        if refused:
            raise IngestError("Not everything could be taken.")


@dataclass(frozen=True)
class Imported:
    """The fate of the weeks of a song; `partial` has those with fewer than seven days."""

    song: str
    put: Put
    partial: Mapping[Week, int]

    @property
    def refused(self) -> list[str]:
        """Sentences about the weeks that were refused, or about there being none."""
        there = self.put.written or self.put.unchanged or self.put.refused
        return list(self.put.refused.values()) if there else [NO_WEEK.format(self.song)]

    def told(self) -> dict[str, Any]:
        """The same for a script."""
        weeks = {
            "written": self.put.written,
            "unchanged": self.put.unchanged,
            "refused": self.put.refused,
            "partial": self.partial,
        }
        return {"song": self.song} | {what: [w.iso for w in each] for what, each in weeks.items()}


def _tracks(database: DatabaseResource) -> list[dict[str, Any]]:
    """The tracks of the catalogue, each with its album's name and its artists'."""
    t, albums, links, artists = (
        tables.tracks.c, tables.albums, tables.artist_albums, tables.artists
    )  # fmt: skip
    names = sa.select(links.c.AlbumID, artists.c.Name).join(artists)
    by_album = dict[str, list[str]]()
    for album, name in database.read(names).iter_rows():
        by_album.setdefault(album, []).append(name or "")
    found = sa.select(t.SongID, t.Title, t.AlbumID, albums.c.AlbumName).join(albums)
    rows = database.read(found.order_by(t.SongID)).iter_rows(named=True)
    return [row | {"Artists": sorted(by_album.get(row["AlbumID"], []))} for row in rows]


def _song_of(file: Path, song: str, artist: str, tracks: list[dict[str, Any]]) -> str:
    """The track that a file is about.

    Raises:
        IngestError: nothing tells, or it is not in the catalogue.
    """
    if song and tracks:
        asked = spotify_id(song, "track", bare=True)
        if any(each["SongID"] == asked for each in tracks):
            return str(asked)
        raise IngestError(f"--song {song} is no track of the catalogue.")
    title = title_in(file.name)
    if not title and tracks:
        raise IngestError(
            f"{file.name} is not called <song>-timeline.csv, so nothing tells its song; give its "
            "--song ID."
        )
    return song_called(title, tracks, artist)


def _read(file: Path) -> Timeline:
    try:
        content = plain(file.read_bytes(), str(file))
    except ValueError as error:
        raise IngestError(str(error)) from None
    return read_timeline(content, file.name)


def _import(storage: StorageResource, song: str, timeline: Timeline) -> Imported:
    """Put a song's whole weeks into the inbox, and say what of it is left out or has to wait."""
    weeks, partial = whole_weeks(timeline.days, dt.datetime.now(dt.UTC).date())
    done = put_streams(storage, song, weeks)
    left_out = (
        f"{week.iso} is left out: {days} of its {DAYS_OF_A_WEEK} days are there."
        for week, days in partial.items()
    )
    waiting = weekly_files_left_out(storage.list(paths.WEEKLY_FILES), WEEKS.get_partition_keys())
    waits = (waiting.get(paths.weekly_file(week), "") for week in done.written)
    for told in (*timeline.problems, *timeline.disputes, *left_out, *filter(None, waits)):
        click.echo(told, err=True)
    return Imported(song, done, partial)


def _tell(imported: Imported, where: str) -> None:
    done = imported.put
    count = len(done.written) + len(done.unchanged)
    already = f", {len(done.unchanged)} of them as before" if done.unchanged else ""
    weeks_are = "1 week of {} is" if count == 1 else f"{count} weeks of {{}} are"
    click.echo(f"{weeks_are.format(imported.song)} in {where}{already}.")
    if done.written:
        click.echo("These weeks have the figures of imported songs alone; others have none there.")
