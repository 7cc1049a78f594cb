"""The weeks of the rollup `weekly_album_totals`: found where they have changed, and made anew."""

from collections.abc import Sequence

from music_assets.database.resource import DatabaseResource
from music_assets.database.scope import RowsOf
from music_assets.database.versioning import Versions
from music_assets.schema.album_totals import album_totals
from music_assets.schema.data_versions import FIGURES
from music_assets.schema.tables import weekly_album_totals
from music_assets.storage.blobs import StorageResource
from music_assets.storage.fingerprints import Made, changed, fingerprint, made_before, note_made

STEP = weekly_album_totals.name
#: Weeks of one transaction, so that other writers need not wait for long.
WEEKS_AT_ONCE = 50


def bring_totals_up_to_date(database: DatabaseResource, storage: StorageResource) -> Sequence[int]:
    """Make the weeks anew whose facts or sums have changed since; returns their WeekIDs."""
    before = database.data_versions()
    stale = [int(week) for week in changed(made_before(storage, STEP), _fingerprints(before))]
    for start in range(0, len(stale), WEEKS_AT_ONCE):
        weeks = stale[start : start + WEEKS_AT_ONCE]
        own = database.replace(weekly_album_totals, RowsOf("WeekID", weeks), album_totals(weeks))
        # The facts as they were before: who writes to them meanwhile makes the fingerprint differ.
        made = _fingerprints(before | own)
        note_made(storage, STEP, {str(week): Made(made[str(week)]) for week in weeks})
    return stale


def _fingerprints(versions: Versions) -> dict[str, str]:
    """The fingerprint of each week, by its WeekID: of both facts, and of its sums."""
    weeks = sorted({part for table, part in versions if table in FIGURES})
    return {
        str(week): fingerprint(*(versions.get((table, week)) for table in FIGURES))
        for week in weeks
    }
