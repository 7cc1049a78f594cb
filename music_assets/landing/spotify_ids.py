"""Spotify's ids as people copy them: alone, in a URI, or in a link."""

import re

_BASE_62 = re.compile(r"[0-9A-Za-z]{1,64}")
#: Both may name a language; a link also who shared it, or that it is part of a page.
_NAMED = (
    r"spotify:(?:intl-[a-z-]{{2,10}}:)?{kind}:([0-9A-Za-z]+)",
    r"(?:https?://)?open\.spotify\.com/(?:(?:intl-[a-z-]{{2,10}}|embed)/)?{kind}/([0-9A-Za-z]+)/?"
    r"(?:[?#]\S*)?",
)


def spotify_id(text: str, kind: str, *, bare: bool = False) -> str | None:
    """The id in a URI or a link of a kind, such as `artist`; None where there is none.

    Args:
        text: `spotify:artist:<id>`, or `https://open.spotify.com/intl-de/artist/<id>?si=…`.
        kind: of the thing that is meant; the URI of another kind is none.
        bare: take an id alone too.
    """
    for form in _NAMED:
        found = re.fullmatch(form.format(kind=kind), text.strip())
        if found and _BASE_62.fullmatch(found[1]):
            return found[1]
    return text.strip() if bare and _BASE_62.fullmatch(text.strip()) else None
