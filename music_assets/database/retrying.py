"""Retries after faults that pass: a whole piece of work again, on a fresh connection.

Azure asks for a first wait of 5 seconds and for longer ones after it. A serverless database that is
paused rejects the first login and takes about a minute to resume.
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
#: Tries where the database may not exist.
FEW_ATTEMPTS = 3

T = TypeVar("T")


@dataclass(frozen=True)
class Patience:
    """Repeats work on a database while a fault may pass.

    Attributes:
        secret: the password, which no message may hold.
        sleep: waits for a number of seconds.
    """

    secret: str = ""
    sleep: Callable[[float], None] = time.sleep

    def __call__(self, work: Callable[[], T], refusal: str) -> T:
        """The result of `work`, which opens a connection of its own at each call.

        Args:
            work: the work to do.
            refusal: the beginning of the message where it fails: what the database did not do.

        Raises:
            DatabaseError: the work failed; the message is `refusal` and the cause.
        """

        def tell(state: tenacity.RetryCallState) -> None:
            why = self._cause(_error(state))
            dg.get_dagster_logger().warning(
                f"{refusal}: {why}. It is asked again in {state.upcoming_sleep:.0f} seconds."
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
        found = cause(error)
        return found.replace(self.secret, "***") if self.secret else found


def _error(state: tenacity.RetryCallState) -> BaseException:
    """The error of the last attempt."""
    return cast("BaseException", cast("tenacity.Future", state.outcome).exception())


def _enough(state: tenacity.RetryCallState) -> bool:
    attempts = FEW_ATTEMPTS if is_maybe_missing(_error(state)) else ATTEMPTS
    return state.attempt_number >= attempts
