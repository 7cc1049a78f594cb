"""The landings of weeks: one that would land as it has landed is left as it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from music_assets.landing.weekly_inbox import land_week, note_problems
from music_assets.loading.quarantine import put_aside
from music_assets.loading.week_notes import LANDING, LandingNotes, landed_etags, landing_word
from music_assets.schema.tables import SIMULATED
from music_assets.storage import paths
from music_assets.storage.fingerprints import Made, note_made
from music_assets.storage.storage_errors import StorageError
from music_assets.weeks import Week

if TYPE_CHECKING:
    from music_assets.sandbox.weekly_figures import WeeklySimulator


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
    notes: LandingNotes,
    weeks: Sequence[Week],
    simulator: "Callable[[], WeeklySimulator]",
    run_id: str,
) -> LandedWeeks:
    """Land weeks: the figures of their files, otherwise simulated ones.

    Args:
        notes: of the landings; they know the storage and the inbox.
        weeks: to land.
        simulator: makes the simulator, if a week needs it.
        run_id: names the files of rejects.
    """
    landing, done = _Landing(notes, simulator, run_id), LandedWeeks()
    for week in weeks:
        try:
            told = landing.land(week)
        except (StorageError, ValueError) as error:
            done.problems[week] = str(error)
            continue
        done.files.extend(told["files"])
        done.told[week] = {name: told[name] for name in ("source", "quarantined")}
    note_problems(notes.storage, LANDING, weeks, done.problems)
    done.landed.extend(landing.note())
    return done


@dataclass
class _Landing:
    """The landing of weeks one by one."""

    notes: LandingNotes
    simulator: "Callable[[], WeeklySimulator]"
    run_id: str
    made: dict[Week, tuple[Sequence[object], dict[str, Any]]] = field(default_factory=dict)

    def land(self, week: Week) -> dict[str, Any]:
        """Land a week unless it has landed; returns what is told of it, now or at that time."""
        if before := self.notes.as_noted(week):
            return before.told
        storage = self.notes.storage
        landed = land_week(storage, week, self.simulator, self.notes.inbox)
        path = paths.quarantined("weekly", self.run_id, f"{week.key}-landing")
        files = put_aside(storage, path, landed.source, landed.rejects)
        told = {"source": landed.source, "quarantined": len(landed.rejects), "files": files}
        # The file as it was read, which may be newer than the one that was listed.
        given = landed.source != SIMULATED
        self.made[week] = ([landed.source, landed.etag] if given else self.notes.simulation, told)
        return told

    def note(self) -> list[Week]:
        """Note the weeks that landed anew, and return them."""
        etags = landed_etags(self.notes.storage) if self.made else {}
        made = {
            week.key: Made(landing_word(week, inputs, etags), told=told)
            for week, (inputs, told) in self.made.items()
        }
        note_made(self.notes.storage, LANDING, made)
        return list(self.made)
