"""The landings of weeks: one that would land as it has landed is left as it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from music_assets.landing.inboxes import file_of_week
from music_assets.landing.weekly_inbox import (
    SIMULATION,
    land_week,
    note_problems,
    require_no_other_file,
)
from music_assets.loading.quarantine import put_aside
from music_assets.sandbox.weekly_figures import WeeklySimulator
from music_assets.storage import paths
from music_assets.storage.blobs import Blob, StorageResource
from music_assets.storage.fingerprints import Made, fingerprint, made_before, note_made
from music_assets.storage.storage_errors import StorageError
from music_assets.weeks import Week

STEP = "raw_weekly"


@dataclass(frozen=True)
class LandedWeeks:
    """The result of landing some weeks.

    Attributes:
        told: of each week that has landed, the source of its figures and its rejects' number.
        problems: why the others have not.
        files: in quarantine.
        landed: the weeks that landed anew.
    """

    told: dict[Week, dict[str, Any]] = field(default_factory=dict)
    problems: dict[Week, str] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    landed: list[Week] = field(default_factory=list)


def land_weeks(
    storage: StorageResource,
    weeks: Sequence[Week],
    inbox: Sequence[Blob],
    simulation: Sequence[object],
    simulator: Callable[[], WeeklySimulator],
    run_id: str,
) -> LandedWeeks:
    """Land weeks: the figures of their files, otherwise simulated ones.

    Args:
        storage: holds the landings.
        weeks: to land.
        inbox: the files in `weekly-data/`.
        simulation: what simulated figures are made of: the seed, and the version of the tracks.
        simulator: makes the simulator, if a week needs it.
        run_id: names the files of rejects.
    """
    landing, done = _Landing(storage, inbox, simulation, simulator, run_id), LandedWeeks()
    for week in weeks:
        try:
            told = landing.land(week)
        except (StorageError, ValueError) as error:
            done.problems[week] = str(error)
            continue
        done.files.extend(told["files"])
        done.told[week] = {name: told[name] for name in ("source", "quarantined")}
    note_problems(storage, STEP, weeks, done.problems)
    done.landed.extend(landing.note())
    return done


@dataclass
class _Landing:
    """The landing of weeks one by one, and the notes of what they were made of."""

    storage: StorageResource
    inbox: Sequence[Blob]
    simulation: Sequence[object]
    simulator: Callable[[], WeeklySimulator]
    run_id: str
    made: dict[Week, tuple[Sequence[object], dict[str, Any]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.noted, self.etags = made_before(self.storage, STEP), landed_etags(self.storage)

    def land(self, week: Week) -> dict[str, Any]:
        """Land a week unless it has landed; returns what is told of it, now or at that time."""
        given = file_of_week(self.inbox, week)
        if given is None:
            require_no_other_file(self.inbox, week)
        inputs = [given.path, given.etag] if given else [SIMULATION, *self.simulation]
        before = self.noted.get(week.key)
        if before and before.fingerprint == _word(week, inputs, self.etags):
            return before.told
        landed = land_week(self.storage, week, self.simulator, self.inbox)
        path = paths.quarantined("weekly", self.run_id, f"{week.key}-landing")
        files = put_aside(self.storage, path, landed.source, landed.rejects)
        told = {"source": landed.source, "quarantined": len(landed.rejects), "files": files}
        # The file as it was read, which may be newer than the one that was listed.
        self.made[week] = ([given.path, landed.etag] if given else inputs, told)
        return told

    def note(self) -> list[Week]:
        """Note the weeks that landed anew, and return them."""
        etags = landed_etags(self.storage) if self.made else {}
        made = {
            week.key: Made(_word(week, inputs, etags), told=told)
            for week, (inputs, told) in self.made.items()
        }
        note_made(self.storage, STEP, made)
        return list(self.made)


def landed_etags(storage: StorageResource) -> dict[str, str]:
    """The versions of all landed weeks' files, by path."""
    return {blob.path: blob.etag for blob in storage.list(paths.LANDED_WEEKS)}


def _word(week: Week, inputs: Sequence[object], etags: dict[str, str]) -> str:
    outputs = (paths.landed_week(week), paths.landed_week_success(week))
    return fingerprint(*inputs, *map(etags.get, outputs))
