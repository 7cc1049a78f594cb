"""Everything assembled; nothing is defined here.

Importing this reads the environment and touches nothing else: no network, credential or database.
"""

import dagster as dg

from music_assets import automation, checks
from music_assets.assets import catalog, landing, marts, report, weekly
from music_assets.configuration import resources
from music_assets.messages import speak_in_sentences
from music_assets.settings import settings

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
