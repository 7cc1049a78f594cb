"""Leases of blobs: locks in Azure that end by themselves when their process has died."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import Any

from azure.core.exceptions import AzureError, ResourceExistsError
from azure.storage.blob import BlobLeaseClient

#: A sensor has a minute. By default the SDK waits for minutes on a service that does not answer.
PATIENCE: dict[str, Any] = {
    "connection_timeout": 5,
    "read_timeout": 15,
    "retry_connect": 1,
    "retry_read": 1,
}
#: The longest lease that ends by itself, and the pause between two attempts to get one.
LEASE_SECONDS, LOOK_AGAIN_SECONDS = 60, 2


def acquire(lease: BlobLeaseClient, wait: Callable[[], None]) -> None:
    """Take a lease, as soon as nobody else has it; `wait` is called once if somebody does."""
    waits = False
    while True:
        try:
            lease.acquire(LEASE_SECONDS, **PATIENCE)
        except ResourceExistsError:  # the service answers 409 while somebody else has it
            if not waits:
                wait()
            waits = True
            time.sleep(LOOK_AGAIN_SECONDS)
        else:
            return


@contextmanager
def renewed(lease: BlobLeaseClient) -> Iterator[None]:
    """Keep a lease for a `with` block, and give it back."""
    done = Event()
    renewal = Thread(target=_renew, args=(lease, done), daemon=True)
    renewal.start()
    try:
        yield
    finally:
        done.set()
        renewal.join()
        with suppress(AzureError):
            lease.release(**PATIENCE)


def _renew(lease: BlobLeaseClient, done: Event) -> None:
    while not done.wait(LEASE_SECONDS / 3):
        with suppress(AzureError):
            lease.renew(**PATIENCE)
