"""Everything that Dagster shows, loaded from `defs/`; nothing is defined here.

Importing this reads the environment and touches nothing else: no network, credential or database.
"""

import warnings
from pathlib import Path

import dagster as dg

from music_assets import defs as room
from music_assets.config.redaction import guard_credentials
from music_assets.launch_errors import speak_in_sentences

speak_in_sentences()
guard_credentials()


@dg.definitions
def defs() -> dg.Definitions:
    """All that the modules in `defs/` define, run in one process."""
    folder = Path(room.__file__).parent
    # `load_from_defs_folder` loads the same, but needs a pyproject.toml, which a wheel lacks.
    tree = dg.ComponentTree.from_module(room, project_root=folder.parent.parent)
    with warnings.catch_warnings():
        # Dagster warns that a function which it calls itself is a preview.
        warnings.simplefilter("ignore", dg.PreviewWarning)
        found = tree.build_defs_at_path(folder)
    return dg.Definitions.merge(found, dg.Definitions(executor=dg.in_process_executor))
