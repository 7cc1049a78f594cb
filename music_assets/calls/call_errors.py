"""Errors instead of an answer of Spotify's or MusicBrainz's; each message says what to do."""


class CallError(Exception):
    """A server did not answer with what was asked for; the message says what to do."""


class Temporary(CallError):
    """The same call may well succeed: a server error, a lost connection, a cut answer.

    Attributes:
        retry_after: seconds to wait at least, if the server says so.
    """

    def __init__(self, message: str, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class NoContent(Temporary):
    """The answer is empty, which some calls take for "nothing"."""


class NotFound(CallError):
    """There is no such thing, or no longer."""


class RateLimited(CallError):
    """Too many calls.

    Attributes:
        retry_after: seconds to wait.
        quota: True if the calls of a day are used up.
    """

    def __init__(
        self, retry_after: float, *, quota: bool, said: str = "", server: str = "Spotify"
    ) -> None:
        what = "the day's quota is used up" if quota else "there were too many calls"
        quoted = f' ("{said}")' if said else ""
        super().__init__(f"{server} says that {what}{quoted} and asks to wait {retry_after:.0f} s.")
        self.retry_after = retry_after
        self.quota = quota


class CallsPaused(CallError):
    """No call is to be made for a long time; the message says until when."""


class LoginError(CallError):
    """Spotify does not accept the login, so every other call would fail too."""


class Unauthorised(LoginError):
    """The access token has expired or was revoked."""


class Forbidden(CallError):
    """This app, or this address, may not ask for this."""


class LacksRight(Forbidden):
    """The user's login was not granted the right to ask for this."""


class BadRequest(CallError):
    """The server does not take the request as it was made."""
