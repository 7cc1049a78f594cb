"""Text in one line, as every document can hold and show it."""

import re

#: What neither XML nor a calendar takes, and what would break a line of theirs.
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_NO_CHARACTERS = re.compile(r"[\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def in_a_line(text: str | None) -> str:
    """Text in one line, without what no document can hold; "" for none."""
    return _NO_CHARACTERS.sub("\ufffd", _BREAKS.sub(" ", text or "")).strip()


def visible(text: str | None) -> str | None:
    """Text in one line; None where nothing of it can be seen, such as blanks of no width."""
    line = in_a_line(text)
    return line if any(each.isprintable() and each != " " for each in line) else None
