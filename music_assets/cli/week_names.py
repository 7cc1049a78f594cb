"""Weeks as people name them."""

import click

from music_assets.weeks import Week

FORMS = "such as 2026-W47, its Monday 2026-11-16, or its WeekID 202647"


def week_named(name: str) -> Week:
    """The week of a name, in any of its forms.

    Raises:
        click.UsageError: it is no week.
    """
    for read in (_from_iso, Week.from_key, lambda text: Week.from_id(int(text))):
        try:
            return read(name)
        except ValueError:
            continue
    raise click.UsageError(f"{name} is no week, {FORMS}.")


def _from_iso(name: str) -> Week:
    year, _, week = name.upper().partition("-W")
    return Week.from_iso(int(year), int(week))
