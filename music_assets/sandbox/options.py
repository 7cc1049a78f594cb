"""How the sandbox behaves: every switch of it, with its unit."""

from dataclasses import dataclass, field
from typing import Literal, get_args

Mode = Literal["development", "extended"]
FaultKind = Literal["500", "503", "dropped", "partial", "truncated", "slow"]
FAULT_KINDS: tuple[FaultKind, ...] = get_args(FaultKind)


@dataclass(frozen=True)
class SandboxOptions:
    """The sandbox's behaviour; the default is a fast, faultless development mode without limits.

    Raises ValueError for an unknown mode or fault kind and for a share outside 0 to 1.
    """

    #: "development": fewer fields, at most 10 albums a page, no batches. "extended": everything.
    mode: Mode = "development"
    #: API calls that fit in the rolling window; None: any. One more: 429 with Retry-After.
    requests_per_window: int | None = None
    #: Seconds that the rolling window is long.
    window_seconds: float = 30.0
    #: API calls that fit in rolling 24 hours; None: any. One more: 429, QUOTA_EXCEEDED.
    daily_quota: int | None = None
    #: Seconds in the Retry-After of an exceeded quota. Spotify has been seen to say 48,925.
    quota_retry_after: int = 48_925
    #: Seconds that an access token is accepted after it was issued.
    token_seconds: float = 3600.0
    #: Seconds that the token endpoint claims. Above `token_seconds`: 401s that none can foresee.
    expires_in: int = 3600
    #: Seconds that each API call waits, refused ones too; calls wait side by side.
    latency_seconds: float = 0.0
    #: Share of accepted API calls, 0 to 1, that get a fault.
    fault_rate: float = 0.0
    #: Which calls get which fault is a function of this number and of the call's ordinal.
    fault_seed: int = 1
    #: The faults to draw from. 500, 503: that status. dropped: the connection closes without an
    #: answer. partial: it closes in the middle of one. truncated: a complete HTTP answer whose JSON
    #: is cut off. slow: the right answer, `slow_seconds` later.
    fault_kinds: tuple[FaultKind, ...] = FAULT_KINDS
    #: Seconds that a slow answer takes longer.
    slow_seconds: float = 1.0
    #: What the token endpoint expects of a client.
    client_id: str = "sandbox"
    client_secret: str = field(default="sandbox", repr=False)
    refresh_token: str = field(default="sandbox", repr=False)

    def __post_init__(self) -> None:
        if self.mode not in get_args(Mode):
            raise ValueError(f"mode is development or extended, not {self.mode!r}")
        if not 0 <= self.fault_rate <= 1:
            raise ValueError(f"fault_rate is 0 to 1, not {self.fault_rate!r}")
        if not self.fault_kinds or not set(self.fault_kinds) <= set(FAULT_KINDS):
            raise ValueError(f"fault_kinds are of {FAULT_KINDS}, not {self.fault_kinds!r}")
