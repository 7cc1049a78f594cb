"""Blob Storage: what only a service over a network has to deal with, beyond the contract suite."""

import logging
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from urllib.parse import parse_qs, unquote

import dagster as dg
import pytest
from azure.storage.blob import BlobServiceClient

from music_assets.storage import azure as blob_module
from music_assets.storage.azure import AzureStorage
from music_assets.storage.storage_errors import ChangedWhileRead, StorageError, WrittenByAnother
from music_assets_tests.outside.azurite import ACCOUNT, KEY, Watcher, passage, signature

BLOB = "landing/albums/part-1.ndjson"
#: More than the SDK gets at once, which is 32 MB, and puts at once, which is 64.
LARGE = 66 * 1024 * 1024
WRONG_KEY = "c29tZWJvZHkgZWxzZSdzIGtleQ=="


@contextmanager
def watched(storage: AzureStorage, watcher: Watcher) -> Iterator[AzureStorage]:
    """The same account, with a watcher on the way."""
    with passage(storage.url, watcher) as url:
        yield AzureStorage(url=url, key=KEY)


def refusal(storage: AzureStorage) -> str:
    """The message that every way to use the storage gives: a sentence or two, and no stack."""
    uses: dict[str, Callable[[], object]] = {
        "read": lambda: storage.read(BLOB),
        "written": lambda: storage.write(BLOB, b"content"),
        "listed": lambda: list(storage.list("landing/")),
        "deleted": lambda: storage.delete(BLOB),
    }
    said = set()
    for done, use in uses.items():
        with pytest.raises(StorageError) as error:
            use()
        assert "\n" not in str(error.value)
        assert error.value.__suppress_context__
        said.add(str(error.value).partition(f" cannot be {done}: ")[2])
    [sentence] = said
    return sentence


