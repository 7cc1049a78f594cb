"""The way of monthly sales from the inbox to the table: what is as it was costs a look.

The notes of landings are kept per file of the inbox. The table is loaded as a whole, since reports
overlap: each of them may be the newest that has a row.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import dagster as dg
import polars as pl

from music_assets.database.scope import RowsOfInput
from music_assets.landing.inboxes import files_in, files_incomplete
from music_assets.landing.sales_inbox import sales_lines
from music_assets.loading.loader import Input, Loader
from music_assets.loading.tally import Tally
from music_assets.loading.whole_loads import ALL, load_whole
from music_assets.storage import paths
from music_assets.storage.blobs import Blob, StorageResource
from music_assets.storage.fingerprints import Made, fingerprint, made_before, note_made
from music_assets.storage.storage_errors import StorageError
from music_assets.transforms.sales import monthly_sales

#: The step whose parts are the files in `sales/`.
LANDING = "raw_sales"
UNUSABLE = "No record of {} could be used; {} says why."


def sales_inbox(storage: StorageResource) -> tuple[list[Blob], list[str]]:
    """The files in `sales/` that are complete, and sentences about the others."""
    files = files_in(storage, paths.SALES_FILES)
    waiting = files_incomplete(files)
    return [blob for blob in files if blob.path not in waiting], [*waiting.values()]


def land_sales(storage: StorageResource, files: Iterable[Blob]) -> int:
    """Land those files that would land otherwise than they have; returns their number.

    One that cannot be landed is noted, and holds up none of the others.
    """
    before, landed = made_before(storage, LANDING), landed_sales(storage)
    noted = {each.told["key"]: each.told for each in before.values() if _stands(each, landed)}
    done, told = 0, dict[Blob, dict[str, Any]]()
    for blob in files:
        if _is_noted(blob, before, landed):
            continue
        try:
            key, lines, records = sales_lines(storage.read(blob.path)[1], blob.path)
            if key not in noted:
                storage.write(paths.landed_sales(key), b"".join(lines))
                done += 1
            noted[key] = told[blob] = {"key": key, "records": records}
        except (StorageError, ValueError) as error:
            # A file may be as it was, and the storage not.
            again = isinstance(error, StorageError)
            told[blob] = {"problem": str(error), "again": again}
    landed = landed_sales(storage) if done else landed
    made = {blob.path: _made(blob, each, landed) for blob, each in told.items()}
    note_made(storage, LANDING, made)
    return done


def load_sales(context: dg.AssetExecutionContext, loader: Loader) -> dg.MaterializeResult:
    """Load all reports that have landed. A statement is replaced as a whole, and none goes."""
    landed, noted = landed_sales(loader.storage), made_before(loader.storage, LANDING)
    records = {each.told["key"]: each.told["records"] for each in noted.values() if _key(each)}
    told: dict[str, Any] = {"landed": [*landed.values()], "unusable": []}

    def statements(_rows: pl.LazyFrame, rejects: pl.LazyFrame) -> RowsOfInput:
        counts = rejects.group_by("requested").len().collect().iter_rows()
        told["unusable"] += sorted(key for key, count in counts if count == records.get(key))
        return RowsOfInput("ReportDate")

    files = [paths.landed_sales(key) for key in landed]
    return load_whole(
        loader,
        Tally(context, monthly_sales),
        Input(monthly_sales, files),
        statements,
        [landed],
        told=told,
    )


def sales_problems(storage: StorageResource) -> list[str]:
    """The sentences about files in the inbox that could not be landed or used, as noted."""
    noted, loaded = made_before(storage, LANDING), _loaded(storage)
    problems = []
    for blob in sales_inbox(storage)[0]:
        told = noted[blob.path].told if blob.path in noted else {}
        if "problem" in told:
            problems.append(told["problem"])
        elif told.get("key") in loaded.get("unusable", []):
            problems.append(UNUSABLE.format(blob.path, ", ".join(loaded["files"])))
    return problems


def sales_waiting(storage: StorageResource, files: Iterable[Blob]) -> dict[str, str]:
    """The versions of the files that no run has landed and loaded, by path."""
    noted, landed = made_before(storage, LANDING), landed_sales(storage)
    loaded = {None, *_loaded(storage).get("landed", [])}
    return {
        blob.path: blob.etag
        for blob in files
        if not _is_noted(blob, noted, landed)
        or landed.get(_key(noted[blob.path]) or "") not in loaded
    }


def landed_sales(storage: StorageResource) -> dict[str, str]:
    """The versions of all landed reports, by the keys of their contents."""
    return {
        blob.path.removeprefix(paths.LANDED_SALES).partition("/")[0]: blob.etag
        for blob in storage.list(paths.LANDED_SALES)
    }


def _loaded(storage: StorageResource) -> dict[str, Any]:
    made = made_before(storage, monthly_sales.entity).get(ALL)
    return made.told if made else {}


def _key(made: Made) -> str | None:
    """The key of a file's content; None for a file that could not be landed."""
    return made.told.get("key")


def _stands(made: Made, landed: Mapping[str, str]) -> bool:
    """True if the landing of a file is the one that was noted, also where the file has gone."""
    key = _key(made)
    return key is not None and made.told["landed"] == landed.get(key)


def _is_noted(blob: Blob, noted: Mapping[str, Made], landed: Mapping[str, str]) -> bool:
    made = noted.get(blob.path)
    return made is not None and made.fingerprint == _word(blob, _key(made), landed)


def _made(blob: Blob, told: dict[str, Any], landed: Mapping[str, str]) -> Made:
    key = told.get("key")
    word = "" if told.get("again") else _word(blob, key, landed)
    return Made(word, told={**told, "landed": landed.get(key or "")})


def _word(blob: Blob, key: str | None, landed: Mapping[str, str]) -> str:
    """The fingerprint of a file's landing; without a key, of a file that cannot be landed."""
    return fingerprint(blob.etag, key and landed.get(key))
