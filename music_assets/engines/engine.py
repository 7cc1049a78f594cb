"""The engine: what runs a transform, from landing pages to rows and rejects.

Nothing here knows which library an engine is made of. docs/extending.md says how to add one.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import dagster as dg
import narwhals as nw

from music_assets.storage.blobs import StorageResource
from music_assets.transforms.rows import Transform

#: A small table that a transform takes beside its pages.
Lookup = nw.DataFrame[Any]


class EngineError(Exception):
    """A transform could not be run; the message says why."""


@dataclass(frozen=True)
class Work:
    """One transform to run, once. All paths are in storage.

    Attributes:
        transform: what to apply.
        sources: landing files of NDJSON pages. No files are an empty input.
        rows: path of the Parquet file to write, sorted by key. An engine with several workers
            makes it a folder of such files instead, each of which continues the one before.
        quarantine: path of the NDJSON file, or folder of such files, for the rejects. Without
            rejects nothing is written.
        lookups: small tables that the transform's `judge` takes by name.
        context: of the asset that is being materialised, for an engine that reports to Dagster
            while it works; None outside a run.
    """

    transform: Transform
    sources: Sequence[str]
    rows: str
    quarantine: str
    lookups: Mapping[str, Lookup] = field(default_factory=dict)
    context: dg.AssetExecutionContext | None = None


@dataclass(frozen=True)
class Outcome:
    """The path of the rows that a transform gave, and the numbers of rows and rejects."""

    path: str
    accepted: int
    rejected: int


class Engine(dg.ConfigurableResource, ABC):
    """Runs transforms."""

    @abstractmethod
    def run(self, work: Work, storage: StorageResource) -> Outcome:
        """Read the pages of `work.sources`; write the accepted rows and the rejects.

        Raises:
            EngineError: the engine cannot be reached, or gave up.
        """
