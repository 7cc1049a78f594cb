"""The loads of what somebody heard: a month that would be loaded as it was costs a look."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
import narwhals as nw
import polars as pl
import sqlalchemy as sa

from music_assets.database.scope import RowsOf, RowsWithin
from music_assets.database.versioning import Versions, version_of
from music_assets.engines.engine import Lookup
from music_assets.landing.play_manifests import mark_plays_loaded
from music_assets.loading.landed_plays import LandedPlays, landed_plays
from music_assets.loading.loader import Input, Loader
from music_assets.loading.tally import Tally
from music_assets.loading.utc_months import beside, month_at, month_of, ranges, weeks_of
from music_assets.loading.whole_loads import load_whole
from music_assets.schema import tables
from music_assets.storage.fingerprints import (
    Made,
    changed,
    fingerprint,
    forget,
    made_before,
    note_made,
)
from music_assets.transforms.listened_songs import listened_songs
from music_assets.transforms.local_time import calendar_lookup, days_lookup
from music_assets.transforms.plays import plays

#: The notes of the loads of months; those of extracts have the table's name.
MONTHS = "plays_by_month"
#: Bytes of pages that are loaded at once, so that memory does not grow with the history.
BYTES_AT_ONCE = 8_000_000


def load_songs(context: dg.AssetExecutionContext, loader: Loader) -> dg.MaterializeResult:
    """Load the songs of all landed plays; those that no landing names any longer go."""
    tally, landed = Tally(context, listened_songs), landed_plays(loader.storage)
    names = landed.names(loader.database)

    def held(_rows: pl.LazyFrame, _rejects: pl.LazyFrame) -> RowsOf:
        known = loader.database.read(sa.select(tables.listened_songs.c.SongID))["SongID"]
        return RowsOf("SongID", known.to_list())

    return load_whole(
        loader,
        tally,
        Input(
            listened_songs,
            [blob.path for blob in landed.songs],
            {"names": nw.from_native(names, eager_only=True)},
        ),
        held,
        [[blob.etag for blob in landed.songs], _digest(names)],
    )


def load_plays(
    context: dg.AssetExecutionContext, loader: Loader, zone: ZoneInfo, today: dt.date
) -> dg.MaterializeResult:
    """Load the months of which a landing or a row is other than it was.

    Args:
        context: of the asset.
        loader: the way into the table.
        zone: the time zone in which days, hours and weeks count.
        today: the newest day on which anybody can have heard anything.
    """
    tally = Tally(context, plays)
    loads = _Loads(loader, tally, landed_plays(loader.storage), zone, today)
    stale = loads.stale()
    for batch in loads.batches(stale):
        loads.load(batch)
    loads.note(stale)
    loads.tell_of_the_others(stale)
    tally.is_as_it_was = not stale
    landed = loads.landed.counts["plays"]
    rows = loader.database.count(tables.plays) + tally.counts["quarantined"]
    mark_plays_loaded(loader.storage, loads.landed.manifests)
    tally.told = {"landed": landed, "duplicates": landed - rows, "months": len(stale)}
    return tally.result(loader.database)


@dataclass
class _Loads:
    """The loads of months."""

    loader: Loader
    tally: Tally
    landed: LandedPlays
    zone: ZoneInfo
    today: dt.date

    def __post_init__(self) -> None:
        self.noted = made_before(self.loader.storage, MONTHS)
        self.names = self.landed.names(self.loader.database)
        self.told: dict[str, dict[str, Any]] = {}
        self.clock: dict[str, Lookup] = {
            "days": nw.from_dict(days_lookup(self.zone, self.today), backend="polars"),
            "calendar": nw.from_dict(calendar_lookup(self.today), backend="polars"),
        }

    def stale(self) -> list[str]:
        """The months that are otherwise than they were noted, in order; those that are gone too."""
        told = {month: made.told for month, made in self.noted.items()}
        now = self._words([*self.landed.months], self.loader.database.data_versions(), told)
        gone = self.noted.keys() - now.keys()
        return sorted({*changed(self.noted, now), *gone})

    def batches(self, months: Sequence[str]) -> list[list[str]]:
        """Months in batches of about `BYTES_AT_ONCE`."""
        made: list[list[str]] = []
        size = 0
        for month in months:
            own = sum(blob.size for blob in self.landed.files_of([month]))
            if not made or size + own > BYTES_AT_ONCE:
                made.append([])
                size = 0
            made[-1].append(month)
            size += own
        return made

    def load(self, months: Sequence[str]) -> None:
        """Load some months; the months beside them are read too, for plays at their edges."""
        read = sorted({each for month in months for each in (month, *beside(month))})
        counts = Counter[str]()

        def scope(_rows: pl.LazyFrame, rejects: pl.LazyFrame) -> RowsWithin:
            counts.update(dict(rejects.group_by("requested").len().collect().iter_rows()))
            return RowsWithin("EndedAt", ranges(months))

        done = self.loader.load(
            self.tally,
            Input(plays, [blob.path for blob in self.landed.files_of(read)], self._lookups(months)),
            scope=scope,
            name=months[0] if len(months) == 1 else f"{months[0]}...{months[-1]}",
            unite=lambda made: made[0].rename({"Kind": "Source"}),
            needs_a_row=False,
        )
        orphans = Counter(map(month_of, done.orphans["EndedAt"] if done.orphans.height else ()))
        for month in months:
            rejected = counts[month] + orphans[month]
            files = list(self.tally.quarantine_files) if rejected else []
            self.told[month] = {
                "rejects": rejected,
                "files": files,
                "orphans": bool(orphans[month]),
            }

    def _lookups(self, months: Sequence[str]) -> dict[str, Lookup]:
        wanted = {"requested": list(months), "Wanted": [True] * len(months)}
        told = self.landed.repeated.with_columns(Again=pl.lit(value=True))
        return {
            **self.clock,
            "months": nw.from_dict(wanted, backend="polars"),
            "names": nw.from_native(self.names, eager_only=True),
            "repeated": nw.from_native(told, eager_only=True),
        }

    def note(self, months: Sequence[str]) -> None:
        """Note what the months were made of, now that their rows are there."""
        words = self._words(months, self.loader.database.data_versions(), self.told)
        made = {
            month: Made(words[month], told=told)
            for month, told in self.told.items()
            if month in self.landed.months
        }
        note_made(self.loader.storage, MONTHS, made)
        forget(self.loader.storage, MONTHS, self.told.keys() - made.keys())

    def tell_of_the_others(self, loaded: Sequence[str]) -> None:
        """Count the rejects of the months that are as they were."""
        others = [made.told for month, made in self.noted.items() if month not in loaded]
        self.tally.counts["quarantined"] += sum(told["rejects"] for told in others)
        files = {file for told in others for file in told["files"]}
        self.tally.quarantine_files += sorted(files - {*self.tally.quarantine_files})

    def _words(
        self, months: Sequence[str], versions: Versions, told: Mapping[str, Mapping[str, Any]]
    ) -> dict[str, str]:
        """The fingerprint of each month: what it is made of, and the rows that it has.

        A month with orphans gains from every new song.
        """
        names, repeated = _digest(self.names), _by_month(self.landed.repeated)
        songs = version_of(versions, tables.listened_songs)
        return {
            month: fingerprint(
                self.zone.key,
                [blob.etag for blob in self.landed.files_of([month, *beside(month)])],
                names,
                repeated.get(month),
                [versions.get((plays.entity, week)) for week in weeks_of(month)],
                songs if told.get(month, {}).get("orphans") else None,
            )
            for month in months
        }


def _digest(frame: pl.DataFrame) -> str:
    """A word for the rows of a small frame."""
    return fingerprint(*frame.iter_rows()) if frame.height else ""


def _by_month(repeated: pl.DataFrame) -> Mapping[str, str]:
    """A word for the repeated plays of each month."""
    rows: dict[str, list[Any]] = {}
    for key, at, offline in repeated.iter_rows():
        rows.setdefault(month_at(at), []).append((key, at, offline))
    return {month: fingerprint(*found) for month, found in rows.items()}
