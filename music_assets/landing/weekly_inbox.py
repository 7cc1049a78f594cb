"""A week's landing: the figures of its file in the inbox, otherwise simulated ones.

Unlike an ingest, a week lands as a whole. So its `_SUCCESS` holds a `WeekManifest`, which
gives the source of the figures and no counts.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import msgspec
import polars as pl

from music_assets.landing.inboxes import file_of_week, plain, weekly_files_left_out
from music_assets.landing.pages import Reject, parse_pages, to_line
from music_assets.landing.weekly_form import usual_songs
from music_assets.schema.tables import SIMULATED
from music_assets.storage import paths
from music_assets.storage.blobs import Blob, StorageResource
from music_assets.storage.paths import LOADED_VERSIONS, week_meant_by, week_of_file
from music_assets.transforms.rows import Page
from music_assets.transforms.weekly import weekly_streams
from music_assets.weeks import Week

if TYPE_CHECKING:
    from music_assets.sandbox.weekly_figures import WeeklySimulator

#: The word for simulated figures in landings of earlier versions.
FORMERLY_SIMULATED = "simulation"
SONGS_PER_PAGE = 1_000
#: The assets that take weeks, in the order in which they do.
WEEKLY_ASSETS = ("raw_weekly", "weekly_streams", "weekly_downloads")


@dataclass(frozen=True)
class WeekManifest:
    """The contents of a week's `_SUCCESS`.

    Attributes:
        source: of its figures, a path or `simulated`.
        etag: the version of the file.
    """

    source: str
    etag: str = ""


@dataclass(frozen=True)
class WeekLanding:
    """A landed week: the landing file, the source of its figures, and the rejects.

    Attributes:
        etag: the version of the file that the figures are from.
    """

    path: str
    source: str
    rejects: list[Reject]
    etag: str = ""


def changed_weeks(
    blobs: Sequence[Blob], seen: Mapping[str, str], weeks: Sequence[str]
) -> dict[Week, Blob]:
    """The weeks whose file is new or has changed, for which a partition exists."""
    left_out = weekly_files_left_out(blobs, weeks)
    taken = (blob for blob in blobs if blob.size and blob.path not in left_out)
    named = {week: blob for blob in taken if (week := week_of_file(blob.path))}
    return {week: blob for week, blob in sorted(named.items()) if seen.get(blob.path) != blob.etag}


def land_week(
    storage: StorageResource,
    week: Week,
    simulator: "Callable[[], WeeklySimulator]",
    inbox: Sequence[Blob] | None = None,
) -> WeekLanding:
    """Land a week's figures.

    Args:
        storage: holds the inbox and the landing.
        week: to land.
        simulator: makes the simulator, if the week has no file.
        inbox: the files in `weekly-data/`, listed once for many weeks.

    Raises:
        ValueError: the week has a file and nothing in it can be read, or a file is misnamed.
    """
    inbox = list(storage.list(paths.WEEKLY_FILES)) if inbox is None else inbox
    given = file_of_week(inbox, week)
    if given is not None:
        etag, rejects = _land_file(storage, week, given.path)
        manifest = WeekManifest(given.path, etag)
    else:
        require_no_other_file(inbox, week)
        manifest, rejects = WeekManifest(SIMULATED), list[Reject]()
        _land_simulation(storage, week, simulator())
    storage.write(paths.landed_week_success(week), json.dumps(asdict(manifest)).encode())
    return WeekLanding(paths.landed_week(week), manifest.source, rejects, manifest.etag)


def require_no_other_file(inbox: Sequence[Blob], week: Week) -> None:
    """Make sure that no file of a week is empty, or seems to hold its figures by another name.

    Raises:
        ValueError: there is such a file, which the message names.
    """
    for blob in inbox:
        path = blob.path
        if week_of_file(path) == week:
            raise ValueError(
                f"{path} is empty, so {week.iso} keeps what it had; put the figures there, or "
                "remove it."
            )
        if blob.size and week_of_file(path) is None and week_meant_by(path) == week:
            name = paths.weekly_file(week).rpartition("/")[2]
            raise ValueError(
                f"{path} seems to hold the figures of {week.iso} and is not read under this name, "
                f"so the week is not simulated; rename it to {name}, or remove it."
            )


def note_problems(
    storage: StorageResource, asset: str, weeks: Iterable[Week], problems: Mapping[Week, str]
) -> None:
    """Note which of its weeks an asset could not take, and why; delete the notes of the others.

    The other weeks of the run go on, and a check ends the run red with these notes.
    """
    noted = _noted(storage)
    for week in weeks:
        path = paths.week_problem(week, asset)
        if week in problems:
            storage.write(path, problems[week].encode())
        elif path in noted:
            storage.delete(path)


def problems_of(storage: StorageResource, asset: str, weeks: Iterable[Week]) -> dict[Week, str]:
    """The notes of the weeks that an asset could not take."""
    noted = _noted(storage)
    pairs = ((week, paths.week_problem(week, asset)) for week in weeks)
    return {week: storage.read(path)[1].decode() for week, path in pairs if path in noted}


def _noted(storage: StorageResource) -> set[str]:
    """The paths of all notes; one listing costs less than a look for each week."""
    found = storage.list(paths.LANDED_WEEKS)
    return {blob.path for blob in found if paths.WEEK_PROBLEM in blob.path}


def source_of(storage: StorageResource, week: Week) -> str:
    """The source of a landed week's figures: a path, or `simulated`."""
    return _manifest(storage, week).source


