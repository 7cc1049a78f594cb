"""Redaction: whatever is logged, by whom and at whatever level, a secret is not in it."""

import base64
import io
import logging
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from music_assets.config.redaction import guard_credentials, redacted, remember

SECRET = "se/cret+canary=&1"


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[logging.Logger, io.StringIO]]:
    monkeypatch.setenv("SPOTIPY_CLIENT_SECRET", SECRET)
    monkeypatch.setenv("MUSIC_DATABASE_URL", "postgresql://u:pass@word1@server/db")
    guard_credentials()
    text = io.StringIO()
    handler, logger = logging.StreamHandler(text), logging.getLogger("anybody")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield logger, text
    logger.removeHandler(handler)


@pytest.mark.parametrize(
    "said",
    [
        SECRET,
        quote(SECRET, safe=""),
        base64.b64encode(SECRET.encode()).decode(),
        "pass@word1",
        "Bearer abcdefghijklmnop",
        "{'Authorization': 'Basic YWJjZGVmZ2hpamts'}",
        '{"access_token": "abcdefghijkl"}',
        "refresh_token=abcdefghijkl&x=1",
        "?sv=1&sig=abcdefghijkl",
    ],
)
def test_a_secret_is_in_no_record(log: tuple[logging.Logger, io.StringIO], said: str) -> None:
    logger, text = log
    logger.debug("sent %s to %s", said, {"header": said})
    logger.error("it failed", exc_info=ValueError(said))
    shown = text.getvalue()
    assert "***" in shown
    for part in (SECRET, "abcdefghijkl", "YWJjZGVmZ2hpamts", "pass@word1", quote(SECRET, safe="")):
        assert part not in shown


def test_what_holds_no_secret_stays_as_it_is(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, text = log
    logger.info("%d of %s: 100%%", 3, "everything")
    assert text.getvalue() == "3 of everything: 100%\n"


def test_a_token_that_a_server_gave_is_remembered() -> None:
    remember("token-of-today-4711")
    assert redacted("it is token-of-today-4711.") == "it is ***."
    remember("")
    assert redacted("nothing") == "nothing"
