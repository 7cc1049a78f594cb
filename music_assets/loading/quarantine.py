"""Quarantine: rejects, each with its reason and its source."""

from collections.abc import Iterable, Sequence

import dagster as dg

from music_assets.landing.pages import Reject
from music_assets.storage.blobs import StorageResource

NOTHING_QUARANTINED = "nothing_quarantined"


def quarantine_check(asset: str) -> list[dg.AssetCheckSpec]:
    """The check that warns of the rejects of an asset."""
    return [
        dg.AssetCheckSpec(
            NOTHING_QUARANTINED, asset=asset, description="Every record that arrived could be used."
        )
    ]


def quarantine_result(
    count: int, paths: Sequence[str], missing: Iterable[str] = ()
) -> dg.AssetCheckResult:
    """The outcome of `quarantine_check`.

    Args:
        count: of the rejects.
        paths: of their files.
        missing: sentences about files of an inbox that were not taken, or say that they are short.
    """
    said = [f"{count} records are in quarantine."] if count else []
    said += missing
    return dg.AssetCheckResult(
        check_name=NOTHING_QUARANTINED,
        passed=not said,
        severity=dg.AssetCheckSeverity.WARN,
        description=" ".join(said) or None,
        metadata={"records": count, "files": list(paths)},
    )


def put_aside(
    storage: StorageResource, path: str, source: str, rejects: Iterable[Reject]
) -> list[str]:
    """Write rejects to a file; returns its path, or nothing where there are no rejects."""
    lines = [reject.to_line(source) for reject in rejects]
    if not lines:
        return []
    storage.write(path, b"".join(lines))
    return [path]
