"""The project's definitions, with sensors that look every few seconds."""

from typing import Any

import dagster as dg

_sensor = dg.sensor


def _quick_sensor(**options: Any) -> Any:
    return _sensor(**options | {"minimum_interval_seconds": 3})


dg.sensor = _quick_sensor  # type: ignore[assignment]

from music_assets.definitions import defs as project  # noqa: E402

defs = project()
