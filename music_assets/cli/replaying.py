"""Judging again what was judged before: the steps that do it, and what they must forget first."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg

from music_assets.cli import running
from music_assets.cli.configured import configured
from music_assets.cli.weeks_to_do import every_week
from music_assets.landing.ingests import IngestError
from music_assets.partitions import span
from music_assets.schema.tables import MEASURES
from music_assets.storage import paths
from music_assets.storage.blobs import Blob, StorageResource
from music_assets.storage.fingerprints import forget, made_before
from music_assets.upkeep.rejects import rejects
from music_assets.weeks import Week

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Replay:
    """The way in which the records of an asset are judged again.

    Attributes:
        steps: the assets that are materialised: the landing of files, and the table.
        notes: the notes that would say that there is nothing to do.
    """

    steps: Sequence[str]
    notes: Sequence[str] = ()


def _of_itself(name: str) -> Replay:
    return Replay([name], [name])


#: What takes weeks' files; their notes are kept per week.
WEEKLY = ("raw_weekly", *MEASURES)
#: By the folder in quarantine. What no reader takes of answers is not kept, so it cannot be judged
#: again; these are not here.
REPLAYS = {
    "artists": Replay(["raw_artists", "artists"], ["artists"]),
    **{
        name: _of_itself(name)
        for name in (
            *("genres", "artist_genres", "albums", "artist_albums", "tracks"),
            *("artist_details", "album_details", "release_details", "listened_songs"),
        )
    },
    **dict.fromkeys(("weekly", *MEASURES), Replay(WEEKLY, WEEKLY)),
    "plays": Replay(
        ["raw_plays", "listened_songs", "plays"], ["raw_plays", "listened_songs", "plays_by_month"]
    ),
    "chart_entries": Replay(
        ["raw_charts", "chart_entries"], ["raw_charts", "chart_entries_by_week"]
    ),
    "monthly_sales": Replay(["raw_sales", "monthly_sales"], ["raw_sales", "monthly_sales"]),
}


def judge_again(asset: str) -> dict[str, Any]:
    """Judge an asset's records again, and remove what was in its quarantine before.

    Returns:
        What was made, and the number of records in its quarantine before and after.

    Raises:
        IngestError: there is no such quarantine, or a step failed; then the records stay there.
    """
    replay = REPLAYS.get(asset)
    if replay is None:
        raise IngestError(
            f"{asset} cannot be judged again; {', '.join(sorted(REPLAYS))} can. What no reader "
            "takes of an answer is asked for again by `music-assets run --refresh`."
        )
    with running.turn(), running.history() as instance, configured("storage", instance) as storage:
        # Steps of it may fill other quarantines too.
        every = [name for name, each in REPLAYS.items() if {*each.steps} <= {*replay.steps}]
        old = [blob for name in every for blob in storage.list(f"{paths.QUARANTINE}{name}/")]
        before = _count(storage, every)
        weeks = _weeks(storage, every) if replay.notes == WEEKLY else every_week()[-1:]
        _forget(storage, replay, weeks)
        only = {dg.AssetKey(step) for step in replay.steps}
        outcome = running.execute(instance, "full_graph", span(weeks), only=only)
        if outcome.failures:
            raise IngestError("\n".join(outcome.failures))
        _remove(storage, old)
        return {"made": list(replay.steps), "before": before, "after": _count(storage, every)}


def _count(storage: StorageResource, assets: Sequence[str]) -> int:
    return sum(1 for asset in assets for _ in rejects(storage, asset))


def _weeks(storage: StorageResource, assets: Sequence[str]) -> list[Week]:
    """The weeks from the first to the last that the records name; all where they name none."""
    every = {week.key: week for week in every_week()}
    named = {
        every[day]
        for asset in assets
        for each in rejects(storage, asset)
        for day in _DAY.findall(f"{each.source} {each.name}")
        if day in every
    }
    return (
        [week for week in every.values() if min(named) <= week <= max(named)]
        if named
        else [*every.values()]
    )


def _forget(storage: StorageResource, replay: Replay, weeks: Sequence[Week]) -> None:
    for note in replay.notes:
        parts = [week.key for week in weeks] if note in WEEKLY else made_before(storage, note)
        forget(storage, note, parts)


def _remove(storage: StorageResource, old: Sequence[Blob]) -> None:
    for blob in old:
        storage.delete(blob.path)
