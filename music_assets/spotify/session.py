"""Sessions: how a run asks Spotify, through one gate per app and process, on the app's account."""

import datetime as dt
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from music_assets.landing.ingests import IngestError
from music_assets.spotify.client import SpotifyResource
from music_assets.spotify.ledger import Learnt, Ledger
from music_assets.spotify.listings import Pages
from music_assets.spotify.pacing import Counts, Pacer
from music_assets.spotify.spotify_errors import RateLimited
from music_assets.storage.blobs import StorageResource
from music_assets.storage.storage_errors import StorageError

LOGGER = logging.getLogger(__name__)
#: From so many calls on, their pace says something about the next ones.
TELLING_CALLS = 50
#: One per app and ceiling, for as long as the process lives: Spotify counts beyond an asset's end.
_gates: dict[tuple[str, float | None], Pacer] = {}


@dataclass
class Session:
    """What one run asks, and what it has cost so far."""

    pages: Pages
    pacer: Pacer
    ledger: Ledger
    _before: Counts = field(init=False)
    _began: float = field(init=False)
    _recorded: int = 0

    def __post_init__(self) -> None:
        self._before, self._began = self.pacer.counts, time.monotonic()

    @property
    def made(self) -> Counts:
        """The session's calls; those of another one at the same time in this process too."""
        return self.pacer.counts - self._before

    def begin(self) -> None:
        """Make sure that Spotify takes calls.

        Raises:
            IngestError: it does not yet.
        """
        self.ledger.await_permission()
        self._began = time.monotonic()
        self.pacer.open(self.ledger.left())

    def record(self) -> None:
        """Write down the calls made since the last time."""
        accepted = self.made.accepted
        self.ledger.add(accepted - self._recorded)
        self._recorded = accepted

    def close(self) -> None:
        """Write down the calls, and what they have shown."""
        self.record()
        made, seconds = self.made.calls, time.monotonic() - self._began
        pace = round(made / seconds, 1) if made >= TELLING_CALLS else None
        known, spent = self.ledger.learnt().quota, self.ledger.spent()
        self.ledger.learn(
            Learnt(
                self.pages.albums_page,
                self.pages.batches,
                self.pacer.limit,
                # A day that took more calls had a larger quota.
                spent if known is not None and spent > known else None,
                pace,
            )
        )

    def refuse(self, refusal: RateLimited) -> dt.datetime:
        """Write down a long refusal; returns the time before which no call is to be made."""
        until = self.ledger.refuse(refusal.retry_after)
        self.record()
        spent = self.ledger.spent()
        if refusal.quota and spent:
            self.ledger.learn(Learnt(quota=spent))
        return until


@contextmanager
def open_session(
    spotify: SpotifyResource,
    storage: StorageResource,
    run_id: str,
    *,
    user: bool = False,
    anew: bool = False,
) -> Iterator[Session]:
    """A session for as long as the `with` block lasts; nothing is asked before its first call.

    Args:
        spotify: who is asked.
        storage: where the ledger lies.
        run_id: the run that asks.
        user: act for the user whose follow list is to be read.
        anew: find out again what the app may ask for.

    Raises:
        IngestError: a call was refused for a long time.
    """
    ledger = Ledger(storage, spotify.app, run_id)
    if anew:
        ledger.forget()
    learnt = ledger.learnt()
    key = (spotify.app, spotify.requests_per_second)
    pacer = _gates.setdefault(key, Pacer(spotify.requests_per_second, learnt.limit))
    with spotify.client(user=user) as client:
        pages = Pages(client, pacer, albums_page=learnt.albums_page, batches=learnt.batches)
        session = Session(pages, pacer, ledger)
        try:
            yield session
        except RateLimited as refusal:
            until = session.refuse(refusal)
            raise IngestError(f"{refusal} Run again after {until:%Y-%m-%d %H:%M} UTC.") from None
        finally:
            _close(session)


def _close(session: Session) -> None:
    """Close a session, whose work is done or has failed for reasons of its own by now."""
    try:
        session.close()
    except StorageError as error:
        LOGGER.warning("The calls of this run could not be written down: %s", error)
