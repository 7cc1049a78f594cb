"""Sessions: a run's access to Spotify, with one pacer per account and process, and its ledger."""

import datetime as dt
import logging
import os
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from music_assets.calls.call_errors import CallsPaused, RateLimited
from music_assets.calls.counts import Counts
from music_assets.calls.ledger import AppLimits, Ledger
from music_assets.calls.pacing import Pacer
from music_assets.spotify.access import SpotifyResource
from music_assets.spotify.listings import Listings
from music_assets.storage.blobs import StorageResource
from music_assets.storage.storage_errors import StorageError

LOGGER = logging.getLogger(__name__)
#: The pace of fewer calls says little about the next ones.
TELLING_CALLS = 50
#: By account and ceiling. They live as long as the process: Spotify's window spans several assets.
_pacers: dict[tuple[str, float | None], Pacer] = {}


@dataclass
class Session:
    """One run's access to Spotify, and the calls that it has made."""

    listings: Listings
    pacer: Pacer
    ledger: Ledger
    _before: Counts = field(init=False)
    _began: float = field(init=False)
    _recorded: int = 0

    def __post_init__(self) -> None:
        self._before, self._began = self.pacer.counts, time.monotonic()

    @property
    def made(self) -> Counts:
        """The calls since the session began, also those of a concurrent one in this process."""
        return self.pacer.counts - self._before

    def begin(self) -> None:
        """Make sure that Spotify takes calls.

        Raises:
            CallsPaused: Spotify takes no calls yet.
        """
        self.ledger.await_permission()
        self._began = time.monotonic()
        self.pacer.open(self.ledger.left())

    def record(self) -> None:
        """Write the calls since the last record into the ledger."""
        accepted = self.made.accepted
        self.ledger.add(accepted - self._recorded)
        self._recorded = accepted

    def close(self) -> None:
        """Write the calls, and the limits that they have shown, into the ledger."""
        self.record()
        made, seconds = self.made.calls, time.monotonic() - self._began
        pace = round(made / seconds, 1) if made >= TELLING_CALLS else None
        known, spent = self.ledger.limits().quota, self.ledger.spent()
        self.ledger.keep_limits(
            AppLimits(
                self.listings.album_page_size.known,
                self.listings.batches,
                self.pacer.limit,
                # A day with more calls than the known quota shows a larger one.
                spent if known is not None and spent > known else None,
                pace,
            )
        )

    def refuse(self, refusal: RateLimited) -> dt.datetime:
        """Note a long refusal; returns the time before which no call is to be made."""
        until = self.ledger.refuse(refusal.retry_after)
        self.record()
        spent = self.ledger.spent()
        if refusal.quota and spent:
            self.ledger.keep_limits(AppLimits(quota=spent))
        return until


@contextmanager
def open_session(
    spotify: SpotifyResource,
    storage: StorageResource,
    run_id: str,
    *,
    user: bool = False,
    anew: bool = False,
    tell: Callable[[str], None] = LOGGER.info,
) -> Iterator[Session]:
    """A session for as long as the `with` block lasts. It begins when no other run has one.

    Args:
        spotify: access to the Web API.
        storage: holds the ledger.
        run_id: of the run.
        user: log in as the user, whose follow list is to be read.
        anew: forget the app's limits, so that calls show them anew.
        tell: takes the sentence that says for whom this run waits.

    Raises:
        CallsPaused: Spotify refused a call for a long time.
    """
    ledger = Ledger(storage, spotify.app, run_id)
    with storage.turn(ledger.turn, lambda: tell(ledger.whose_turn())):
        ledger.take_turn(f"run {run_id[:8]} (process {os.getpid()} of {platform.node()})")
        with _in_turn(spotify, ledger, user=user, anew=anew) as session:
            yield session


@contextmanager
def _in_turn(
    spotify: SpotifyResource, ledger: Ledger, *, user: bool, anew: bool
) -> Iterator[Session]:
    if anew:
        ledger.forget_limits()
    limits = ledger.limits()
    key = (spotify.app, spotify.requests_per_second)
    pacer = _pacers.setdefault(key, Pacer(spotify.requests_per_second, limits.limit))
    with spotify.client(user=user) as client:
        listings = Listings(client, pacer, albums_page=limits.albums_page, batches=limits.batches)
        session = Session(listings, pacer, ledger)
        try:
            yield session
        except RateLimited as refusal:
            until = session.refuse(refusal)
            raise CallsPaused(f"{refusal} Run again after {until:%Y-%m-%d %H:%M} UTC.") from None
        finally:
            _close(session)


def _close(session: Session) -> None:
    """Close a session. An error of the ledger must not replace the outcome of the run."""
    try:
        session.close()
    except StorageError as error:
        LOGGER.warning("The calls of this run could not be written down: %s", error)
