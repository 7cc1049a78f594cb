"""The login file: the age of a login, and the token that has taken the place of a dead one.

Some token endpoints give a new refresh token at each use, and the old one is dead at once. The
variable SPOTIFY_REFRESH_TOKEN then holds a dead one, and this file the living one. Only its owner
can read it.
"""

import datetime as dt
import hashlib
import json
import logging
import os
from pathlib import Path
from typing import Any

from music_assets.config.redaction import remember

LOGGER = logging.getLogger(__name__)
#: A login lasts six months, and refreshing does not prolong it.
OLD = dt.timedelta(days=150)


class LoginFile:
    """The record of the login that a refresh token began.

    Args:
        path: of the file.
        given: the token in SPOTIFY_REFRESH_TOKEN.
    """

    def __init__(self, path: Path, given: str) -> None:
        self._path = path
        self._given = given

    def current(self) -> str:
        """The token to use: the given one, or the one that has taken its place."""
        token = str(self._known().get("token") or self._given)
        remember(token)
        return token

    def note(self, renewed: str | None) -> None:
        """Keep a token that was given in place of the current one, and warn of an old login."""
        known = self._known() or {"of": _digest(self._given), "since": _today().isoformat()}
        if renewed and renewed != self.current():
            remember(renewed)
            known = {**known, "token": renewed}
        if known != self._known():
            self._write(known)
        age = _today() - dt.date.fromisoformat(known["since"])
        if age > OLD:
            LOGGER.warning(
                "The login at Spotify is %d days old and ends after six months; run `music-assets "
                "login` before.",
                age.days,
            )

    def _known(self) -> dict[str, Any]:
        """The content of the file, if it is about the given token."""
        try:
            known = json.loads(self._path.read_text("utf-8"))
            dt.date.fromisoformat(known["since"])
        except (OSError, ValueError, TypeError, KeyError):
            return {}
        return dict(known) if known.get("of") == _digest(self._given) else {}

    def _write(self, known: dict[str, Any]) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            draft = self._path.with_name(f".{self._path.name}.{os.getpid()}")
            with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:  # noqa: PTH123
                json.dump(known, file)
            draft.replace(self._path)
        except OSError as error:
            lost = "; the login is lost, run `music-assets login`" if "token" in known else ""
            LOGGER.warning("%s cannot be written: %s%s.", self._path, error.strerror, lost)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()
