"""The options of the sandbox, each with its unit."""

from dataclasses import dataclass, field
from typing import Literal, get_args

#: Rights that a login may have.
FOLLOWING, LISTENING = "user-follow-read", "user-read-recently-played"
Mode = Literal["development", "extended"]
FaultKind = Literal["500", "503", "dropped", "partial", "truncated", "slow"]
FAULT_KINDS: tuple[FaultKind, ...] = get_args(FaultKind)


@dataclass(frozen=True)
class SandboxOptions:
    """The sandbox's options. The default is a fast, faultless development mode without limits.

    Raises ValueError for an unknown mode or fault kind and for a share outside 0 to 1.
    """

    #: "development": fewer fields, at most 10 albums a page, no batches. "extended": everything.
    mode: Mode = "development"
    #: API calls that fit into the rolling window; None for any. One more gets 429 with Retry-After.
    requests_per_window: int | None = None
    #: Length of the rolling window, in seconds.
    window_seconds: float = 30.0
    #: API calls that fit into rolling 24 hours, of all apps together; None for any. One more gets
    #: 429, QUOTA_EXCEEDED.
    daily_quota: int | None = None
    #: Seconds in the Retry-After of an exceeded quota. Spotify has been seen to say 48,925.
    quota_retry_after: int = 48_925
    #: Seconds in which MusicBrainz takes one call; a further one gets 503. 0 for any number.
    lookup_seconds: float = 0.0
    #: Life of an access token, in seconds.
    token_seconds: float = 3600.0
    #: Life that the token endpoint claims. More than `token_seconds` gives 401s by surprise.
    expires_in: int = 3600
    #: Seconds before each answer, also of refused calls; calls wait concurrently.
    latency_seconds: float = 0.0
    #: Share of the accepted calls that get a fault, from 0 to 1.
    fault_rate: float = 0.0
    #: The fault of a call is a function of this number and of the call's ordinal.
    fault_seed: int = 1
    #: The faults to draw from. 500, 503: that status. dropped: the connection closes without an
    #: answer. partial: it closes in the middle of one. truncated: a complete HTTP answer whose JSON
    #: is cut off. slow: the right answer, `slow_seconds` later. Of MusicBrainz, 500 is a page in
    #: place of the JSON, as a gateway sends it.
    fault_kinds: tuple[FaultKind, ...] = FAULT_KINDS
    #: Extra seconds of a slow answer.
    slow_seconds: float = 1.0
    #: The credentials that the token endpoint expects.
    client_id: str = "sandbox"
    client_secret: str = field(default="sandbox", repr=False)
    refresh_token: str = field(default="sandbox", repr=False)
    #: The rights of the refresh token, with spaces between, until a login asks for others.
    scope: str = FOLLOWING
    #: The moment until which the listener has played songs, in seconds since 1970; None for now.
    listened_until: float | None = None
    #: Client ids of more apps of the same developer account, each with the same secret. They share
    #: the day's quota, and have rolling windows of their own.
    other_apps: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.mode not in get_args(Mode):
            raise ValueError(f"mode is development or extended, not {self.mode!r}")
        if not 0 <= self.fault_rate <= 1:
            raise ValueError(f"fault_rate is 0 to 1, not {self.fault_rate!r}")
        if not self.fault_kinds or not set(self.fault_kinds) <= set(FAULT_KINDS):
            raise ValueError(f"fault_kinds are of {FAULT_KINDS}, not {self.fault_kinds!r}")

    @property
    def apps(self) -> tuple[str, ...]:
        """The client ids of all apps."""
        return (self.client_id, *self.other_apps)
