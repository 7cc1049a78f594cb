"""Errors of Blob Storage as sentences, and its log without secrets."""

import logging
import re
from urllib.parse import urlsplit

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ResourceNotFoundError,
)

from music_assets.storage.storage_errors import ChangedWhileRead, StorageError, WrittenByAnother

#: The service's codes for a write that came too late. The commit of a faster writer drops the
#: blocks that a slower one has uploaded.
TOO_LATE = {"BlobAlreadyExists", "InvalidBlockList"}
CHANGED = "ConditionNotMet"


def to_storage_error(
    error: AzureError, path: str, done: str, url: str, way_in: str
) -> StorageError:
    """The error with a sentence, for an error of the SDK.

    Args:
        error: of the SDK. Its text may hold an address with a SAS, and is not shown.
        path: of the blob or the folder.
        done: the attempted action: `read`, `written`, `listed` or `deleted`.
        url: of the account.
        way_in: the advice for an account that rejects the login.
    """
    code = _code(error)
    if code in TOO_LATE:
        return WrittenByAnother(path)
    if code == CHANGED:
        return ChangedWhileRead(f"{path} was written while it was being read.")
    if isinstance(error, ResourceNotFoundError):
        return StorageError(f"{path} does not exist in {url}.")
    return StorageError(f"{path} cannot be {done}: {_cause(error, code, url, way_in)}")


def _cause(error: AzureError, code: str, url: str, way_in: str) -> str:
    refused = isinstance(error, HttpResponseError) and error.status_code in {401, 403}
    if refused or isinstance(error, ClientAuthenticationError):
        return f"the account does not allow it ({code}). {way_in}"
    if isinstance(error, HttpResponseError):
        return f"the account answered {code}."
    return (
        f"{urlsplit(url).hostname} does not answer; see whether there is a network, and whether "
        "MUSIC_STORAGE_URL names the account."
    )


def _code(error: AzureError) -> str:
    """The service's code for an error; the name of its class where there is none."""
    code = getattr(error, "error_code", None) or type(error).__name__
    return str(getattr(code, "value", code))


def _without_signature(record: logging.LogRecord) -> bool:
    """Hide the signature of a SAS in the log of a request."""
    message = record.getMessage()
    if "sig=" in message:
        record.msg, record.args = re.sub(r"sig=[^&\s\"]+", "sig=…", message), ()
    return True


# The SDK's own loggers leave secrets out. At level DEBUG this one logs whole addresses.
logging.getLogger("urllib3.connectionpool").addFilter(_without_signature)
