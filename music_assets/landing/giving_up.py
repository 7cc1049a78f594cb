"""The two reasons to stop an ingest early: a long refusal, and a streak of failures."""

from collections import deque
from collections.abc import Iterable

from music_assets.calls.call_errors import LoginError, NotFound, RateLimited
from music_assets.landing.ingests import IngestError
from music_assets.spotify.listings import ListingsById
from music_assets.spotify.session import Session

#: Errors after which every other call of the run would fail too.
FINAL = (RateLimited, LoginError)
#: After so many failed ids in a row, the rest would most likely fail too.
HOPELESS = 20


def stop_if_refused(session: Session, part: ListingsById, *, landed: int, left: int) -> None:
    """Stop the ingest if Spotify refuses calls for a long time, or does not accept the login.

    Raises:
        IngestError: it does; the message says how to go on.
    """
    final = next((each.error for each in part.values() if isinstance(each.error, FINAL)), None)
    if final is None:
        return
    state = f"{final} {landed} have landed and {left} are left;"
    if isinstance(final, RateLimited):
        until = session.refuse(final)
        raise IngestError(
            f"{state} run again after {until:%Y-%m-%d %H:%M} UTC to go on from there."
        )
    raise IngestError(f"{state} a new run goes on from there.")


class FailureStreak:
    """Counts the ids in a row that failed, in the order in which they were asked for.

    A failed id is tried again for a while and so is settled after later ones. In the order of
    settling, a few failures among many would look like a streak.

    Args:
        kind: of the ingest, for the message.
        ids: in the order in which they are asked for.
    """

    def __init__(self, kind: str, ids: Iterable[str]) -> None:
        self._kind = kind
        self._unsettled = deque(ids)
        self._failed: dict[str, bool] = {}
        self._length = 0

    def stop_if_hopeless(self, part: ListingsById) -> None:
        """Count a part, and stop the ingest after `HOPELESS` failures in a row.

        Raises:
            IngestError: there were as many; the message gives some of the reasons.
        """
        for each, listing in part.items():
            self._failed[each] = bool(listing.error) and not isinstance(listing.error, NotFound)
        while self._unsettled and self._unsettled[0] in self._failed and self._length < HOPELESS:
            failed = self._failed.pop(self._unsettled.popleft())
            self._length = self._length + 1 if failed else 0
        if self._length < HOPELESS:
            return
        reasons = {str(each.error): requested for requested, each in part.items() if each.error}
        some = " ".join(
            f"{reason} (Asked for {each}.)" for reason, each in list(reasons.items())[:3]
        )
        raise IngestError(
            f"{HOPELESS} of the {self._kind} lists in a row could not be fetched, so no more were "
            f"asked for; what came has landed, and a new run goes on from there. {some}"
        )
