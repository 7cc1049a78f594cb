"""Retention: nothing is purged unless somebody says after how many days, and then each night."""

import os

import dagster as dg
import pytest

from music_assets.config.settings import settings
from music_assets.defs.retention import (
    GOES_ON,
    NOT_SET,
    purge_job,
    purge_schedule,
    purged_sensor,
)
from music_assets.storage.folder import FolderStorage


def tick(instance: dg.DagsterInstance) -> object:
    return purge_schedule(dg.build_schedule_context(instance))


def run(storage: FolderStorage) -> dg.ExecuteInProcessResult:
    loud = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    return purge_job.execute_in_process(
        resources={"storage": storage}, run_config=loud, raise_on_error=False
    )


def test_without_a_retention_the_schedule_says_so_and_nothing_goes(storage: FolderStorage) -> None:
    storage.write("listening/h.json", b"[]")
    os.utime(f"{storage.root}/listening/h.json", (0, 0))
    with dg.instance_for_test() as instance:
        skipped = tick(instance)
    assert isinstance(skipped, dg.SkipReason)
    assert skipped.skip_message == NOT_SET
    assert not run(storage).success
    assert storage.find("listening/h.json")


def test_with_one_it_runs_each_night_unless_a_run_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSIC_RETENTION_DAYS", "30")
    settings.cache_clear()
    with dg.instance_for_test() as instance:
        assert isinstance(tick(instance), dg.RunRequest)
        instance.create_run_for_job(purge_job, status=dg.DagsterRunStatus.STARTED)
        skipped = tick(instance)
    assert isinstance(skipped, dg.SkipReason)
    assert skipped.skip_message == GOES_ON


def test_what_is_older_goes_and_the_plays_follow(
    storage: FolderStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUSIC_RETENTION_DAYS", "30")
    settings.cache_clear()
    for name in ("old", "young"):
        storage.write(f"listening/{name}.json", b"[]")
    os.utime(f"{storage.root}/listening/old.json", (0, 0))
    result = run(storage)
    assert result.success
    assert [blob.path for blob in storage.list("")] == ["listening/young.json"]
    assert purged_sensor.job_name == "listening_job"
    assert purged_sensor.default_status is dg.DefaultSensorStatus.RUNNING


@pytest.mark.parametrize("wrong", ["0", "-1", "soon", "1.5"])
def test_a_retention_that_is_no_number_of_days_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    monkeypatch.setenv("MUSIC_RETENTION_DAYS", wrong)
    settings.cache_clear()
    with pytest.raises(SystemExit, match=r"MUSIC_RETENTION_DAYS is .*; it takes a number of days"):
        settings()
