"""The folder in which Dagster keeps runs, materialisations and the sensors' cursors.

DAGSTER_HOME names it. Where nothing does, it lies beside the database and the storage, in the
folder where a command starts, so that every command has one history.
"""

import os
import shutil
from pathlib import Path

VARIABLE, DEFAULT = "DAGSTER_HOME", "data/dagster"
#: What Dagster is told in a folder that says nothing itself.
SETTINGS = Path(__file__).with_name("dagster.yaml")


def dagster_home() -> Path:
    """The folder, whether it exists or not."""
    return Path(os.environ.get(VARIABLE) or DEFAULT).resolve()


def prepared_home() -> Path:
    """The folder, made where it is missing, with the project's settings where it has none.

    Raises:
        OSError: it cannot be made.
    """
    home = dagster_home()
    home.mkdir(parents=True, exist_ok=True)
    if not (home / SETTINGS.name).exists():
        shutil.copy(SETTINGS, home)
    return home
