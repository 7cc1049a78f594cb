"""An installation in a folder of its own, and the command as somebody calls it there."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from music_assets.config.settings import Settings
from music_assets.partitions import WEEKS
from music_assets.storage.folder import FolderStorage

#: The first week of an installation: it has three.
FIRST_WEEK = WEEKS.get_partition_keys()[-3]


@dataclass(frozen=True)
class Answer:
    """The outcome of a command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Installation:
    """A folder with everything in `data/`, and the variables that commands get there."""

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def storage(self) -> FolderStorage:
        return FolderStorage(root=str(self.folder / "data" / "storage"))

    @property
    def database(self) -> Path:
        return self.folder / "data" / "music.db"

    def call(self, *arguments: str, answer: str = "", **variables: str) -> Answer:
        """Call the command, in a process of its own; a stack trace ends the test.

        Args:
            arguments: of the command.
            answer: to what it asks.
            variables: of its environment, beside those of the installation.
        """
        ours = {str(each.validation_alias) for each in Settings.model_fields.values()}
        environment = {name: value for name, value in os.environ.items() if name not in ours}
        environment.pop("DAGSTER_HOME", None)
        ran = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "music_assets.cli", *arguments],
            cwd=self.folder, env=environment | self.variables | variables, input=answer,
            capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
        assert "Traceback" not in ran.stdout + ran.stderr
        return Answer(ran.returncode, ran.stdout, ran.stderr)
