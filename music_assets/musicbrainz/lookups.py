"""Lookups: a run's access to MusicBrainz, in a turn of its own, one call at a time."""

import datetime as dt
import logging
import os
import platform
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from music_assets.calls.call_errors import RateLimited
from music_assets.calls.counts import Counts
from music_assets.calls.ledger import Ledger
from music_assets.calls.pacing import Pacer
from music_assets.musicbrainz.entities import Entity, Json
from music_assets.musicbrainz.web_service import MusicBrainzResource, WebService
from music_assets.storage.blobs import StorageResource
from music_assets.storage.paths import MUSICBRAINZ_LEDGER

LOGGER = logging.getLogger(__name__)
#: By address and ceiling. They live as long as the process: its last call may be of another run.
_pacers: dict[tuple[str, float | None], Pacer] = {}


@dataclass
class Lookups:
    """One run's access to MusicBrainz, and the calls that it has made."""

    service: WebService
    pacer: Pacer
    ledger: Ledger
    _before: Counts = field(init=False)
    _recorded: int = 0

    def __post_init__(self) -> None:
        self._before = self.pacer.counts

    @property
    def made(self) -> Counts:
        """The calls since the lookups were opened."""
        return self.pacer.counts - self._before

    def known_at(
        self, entity: Entity, spotify_ids: Sequence[str]
    ) -> dict[str, dict[str, str] | None]:
        """The names by MBID of what the page of each of up to 100 ids belongs to, if known."""
        return self.pacer.call(partial(self.service.known_at, entity, spotify_ids))

    def entity(self, entity: Entity, mbid: str) -> Json | str:
        """An entity, or the MBID that this one was merged into."""
        return self.pacer.call(partial(self.service.entity, entity, mbid))

    def artists_named(self, name: str) -> dict[str, str]:
        """The names by MBID of the artists that a search for a name finds, best first."""
        return self.pacer.call(partial(self.service.artists_named, name))

    def titles_of(self, mbid: str) -> list[str]:
        """The titles of an artist's albums."""
        return self.pacer.call(partial(self.service.titles_of, mbid))

    def releases_with(self, barcode: str) -> dict[str, str]:
        """The MBIDs of the releases with this barcode, each with that of its group."""
        return self.pacer.call(partial(self.service.releases_with, barcode))

    def record(self) -> None:
        """Write the calls since the last record into the ledger."""
        calls = self.made.calls
        self.ledger.add(calls - self._recorded)
        self._recorded = calls

    def refuse(self, refusal: RateLimited) -> dt.datetime:
        """Note a long refusal; returns the time before which no call is to be made."""
        return self.ledger.refuse(refusal.retry_after)


@contextmanager
def open_lookups(
    musicbrainz: MusicBrainzResource,
    storage: StorageResource,
    run_id: str,
    *,
    tell: Callable[[str], None] = LOGGER.info,
) -> Iterator[Lookups]:
    """Lookups for as long as the `with` block lasts. It begins when no other run has some.

    The last call of a run, which may have been killed, was made before its turn was over. So the
    first call waits as if that one had just been made.

    Raises:
        CallsPaused: MusicBrainz takes no calls yet.
    """
    ledger = Ledger(
        storage,
        musicbrainz.address,
        run_id,
        folder=MUSICBRAINZ_LEDGER,
        server="MusicBrainz",
        then="a run after that goes on from there",
    )
    key = (musicbrainz.address, musicbrainz.ceiling)
    with storage.turn(ledger.turn, lambda: tell(ledger.whose_turn())):
        ledger.take_turn(f"run {run_id[:8]} (process {os.getpid()} of {platform.node()})")
        ledger.await_permission()
        pacer = _pacers.setdefault(key, Pacer(musicbrainz.ceiling, singly=True))
        pacer.open()
        pacer.hold()
        with musicbrainz.service() as service:
            lookups = Lookups(service, pacer, ledger)
            try:
                yield lookups
            finally:
                lookups.record()
