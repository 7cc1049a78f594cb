"""The words of an answer that are for whoever asked: how long to wait, and what may be quoted."""

import datetime as dt
import re
from email.utils import parsedate_to_datetime

import requests

#: The shortest pause after a refusal, whatever it says.
LEAST_PAUSE_SECONDS = 1.0
#: The longest one. A quota is for a day, so a longer pause is a mistake that would last for ever.
MOST_PAUSE_SECONDS = 86_400.0
_SECONDS = re.compile(r"\s*\+?([0-9]+\.?[0-9]*|\.[0-9]+)\s*(?:s|sec|seconds?)?\s*", re.IGNORECASE)
#: Characters of the other side's message in a sentence.
LONGEST_QUOTE = 300


def pause_of(response: requests.Response, otherwise: float) -> float:
    """The seconds to wait, from a Retry-After of seconds or of a date, or `otherwise` without one.

    Servers send 0, fractions, `120s` and times gone by. The pause is a second at least, and a day
    at most.
    """
    retry_after = response.headers.get("Retry-After", "")
    said = _SECONDS.fullmatch(retry_after)
    if said is not None:
        seconds = float(said[1])
    else:
        try:
            until = parsedate_to_datetime(retry_after)
        except (ValueError, TypeError):
            return otherwise
        until = until if until.tzinfo else until.replace(tzinfo=dt.UTC)
        seconds = (until - dt.datetime.now(dt.UTC)).total_seconds()
    return min(max(LEAST_PAUSE_SECONDS, seconds), MOST_PAUSE_SECONDS)


def quotable(text: str) -> str:
    """A text as one line that can stand between quotation marks."""
    line = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return line.replace('"', "'")[:LONGEST_QUOTE].strip(" .")
