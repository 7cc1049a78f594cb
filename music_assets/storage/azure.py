"""Storage in Azure: the first segment of a path is the container, the rest the blob's name.

Importing this takes seconds, so it is imported only where storage is in Azure.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory, gettempdir
from typing import Any
from urllib.parse import quote, urlsplit

import dagster as dg
from azure.core.exceptions import AzureError, ResourceExistsError, ResourceNotFoundError
from azure.storage.blob import BlobClient, BlobLeaseClient, BlobProperties, BlobServiceClient
from dagster_azure.blob import (
    AzureBlobStorageDefaultCredential,
    AzureBlobStorageKeyCredential,
    AzureBlobStorageResource,
    AzureBlobStorageSASTokenCredential,
)
from pydantic import Field, PrivateAttr
from typing_extensions import override

from music_assets.storage.azure_errors import to_storage_error
from music_assets.storage.blobs import Blob, Draft, StorageResource
from music_assets.storage.leases import PATIENCE, acquire, renewed
from music_assets.storage.storage_errors import (
    OF_THE_DISK,
    StorageError,
    WrittenByAnother,
    system_number,
)

#: Concurrent chunks of one transfer; the SDK's chunks have 4 MB.
CHUNKS_IN_FLIGHT = 4
FILES_IN_FLIGHT = 8
LISTED_AT_ONCE = 5_000
TOKENS_FOR = "https://storage.azure.com/.default"


class AzureStorage(StorageResource):
    """An account of Azure Blob Storage. Without a key or a SAS, Azure's default credential is used.

    Attributes:
        url: of the account's Blob service.
        key: of the account.
        sas: a shared access signature of the account, instead of a key.
    """

    url: str
    key: str = Field(default="", repr=False)
    sas: str = Field(default="", repr=False)
    _open: ExitStack = PrivateAttr(default_factory=ExitStack)
    _connected: BlobServiceClient | None = PrivateAttr(default=None)

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:  # noqa: ARG002
        """Close every connection."""
        self._open.close()
        self._connected = None

    @override
    def find(self, path: str) -> Blob | None:
        with self._sentences(path, "read"):
            try:
                return _blob(path, self._blob(path).get_blob_properties(**PATIENCE))
            except ResourceNotFoundError:
                return None

    @override
    def list(self, prefix: str) -> Iterator[Blob]:
        container, _, start = prefix.partition("/")
        with self._sentences(prefix or self.url, "listed"):
            containers = [container] if container else self._containers()
            found = [blob for each in containers for blob in self._listed(each, start)]
        yield from sorted(found, key=lambda blob: blob.path)

    @override
    def read(self, path: str) -> tuple[Blob, bytes]:
        with self._sentences(path, "read"):
            stream = self._blob(path).download_blob(max_concurrency=CHUNKS_IN_FLIGHT, **PATIENCE)
            return _blob(path, stream.properties), stream.readall()

    @override
    @contextmanager
    def replacing(self, path: str, *, if_absent: bool = False) -> Iterator[Draft]:
        with _temporary_folder() as folder:
            draft = Draft(folder / PurePosixPath(path).name)
            yield draft
            if draft.wanted:
                self._upload(draft.path, path, if_absent=if_absent)
            else:
                self.delete(path)

    @override
    @contextmanager
    def local_files(self, paths: Sequence[str]) -> Iterator[Sequence[Path]]:
        with _temporary_folder() as folder:
            files = [folder / f"{number:06}" for number in range(len(paths))]
            with ThreadPoolExecutor(FILES_IN_FLIGHT) as pool:
                list(pool.map(self._download, paths, files))
            yield files

    @override
    def delete(self, path: str) -> None:
        with self._sentences(path, "deleted"):
            try:
                self._blob(path).delete_blob(delete_snapshots="include", **PATIENCE)
            except ResourceNotFoundError:
                return

    @override
    @contextmanager
    def turn(self, path: str, wait: Callable[[], None]) -> Iterator[None]:
        lease = BlobLeaseClient(self._blob(path))
        with self._sentences(path, "locked"):
            if self.find(path) is None:
                with suppress(WrittenByAnother):
                    self.write(path, b"", if_absent=True)
            acquire(lease, wait)
        with renewed(lease):
            yield

    @override
    def address(self, path: str) -> str:
        host = str(urlsplit(self.url).hostname)
        if ".blob." not in host:
            raise StorageError(f"Spark reads {path} over abfss, which {host} does not serve.")
        container, _, name = path.partition("/")
        return f"abfss://{container}@{host.replace('.blob.', '.dfs.', 1)}/{name}"

    @override
    def where(self, path: str) -> str:
        return f"{self.url}/{quote(path)}"

    @property
    def _service(self) -> BlobServiceClient:
        if self._connected is None:
            account = AzureBlobStorageResource(account_url=self.url, credential=self._credential())
            service = self._open.enter_context(account.get_client())
            if not (self.key or self.sas):
                # Without a login the SDK would retry for a minute and a half.
                service.credential.get_token(TOKENS_FOR)
            self._connected = service
        return self._connected

    def _credential(self) -> Any:  # noqa: ANN401
        if self.key:
            return AzureBlobStorageKeyCredential(key=self.key)
        if self.sas:
            return AzureBlobStorageSASTokenCredential(token=self.sas)
        return AzureBlobStorageDefaultCredential()

    def _blob(self, path: str) -> BlobClient:
        container, _, name = path.partition("/")
        return self._service.get_blob_client(container, name)

    def _containers(self) -> Sequence[str]:
        return [str(each.name) for each in self._service.list_containers(**PATIENCE)]

    def _listed(self, container: str, start: str) -> Iterator[Blob]:
        try:
            for each in self._service.get_container_client(container).list_blobs(
                name_starts_with=start, include=["metadata"], results_per_page=LISTED_AT_ONCE,
                **PATIENCE,
            ):  # fmt: skip
                # An account with a hierarchical namespace lists folders too.
                if (each.metadata or {}).get("hdi_isfolder") != "true":
                    yield _blob(f"{container}/{each.name}", each)
        except ResourceNotFoundError:
            return

    def _upload(self, file: Path, path: str, *, if_absent: bool) -> None:
        """Upload a file in one put, or in blocks that a last call commits."""
        with self._sentences(path, "written"):
            try:
                self._put(file, path, if_absent=if_absent)
            except ResourceNotFoundError:
                self._make_container(path)
                self._put(file, path, if_absent=if_absent)

    def _put(self, file: Path, path: str, *, if_absent: bool) -> None:
        with file.open("rb") as content:
            self._blob(path).upload_blob(
                content, overwrite=not if_absent, max_concurrency=CHUNKS_IN_FLIGHT, **PATIENCE
            )

    def _make_container(self, path: str) -> None:
        try:
            self._service.create_container(path.partition("/")[0], **PATIENCE)
        except ResourceExistsError:
            return

    def _download(self, path: str, file: Path) -> None:
        with self._sentences(path, "read"), file.open("wb") as content:
            stream = self._blob(path).download_blob(max_concurrency=CHUNKS_IN_FLIGHT, **PATIENCE)
            stream.readinto(content)

    @contextmanager
    def _sentences(self, path: str, done: str) -> Iterator[None]:
        """A `with` block whose errors are sentences; the SDK's own hold addresses with a SAS."""
        try:
            yield
        except AzureError as error:
            raise to_storage_error(error, path, done, self.url, self._way_in()) from None

    def _way_in(self) -> str:
        """The advice for an account that rejects the login."""
        if self.key:
            return "See whether MUSIC_STORAGE_KEY is a key of this account."
        if self.sas:
            return (
                "See whether MUSIC_STORAGE_SAS has expired, and whether it is for containers and "
                "objects and may read, write, delete, list and create."
            )
        return (
            "Log in with `az login` or as a managed identity, and see whether it has the role "
            "Storage Blob Data Contributor."
        )


def _blob(path: str, properties: BlobProperties) -> Blob:
    # The SDK quotes it in a header, and not in a listing.
    etag, size = str(properties.etag).strip('"'), int(properties.size)
    return Blob(path, etag, size, properties.last_modified)


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    """A folder of this machine for a `with` block, whose errors of the disk are sentences."""
    try:
        with TemporaryDirectory(prefix="music-assets-") as folder:
            yield Path(folder)
    except OSError as error:
        if system_number(error) not in OF_THE_DISK:
            raise
        raise StorageError.of(error, f"The temporary folder {gettempdir()}", "written") from None