def loaded_versions(storage: StorageResource) -> dict[str, str]:
    """The version of each weekly file that a run has loaded; none where the note is damaged."""
    if storage.find(LOADED_VERSIONS) is None:
        return {}
    try:
        return dict(json.loads(storage.read(LOADED_VERSIONS)[1]))
    except ValueError:
        return {}


def mark_weeks_loaded(storage: StorageResource, weeks: Sequence[Week]) -> None:
    """Note the versions of the weeks' files that have landed, once they are in the tables."""
    before, inbox = loaded_versions(storage), list(storage.list(paths.WEEKLY_FILES))
    refused = {week for asset in WEEKLY_ASSETS for week in problems_of(storage, asset, weeks)}
    given = (week for week in weeks if week not in refused and file_of_week(inbox, week))
    landed = (week for week in given if storage.find(paths.landed_week_success(week)))
    manifests = [_manifest(storage, week) for week in landed]
    after = before | {each.source: each.etag for each in manifests if each.etag}
    if after != before:
        storage.write(LOADED_VERSIONS, json.dumps(after).encode())


def _manifest(storage: StorageResource, week: Week) -> WeekManifest:
    manifest = WeekManifest(**json.loads(storage.read(paths.landed_week_success(week))[1]))
    return (
        replace(manifest, source=SIMULATED) if manifest.source == FORMERLY_SIMULATED else manifest
    )


def _land_file(storage: StorageResource, week: Week, path: str) -> tuple[str, list[Reject]]:
    """Land a file; returns its version and the rejects."""
    blob, content = storage.read(path)
    content = plain(content, path)
    if songs := usual_songs(content):
        with storage.replacing(paths.landed_week(week)) as draft, draft.path.open("wb") as file:
            for begin in range(0, len(songs), SONGS_PER_PAGE):
                page = {"songs": songs[begin : begin + SONGS_PER_PAGE], "requested": week.key}
                file.write(msgspec.json.encode(page) + b"\n")
        return blob.etag, []
    pages, rejects = parse_pages(content, weekly_streams)
    if not any(page["songs"] for page in pages):
        why = f"{rejects[0].reason}, line {rejects[0].line}" if rejects else "it lists no song"
        raise ValueError(f"Nothing in {path} can be read: {why}; replace or remove the file.")
    lines = (to_line({**page, "requested": week.key}) for page in _sliced(pages))
    storage.write(paths.landed_week(week), b"".join(lines))
    return blob.etag, rejects


def _sliced(pages: Iterable[Page]) -> Iterator[Page]:
    """Pages of at most `SONGS_PER_PAGE` songs: a file is often one page of all songs."""
    for page in pages:
        songs = page["songs"]
        for begin in range(0, len(songs), SONGS_PER_PAGE):
            yield {**page, "songs": songs[begin : begin + SONGS_PER_PAGE]}


def _land_simulation(storage: StorageResource, week: Week, simulator: "WeeklySimulator") -> None:
    with storage.replacing(paths.landed_week(week)) as draft, draft.path.open("wb") as file:
        for page in _simulated_pages(week, simulator):
            page.write_ndjson(file)


def _simulated_pages(week: Week, simulator: "WeeklySimulator") -> Iterator[pl.DataFrame]:
    """Pages in the form of a weekly file, one `{"songs": […]}` per frame."""
    figures = pl.DataFrame(
        {
            "song_id": simulator.songs,
            "total_weekly_downloads": simulator.downloads(week.week_id),
            "total_weekly_streams": simulator.streams(week.week_id),
        }
    )
    weekly_data = pl.struct(
        pl.lit(week.week_id % 100).alias("week"),
        pl.lit(week.key).alias("week_start_date"),
        pl.lit(week.sunday.isoformat()).alias("week_end_date"),
        "total_weekly_downloads",
        "total_weekly_streams",
    )
    songs = figures.select(pl.struct("song_id", weekly_data.alias("weekly_data")).alias("songs"))
    for chunk in songs.iter_slices(SONGS_PER_PAGE):
        yield chunk.select(pl.lit(week.key).alias("requested"), pl.col("songs").implode())
