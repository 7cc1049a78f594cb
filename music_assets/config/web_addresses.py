"""Web addresses, as several settings take them."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator


def _web_address(value: str) -> str:
    """The value without a slash at its end. Raises ValueError if it is no web address."""
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise ValueError("not a web address")
    return value.rstrip("/")


WebAddress = Annotated[str, AfterValidator(_web_address)]
