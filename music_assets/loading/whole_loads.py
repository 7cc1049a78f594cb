"""The load of a table as a whole: where its inputs and rows are as they were, it costs a look."""

from collections.abc import Sequence
from typing import Any

import dagster as dg

from music_assets.database.versioning import version_of
from music_assets.loading.loader import Input, Loader, ScopeOf
from music_assets.loading.tally import Tally
from music_assets.storage.fingerprints import Made, fingerprint, made_before, note_made

#: The part of the notes that stands for all rows.
ALL = "all"


def load_whole(
    loader: Loader,
    tally: Tally,
    given: Input,
    scope: ScopeOf,
    inputs: Sequence[object],
    *,
    told: dict[str, Any] | None = None,
) -> dg.MaterializeResult:
    """Load a table out of all its landing files, unless that would change nothing.

    Args:
        loader: the way into the table.
        tally: counts what happens.
        given: the files, and the transform.
        scope: the rows that the sync may delete.
        inputs: the versions of everything that the rows are made of.
        told: what to note beside the counts; `scope` may add to it.
    """
    step, table = given.transform.entity, given.transform.table
    before = made_before(loader.storage, step).get(ALL)

    def word() -> str:
        return fingerprint(*inputs, version_of(loader.database.data_versions(), table))

    if before and before.fingerprint == word():
        tally.counts.update(before.told["counts"])
        tally.quarantine_files += before.told["files"]
        tally.is_as_it_was = True
        return tally.result(loader.database)
    done = loader.load(tally, given, scope=scope, needs_a_row=False)
    counts = {
        "unchanged": done.unchanged + done.inserted + done.updated,
        "quarantined": tally.counts["quarantined"],
        "incomplete": tally.counts["incomplete"],
    }
    noted = {**(told or {}), "counts": counts, "files": tally.quarantine_files}
    note_made(loader.storage, step, {ALL: Made(word(), told=noted)})
    return tally.result(loader.database)
