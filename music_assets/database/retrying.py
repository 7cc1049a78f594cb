"""What passes by itself is waited for: a whole piece of work, again, on a fresh connection.

Azure asks for 5 seconds first and for longer waits after that. A serverless database that has
paused refuses the first login and needs about a minute to resume.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, cast

import dagster as dg
import tenacity

from music_assets.database.database_errors import (
    DatabaseError,
    Unavailable,
    cause,
    driver_error,
    is_maybe_missing,
    is_transient,
)

FIRST_WAIT, LONGEST_WAIT = 5.0, 60.0
#: Waits of 5, 10, 20, 40, 60 and 60 seconds: more than the three minutes that a resume may take.
ATTEMPTS = 7
#: Of a database that may not exist.
FEW_ATTEMPTS = 3

T = TypeVar("T")


@dataclass(frozen=True)
class Patience:
    """How a database is asked again.

    Attributes:
        secret: what no message may hold; the password.
        sleep: waits that many seconds.
    """

    secret: str = ""
    sleep: Callable[[float], None] = time.sleep

    def __call__(self, work: Callable[[], T], refusal: str) -> T:
        """What `work` gives, which opens a connection of its own each time that it is called.

        Raises:
            DatabaseError: the database refused, as `refusal` says; then comes why.
        """

        def tell(state: tenacity.RetryCallState) -> None:
            told = self._cause(_error(state))
            dg.get_dagster_logger().warning(
                f"{refusal}: {told}. It is asked again in {state.upcoming_sleep:.0f} seconds."
            )

        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(is_transient),
            wait=tenacity.wait_exponential(FIRST_WAIT, max=LONGEST_WAIT, min=FIRST_WAIT),
            stop=_enough,
            before_sleep=tell,
            sleep=self.sleep,
            reraise=True,
        )
        try:
            return retrying(work)
        except Exception as error:
            if driver_error(error) is None and not isinstance(error, Unavailable):
                raise
            raise DatabaseError(f"{refusal}: {self._cause(error)}.") from None

    def _cause(self, error: BaseException) -> str:
        told = cause(error)
        return told.replace(self.secret, "***") if self.secret else told


def _error(state: tenacity.RetryCallState) -> BaseException:
    """What the attempt that has just failed raised."""
    return cast("BaseException", cast("tenacity.Future", state.outcome).exception())


def _enough(state: tenacity.RetryCallState) -> bool:
    attempts = FEW_ATTEMPTS if is_maybe_missing(_error(state)) else ATTEMPTS
    return state.attempt_number >= attempts
