"""Schedules: what runs by the clock."""

import dagster as dg

from music_assets.defs.jobs import sweep, weekly_job

# On Sunday mornings, for the week that ends that day.
weekly_schedule = dg.build_schedule_from_partitioned_job(
    weekly_job,
    name="weekly_schedule",
    day_of_week=0,
    hour_of_day=6,
    default_status=dg.DefaultScheduleStatus.RUNNING,
)

# After the week's figures are made.
sweep_schedule = dg.ScheduleDefinition(
    name="sweep_schedule",
    job=sweep,
    cron_schedule="0 8 * * 0",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
