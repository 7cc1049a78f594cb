"""The site in Blob Storage: the files that a disk would have, and no call for what is the same."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from music_assets.database.resource import DatabaseResource
from music_assets.report.site import write_site
from music_assets.storage.azure import AzureStorage
from music_assets.storage.paths import REPORTS
from music_assets.weeks import Week
from music_assets_tests.outside.azurite import KEY, passage
from music_assets_tests.reported import Reported, reported

Calls = list[tuple[str, str]]


@pytest.fixture
def calls() -> Calls:
    """Methods and paths of the requests that change something, as they come."""
    return []


@pytest.fixture
def blobs(blob_storage: AzureStorage, calls: Calls) -> Iterator[AzureStorage]:
    """An empty account, with somebody on the way who notes the calls."""

    def note(method: str, path: str) -> None:
        if method not in {"GET", "HEAD"} and f"/{REPORTS}" in path:
            calls.append((method, path.partition(f"/{REPORTS}")[2].partition("?")[0]))

    with passage(blob_storage.url, note) as url:
        yield AzureStorage(url=url, key=KEY)


@pytest.fixture
def report(tmp_path: Path) -> Reported:
    """A report on the disk, of the same database."""
    return reported(tmp_path)


def written(report: Reported, blobs: AzureStorage) -> list[str]:
    """Write the site into the account; the names of the files that it wrote."""
    today = dt.date(2026, 12, 31)
    with DatabaseResource(url=report.url).process_config_and_initialize_cm() as database:
        return sorted(write_site(database, blobs, sandbox=False, today=today).written)


def etags(blobs: AzureStorage) -> dict[str, str]:
    return {blob.path.removeprefix(REPORTS): blob.etag for blob in blobs.list(REPORTS)}


@pytest.fixture
def before(report: Reported, blobs: AzureStorage, calls: Calls) -> dict[str, str]:
    """The etags of a site that is there already; the calls for it are not counted."""
    written(report, blobs)
    calls.clear()
    return etags(blobs)


def test_the_files_are_those_of_a_disk(report: Reported, blobs: AzureStorage, calls: Calls) -> None:
    assert written(report, blobs) == sorted(report.files())
    # A set: the first one finds no container, and comes again.
    assert {*calls} == {("PUT", file) for file in report.files()}
    for file in report.files():
        _, content = blobs.read(REPORTS + file)
        assert content == report.storage.read(REPORTS + file)[1], file


def test_a_second_run_over_the_same_writes_nothing(
    report: Reported, blobs: AzureStorage, calls: Calls, before: dict[str, str]
) -> None:
    assert written(report, blobs) == []
    assert calls == []
    assert etags(blobs) == before


def test_a_new_week_writes_the_files_that_it_touches_and_no_other(
    report: Reported, blobs: AzureStorage, calls: Calls, before: dict[str, str]
) -> None:
    report.week(Week.from_iso(2026, 2))
    report.sums()
    made = written(report, blobs)
    assert made == sorted(report.write().written)
    assert sorted(calls) == [("PUT", file) for file in made]
    after = etags(blobs)
    assert sorted(file for file in after if after[file] != before.get(file)) == made
    assert "weeks/2026-W02.html" in made
    assert before.keys() - set(made) != set()


def test_a_page_that_somebody_changed_or_deleted_is_made_anew(
    report: Reported, blobs: AzureStorage, calls: Calls
) -> None:
    written(report, blobs)
    week = "weeks/2026-W01.html"
    blobs.write(f"{REPORTS}index.html", b"changed")
    blobs.delete(REPORTS + week)
    calls.clear()
    assert written(report, blobs) == ["index.html", week]
    assert sorted(calls) == [("PUT", "index.html"), ("PUT", week)]
    assert blobs.read(f"{REPORTS}index.html")[1] == report.page().encode()