def test_a_thousand_blobs_are_listed_page_by_page(
    blob_storage: AzureStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = [f"landing/tracks/part-{number:05}.ndjson" for number in range(1_000)]
    for path in written:
        blob_storage.write(path, b"")
    monkeypatch.setattr(blob_module, "LISTED_AT_ONCE", 128)
    asked: list[str] = []
    # What `append` returns is None, so every request is passed on.
    with watched(blob_storage, lambda _method, path: asked.append(path)) as storage:
        assert [blob.path for blob in storage.list("landing/tracks/")] == written
    assert len(asked) == 8


def test_a_blob_that_is_written_between_two_chunks_of_a_read_is_refused(
    blob_storage: AzureStorage,
) -> None:
    blob_storage.write(BLOB, bytes(LARGE))
    gets = count(1)

    def write_before_the_second(method: str, _path: str) -> None:
        if method == "GET" and next(gets) == 2:
            blob_storage.write(BLOB, bytes(LARGE))

    with watched(blob_storage, write_before_the_second) as storage:
        sentence = r"was written while it was being read\.$"
        with pytest.raises(ChangedWhileRead, match=sentence):
            storage.read(BLOB)
        gets = count(1)
        with pytest.raises(ChangedWhileRead, match=sentence), storage.local_files([BLOB]):
            pass


def test_of_two_who_upload_the_blocks_of_one_blob_the_slower_is_told(
    blob_storage: AzureStorage,
) -> None:
    commits = count(1)

    def write_before_the_commit(_method: str, path: str) -> None:
        if "comp=blocklist" in path and next(commits) == 1:
            blob_storage.write(BLOB, b"b" * (LARGE + 1))

    with (
        watched(blob_storage, write_before_the_commit) as storage,
        pytest.raises(WrittenByAnother),
    ):
        storage.write(BLOB, b"a" * LARGE)
    assert blob_storage.read(BLOB)[1] == b"b" * (LARGE + 1)


def test_a_large_blob_that_breaks_off_leaves_the_old_one(blob_storage: AzureStorage) -> None:
    blob_storage.write(BLOB, b"old")

    def refuse_the_commit(_method: str, path: str) -> int | None:
        return 403 if "comp=blocklist" in path else None

    with (
        watched(blob_storage, refuse_the_commit) as storage,
        pytest.raises(StorageError, match="cannot be written"),
    ):
        storage.write(BLOB, bytes(LARGE))
    assert blob_storage.read(BLOB)[1] == b"old"


STREAM = """
import resource, sys
from music_assets.storage.azure import AzureStorage

storage = AzureStorage(url=sys.argv[1], key=sys.argv[2])
storage.write("landing/warm", b"up")

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

before, block = peak(), bytes(range(256)) * 4096
with storage.replacing("landing/large") as draft, draft.path.open("wb") as file:
    for _ in range(300):
        file.write(block)
up = peak() - before
with storage.local_files(["landing/large"]) as [file], file.open("rb") as content:
    assert file.stat().st_size == 300 * 1024 * 1024
    assert all(content.read(len(block)) == block for _ in range(300))
print(up, peak() - before)
"""


def test_300_megabytes_go_up_and_down_in_less_than_100_of_memory(
    blob_storage: AzureStorage,
) -> None:
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", STREAM, blob_storage.url, KEY],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-2000:]
    up, down = map(float, ran.stdout.split())
    assert up < 100, up
    assert down < 100, down


def test_a_container_that_another_makes_at_the_same_moment_is_no_error(
    blob_storage: AzureStorage,
) -> None:
    def make_it_first(_method: str, path: str) -> None:
        if "restype=container" in path:
            blob_storage.write("landing/first", b"")

    with watched(blob_storage, make_it_first) as storage:
        storage.write(BLOB, b"content")
    assert len(list(blob_storage.list("landing/"))) == 2


def test_folders_of_an_account_with_a_hierarchical_namespace_are_no_blobs(
    blob_storage: AzureStorage,
) -> None:
    blob_storage.write(BLOB, b"content")
    with BlobServiceClient(blob_storage.url, credential=KEY) as account:
        folder = account.get_blob_client("landing", "albums")
        folder.upload_blob(b"", metadata={"hdi_isfolder": "true"})
    assert [blob.path for blob in blob_storage.list("landing/")] == [BLOB]


def test_a_sas_is_a_way_in(blob_storage: AzureStorage) -> None:
    storage = AzureStorage(url=blob_storage.url, sas=signature("rwdlc"))
    storage.write(BLOB, b"content")
    assert storage.read(BLOB) == blob_storage.read(BLOB)
    assert [blob.path for blob in storage.list("landing/")] == [BLOB]
    storage.delete(BLOB)
    assert storage.find(BLOB) is None


def test_a_sas_that_may_not_make_a_container_is_refused_with_a_sentence(
    blob_storage: AzureStorage,
) -> None:
    blob_storage.write("processed/first", b"")
    storage = AzureStorage(url=blob_storage.url, sas=signature("r"))
    with pytest.raises(StorageError, match=rf"^{BLOB} cannot be written: .* and create\.$"):
        storage.write(BLOB, b"content")


@pytest.mark.parametrize(
    ("ways_in", "advice"),
    [
        ({"key": WRONG_KEY}, "See whether MUSIC_STORAGE_KEY is a key of this account."),
        ({"key": "no base 64"}, "See whether MUSIC_STORAGE_KEY is a key of this account."),
        ({"sas": signature("rwdlc", hours=-1)}, "See whether MUSIC_STORAGE_SAS has expired"),
        ({"sas": "no signature"}, "See whether MUSIC_STORAGE_SAS has expired"),
    ],
)
def test_a_way_in_that_is_not_accepted_is_named(
    blob_storage: AzureStorage, ways_in: dict[str, str], advice: str
) -> None:
    said = refusal(AzureStorage(url=blob_storage.url, **ways_in))
    assert said.startswith("the account does not allow it (")
    assert advice in said


def test_where_nobody_is_logged_in_it_says_so_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Of all ways to log in, the one that asks no network; and there is no `az` here.
    monkeypatch.setenv("AZURE_TOKEN_CREDENTIALS", "AzureCliCredential")
    monkeypatch.setenv("PATH", str(tmp_path))
    storage = AzureStorage(url="https://account.blob.core.windows.net")
    started = time.monotonic()
    assert "Log in with `az login` or as a managed identity" in refusal(storage)
    # The SDK by itself would try for a minute and a half.
    assert time.monotonic() - started < 60


@pytest.mark.slow
def test_a_service_that_is_not_there_is_given_up_within_half_a_minute() -> None:
    storage = AzureStorage(url=f"http://127.0.0.1:1/{ACCOUNT}", sas=signature("r"))
    started = time.monotonic()
    with pytest.raises(StorageError, match=r"127\.0\.0\.1 does not answer; see whether there"):
        storage.find(BLOB)
    assert time.monotonic() - started < 30


@pytest.mark.slow
def test_a_service_that_never_answers_is_given_up_before_a_sensors_minute_is_over(
    blob_storage: AzureStorage,
) -> None:
    longer_than_anybody_waits = 20
    with watched(blob_storage, lambda *_: time.sleep(longer_than_anybody_waits)) as storage:
        started = time.monotonic()
        with pytest.raises(StorageError, match=r"127\.0\.0\.1 does not answer"):
            storage.find(BLOB)
        assert time.monotonic() - started < 60


@pytest.mark.slow
def test_an_answer_that_says_busy_is_asked_for_again(blob_storage: AzureStorage) -> None:
    blob_storage.write(BLOB, b"content")
    calls = count(1)
    with watched(blob_storage, lambda *_: 503 if next(calls) == 1 else None) as storage:
        assert storage.read(BLOB) == blob_storage.read(BLOB)


def test_an_address_holds_no_signature(blob_storage: AzureStorage) -> None:
    storage = AzureStorage(url=blob_storage.url, sas=signature("r"))
    assert storage.where("landing/a b?") == f"{blob_storage.url}/landing/a%20b%3F"


def test_neither_key_nor_signature_is_ever_shown(
    blob_storage: AzureStorage, caplog: pytest.LogCaptureFixture
) -> None:
    sas = signature("rwdlc")
    secrets = [KEY, *parse_qs(sas)["sig"]]
    shown = []
    with caplog.at_level(logging.DEBUG):
        for storage in (AzureStorage(url=blob_storage.url, key=KEY),
                        AzureStorage(url=blob_storage.url, sas=sas)):  # fmt: skip
            storage.write(BLOB, b"content")
            storage.read(BLOB)
            with pytest.raises(StorageError) as error:
                storage.read("landing/nothing")
            shown += [repr(storage), str(storage), *traceback.format_exception(error.value)]
    logged = [record.getMessage() for record in caplog.records]
    assert any(record.name == "urllib3.connectionpool" for record in caplog.records)
    # However it is escaped: the SDK may write a slash of a signature in two ways.
    readable = [unquote(text) for text in shown + logged]
    assert not [text for text in readable if any(secret in text for secret in secrets)]


def test_a_run_knows_the_name_of_the_variable_and_not_the_key(
    blob_storage: AzureStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    @dg.op
    def put(storage: AzureStorage) -> None:
        storage.write(BLOB, b"content")

    @dg.job
    def job() -> None:
        put()

    monkeypatch.setenv("MUSIC_STORAGE_KEY", KEY)
    storage = AzureStorage(url=blob_storage.url, key=dg.EnvVar("MUSIC_STORAGE_KEY"))
    defs = dg.Definitions(jobs=[job], resources={"storage": storage})
    with dg.DagsterInstance.ephemeral() as instance:
        result = defs.resolve_job_def("job").execute_in_process(instance=instance)
        events = [str(record) for record in instance.all_logs(result.run_id)]
    assert result.success
    assert blob_storage.read(BLOB)[1] == b"content"
    assert not [text for text in [repr(storage), str(result.dagster_run), *events] if KEY in text]


def test_an_engine_outside_this_process_reads_over_abfss_what_azure_keeps() -> None:
    storage = AzureStorage(url="https://music.blob.core.windows.net", sas="sig=hunter2")
    found = storage.address("landing/albums/part é.ndjson")
    assert found == "abfss://landing@music.dfs.core.windows.net/albums/part é.ndjson"


def test_azurite_is_nothing_that_spark_can_read(blob_storage: AzureStorage) -> None:
    with pytest.raises(StorageError, match="does not serve"):
        blob_storage.address("landing/x")


def test_a_link_has_no_credential_in_it() -> None:
    url = "https://account.blob.core.windows.net"
    storage = AzureStorage(url=url, sas="sv=2026&sig=secret")
    assert storage.link("reports/index.html") == f"{url}/reports/index.html"
    keyed = AzureStorage(url=url, key=WRONG_KEY)
    assert keyed.link("published/") == f"{url}/published/"
