"""The answer of `music-assets status --json`; its schema is what `--schema` prints.

A member is added at the end and never changes its meaning; one that goes, or means something else,
raises `version`. Moments are in UTC. Absent is null, never 0 and never "": a part that could not be
looked at is null, and one that is empty is there.
"""

import datetime as dt
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Part(BaseModel):
    """A part of the answer, which has the members of its schema and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LastRun(Part):
    """The newest run in Dagster's history, whoever launched it."""

    run_id: str
    job: str
    status: str = Field(description="as Dagster says it, such as SUCCESS, FAILURE or STARTED")
    began: dt.datetime | None
    ended: dt.datetime | None


class NewestWeek(Part):
    """The newest week that has figures."""

    week: str = Field(description="its ISO name, such as 2026-W47")
    week_id: int
    finished: bool = Field(description="false until its Sunday")
    sources: list[str] = Field(
        description="where its figures come from: `simulated`, or paths of files; empty where "
        "they were loaded before that was kept"
    )


class Stale(Part):
    """The work of the next run, beside asking Spotify."""

    weeks: list[str] = Field(description="ISO names of weeks that it would land or load")
    files: list[str] = Field(description="paths of files in inboxes that no run has loaded")


class Quarantined(Part):
    """Records in quarantine that have one reason."""

    asset: str
    reason: str
    records: int
    loaded: bool = Field(description="true if they are in the table, without the value")


class Quota(Part):
    """The calls to a server that an app, or a developer account, has made and may make."""

    server: Literal["Spotify", "MusicBrainz"]
    app: str = Field(description="the app or account, and the server's name")
    spent: int = Field(description="calls of the last 24 hours")
    left: int | None = Field(description="null where no refusal has shown the day's quota")
    not_before: dt.datetime | None = Field(description="no call is made before this moment")


class Unfinished(Part):
    """An ingest that was begun and not closed."""

    kind: str
    folder: str
    parts: int
    seconds: int = Field(description="since its newest part landed")
    resumed: bool = Field(description="true if the next run goes on with it")


class Login(Part):
    """The login at Spotify."""

    kind: Literal["sandbox", "browser", "token"] = Field(
        description="the bundled sandbox, a browser at each time, or a kept refresh token"
    )
    days: int | None = Field(description="its age; null where nobody noted when it began")
    old: bool = Field(description="true where it ends within a month")


class Status(Part):
    """The whole status: what there is, what is missing, and what waits."""

    version: Literal[1] = 1
    at: dt.datetime
    storage: str
    database: str
    history: str = Field(description="the folder of Dagster's history")
    last_run: LastRun | None
    newest_week: NewestWeek | None = Field(description="null where no week has figures")
    rows: dict[str, int] | None = Field(description="of each table; empty before the first run")
    stale: Stale | None
    quarantine: list[Quarantined] | None
    quotas: list[Quota] | None
    unfinished: list[Unfinished] | None
    login: Login
    problems: list[str] = Field(description="sentences about what could not be looked at")
