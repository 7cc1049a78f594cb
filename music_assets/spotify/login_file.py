"""The login file: a login's age and rights, and the token that has taken the place of a dead one.

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
#: Where it lies, in the folder where a command starts.
LOGIN_FILE = "data/spotify-login.json"
#: A login lasts six months, and refreshing does not prolong it.
OLD = dt.timedelta(days=150)
#: The rights of a login: to read whom the user follows, and what the user plays.
FOLLOWING, LISTENING = "user-follow-read", "user-read-recently-played"
#: The time for which a right that Spotify refused is not tried again.
REFUSED_FOR = dt.timedelta(days=1)


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

    def begin(self, scope: str | None) -> None:
        """Record a new login and its rights, with spaces between, if they are known."""
        self._write(self._new() | ({} if scope is None else {"scope": scope}))

    def age(self) -> dt.timedelta | None:
        """The time since the login; None where nobody noted when it was."""
        since = self._known().get("since")
        return _now().date() - dt.date.fromisoformat(since) if since else None

    def has(self, right: str) -> bool:
        """True if the login is known to have a right."""
        return right in str(self._known().get("scope", "")).split()

    def lacks(self, right: str) -> bool:
        """True if the login is known not to have a right, or if Spotify has just said so."""
        known = self._known()
        return self._was_refused(known, right) or ("scope" in known and not self.has(right))

    def _was_refused(self, known: dict[str, Any], right: str) -> bool:
        try:
            refused = dt.datetime.fromisoformat(known["refused"][right])
            return _now() - refused < REFUSED_FOR
        except (KeyError, TypeError, ValueError):
            return False

    def refuse(self, right: str) -> None:
        """Note that Spotify says that the login lacks a right."""
        known = self._known() or self._new()
        self._write({**known, "refused": {right: _now().isoformat(timespec="seconds")}})

    def note(self, renewed: str | None, scope: str | None = None) -> None:
        """Keep a token that was given in place of the current one, and warn of an old login.

        Args:
            renewed: the token.
            scope: the rights that the token endpoint names, if it does.
        """
        known = self._known() or self._new()
        if scope is not None:
            known = {**known, "scope": scope}
        if renewed and renewed != self.current():
            remember(renewed)
            known = {**known, "token": renewed}
        if known != self._known():
            self._write(known)
        age = _now().date() - dt.date.fromisoformat(known["since"])
        if age > OLD:
            LOGGER.warning(
                "The login at Spotify is %d days old and ends after six months; run `music-assets "
                "login` before.",
                age.days,
            )

    def _new(self) -> dict[str, Any]:
        return {"of": _digest(self._given), "since": _now().date().isoformat()}

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


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
