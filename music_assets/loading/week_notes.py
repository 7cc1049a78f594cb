"""The notes of what weeks were made of, and the weeks that are otherwise now."""

from collections.abc import Sequence
from contextlib import suppress

from music_assets.database.versioning import Versions
from music_assets.landing.inboxes import file_of_week
from music_assets.landing.weekly_inbox import require_no_other_file
from music_assets.schema import tables
from music_assets.schema.data_versions import WHOLE_TABLE
from music_assets.storage import paths
from music_assets.storage.blobs import Blob, StorageResource
from music_assets.storage.fingerprints import Made, fingerprint, made_before
from music_assets.weeks import Week

#: The step whose parts are the landings of weeks.
LANDING = "raw_weekly"


class LandingNotes:
    """The notes of what the weeks' landings were made of.

    Attributes:
        storage: holds the landings and the notes.
        inbox: the files in `weekly-data/`.
        simulation: what simulated figures are made of: the seed, and the version of the tracks.
    """

    def __init__(
        self, storage: StorageResource, inbox: Sequence[Blob], seed: int, versions: Versions
    ) -> None:
        self.storage = storage
        self.inbox = inbox
        self.simulation = [tables.SIMULATED, seed, versions.get((tables.tracks.name, WHOLE_TABLE))]
        self._noted = made_before(storage, LANDING)
        self._etags = landed_etags(storage)

    def as_noted(self, week: Week) -> Made | None:
        """The note of a week that would land as it has landed; None for any other.

        Raises:
            ValueError: the week has no file, and one under another name.
        """
        given = file_of_week(self.inbox, week)
        if given is None:
            require_no_other_file(self.inbox, week)
        inputs = [given.path, given.etag] if given else self.simulation
        before = self._noted.get(week.key)
        same = before and before.fingerprint == landing_word(week, inputs, self._etags)
        return before if same else None


class LoadNotes:
    """The notes of what a weekly table's weeks were made of."""

    def __init__(self, storage: StorageResource, table: str, versions: Versions) -> None:
        self.storage = storage
        self.table = table
        self._versions = versions
        self._noted = made_before(storage, table)
        self._etags = landed_etags(storage)

    def landed(self, week: Week) -> bool:
        """True if a week has landed as a whole."""
        return {paths.landed_week(week), paths.landed_week_success(week)} <= self._etags.keys()

    def as_noted(self, week: Week) -> Made | None:
        """The note of a week whose rows are those that its landing gave; None for any other."""
        before = self._noted.get(week.key)
        if before is None or not self.landed(week):
            return None
        version = self._versions.get((self.table, week.week_id))
        orphans = before.told.get("orphans", False)
        same = before.fingerprint == self.word(week, version, orphans=orphans)
        return before if same else None

    def word(self, week: Week, version: str | None, *, orphans: bool) -> str:
        """The fingerprint of a week's rows; one with orphans gains from every new track."""
        tracks = self._versions.get((tables.tracks.name, WHOLE_TABLE)) if orphans else None
        return fingerprint(self._etags[paths.landed_week(week)], tracks, version)


def stale_weeks(
    storage: StorageResource, versions: Versions, weeks: Sequence[Week], seed: int
) -> list[Week]:
    """Those of some weeks that would land or load otherwise than they have, or could not.

    Args:
        storage: holds the inbox, the landings and the notes.
        versions: of the tables.
        weeks: in question.
        seed: of the simulation.
    """
    landings = LandingNotes(storage, list(storage.list(paths.WEEKLY_FILES)), seed, versions)
    loads = [LoadNotes(storage, table, versions) for table in tables.MEASURES]
    problems = [path for path in landed_etags(storage) if paths.WEEK_PROBLEM in path]
    refused = {path.removeprefix(paths.LANDED_WEEKS).partition("/")[0] for path in problems}
    fresh = set[Week]()
    for week in weeks:
        if week.key in refused:
            continue
        # A week with a misnamed file is one that a run has to complain of.
        with suppress(ValueError):
            if landings.as_noted(week) and all(each.as_noted(week) for each in loads):
                fresh.add(week)
    return [week for week in weeks if week not in fresh]


def landed_etags(storage: StorageResource) -> dict[str, str]:
    """The versions of all landed weeks' files, by path."""
    return {blob.path: blob.etag for blob in storage.list(paths.LANDED_WEEKS)}


def landing_word(week: Week, inputs: Sequence[object], etags: dict[str, str]) -> str:
    """The fingerprint of a week's landing: of what it was made of, and of its files."""
    outputs = (paths.landed_week(week), paths.landed_week_success(week))
    return fingerprint(*inputs, *map(etags.get, outputs))
