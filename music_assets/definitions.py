"""Everything assembled; nothing is defined here.

Importing this reads the environment and touches nothing else: no network, credential or database.
"""

import dagster as dg

from music_assets.config.settings import settings
from music_assets.defs import automation, checks
from music_assets.defs.assets import catalogue as catalog
from music_assets.defs.assets import landing, marts, weekly
from music_assets.defs.assets import reports as report
from music_assets.defs.resources import resources
from music_assets.launch_errors import speak_in_sentences

speak_in_sentences()

defs = dg.Definitions(
    assets=dg.load_assets_from_modules(
        [landing, catalog, weekly, marts, report], include_specs=True
    ),
    asset_checks=checks.checks,
    jobs=automation.jobs,
    sensors=automation.sensors,
    schedules=automation.schedules,
    resources=resources(settings()),
    executor=dg.in_process_executor,
)
