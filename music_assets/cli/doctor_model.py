"""The answer of `music-assets doctor --json`; its schema is what `--schema` prints."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Finding(BaseModel):
    """One thing that was looked at."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Literal[
        "settings", "login", "storage", "database", "driver", "java", "disk", "history", "clock"
    ]
    well: bool
    said: str = Field(description="a sentence: what is well, or what is wrong")
    mend: str = Field("", description="a sentence: what to do; empty where it is well")


class Diagnosis(BaseModel):
    """Everything that was looked at, in order."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1] = 1
    well: bool
    findings: list[Finding]
