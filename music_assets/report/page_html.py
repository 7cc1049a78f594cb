"""Templates, and the ways in which they write numbers, days and names."""

import datetime as dt
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
from markupsafe import Markup, escape

from music_assets.report.file_names import album_file, artist_file
from music_assets.report.mart_rows import Row
from music_assets.report.week_series import MEASURES

FOLDER = Path(__file__).with_name("templates")
#: The number of colours that a drawn cover may have.
HUES = 12
_SIZES = ((1_000_000_000, "bn"), (1_000_000, "m"), (1_000, "k"))
_WORDS = {"given": "given in a file", "unknown": "of unknown origin", "none": "no figures"}


def rendered(template: str, facts: Row) -> str:
    """A page as HTML."""
    return _environment().get_template(template).render(facts).lstrip()


@cache
def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters |= {
        "number": number,
        "short": short,
        "day": day,
        "whose": whose,
        "data": data,
        "hue": hue,
        "initials": initials,
        "seconds": seconds,
        "spotify": spotify,
        "week_rows": week_rows,
        "in_words": in_words,
    }
    made.globals |= {"artist_file": artist_file, "album_file": album_file}
    return made


def number(value: float | None) -> str:
    """A whole number with commas; a dash where there is none, which is not zero."""
    return "\u2013" if value is None else f"{value:,.0f}"


def short(value: float | None) -> str:
    """A number in three digits, such as 3.01 bn."""
    for size, word in _SIZES:
        if value is not None and value >= size:
            return f"{value / size:.3g} {word}" if value < 999.5 * size else number(value)
    return number(value)


def day(value: dt.date) -> str:
    """A day such as 4 January 2026."""
    return f"{value.day} {value:%B %Y}"


def whose(kind: str) -> str:
    """The origin of a kind of figures, in words."""
    return _WORDS.get(kind, kind)


def data(value: object) -> Markup:
    """JSON for a `script` element, which no name in it can end."""
    text = json.dumps(value, separators=(",", ":"), default=str)
    # Nothing of what is left can end the element.
    return Markup(  # noqa: S704
        text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    )


def week_rows(rows: list[Row], root: str) -> Markup:
    """The rows of a table of weeks, the newest first; a template takes 30 times as long."""
    lines = []
    for row in reversed(rows):
        iso, kind = row["week"].iso, row["kind"]
        name = iso if kind == "none" else f'<a href="{root}weeks/{iso}.html">{iso}</a>'
        figures = "".join(f'<td class="n">{number(row[each])}</td>' for each in MEASURES)
        lines.append(f'<tr><th scope="row">{name}</th>{figures}<td>{escape(whose(kind))}</td></tr>')
    # Made of numbers, names of weeks and this module's own words.
    return Markup("\n".join(lines))  # noqa: S704


def in_words(rows: list[Row], measure: str) -> str:
    """A chart of weeks in words, for who cannot see it."""
    known = [row for row in rows if row[measure] is not None]
    if not known:
        return ""
    values = [row[measure] for row in known]
    return (
        f"{measure} per week from {known[0]['week'].iso} to {known[-1]['week'].iso}. "
        f"The last value is {number(values[-1])}, the least {number(min(values))}, "
        f"the most {number(max(values))}. The table below has every week."
    )


def hue(name: str | None) -> int:
    """The number of the colour of a drawn cover: the same name, the same colour."""
    return hashlib.blake2b((name or "").encode(), digest_size=1).digest()[0] % HUES


def initials(name: str | None) -> str:
    """One or two letters that a name begins with."""
    words = [word for word in (name or "").split() if word[0].isalnum()]
    letters = [word[0] for word in words if word.casefold() not in {"the", "a", "of", "and"}]
    return "".join(letters[:2]).upper() or "\u266a"


def seconds(value: float | None) -> str:
    """A length such as 3:07."""
    if value is None:
        return "\u2013"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes}:{rest:02}"


def spotify(identity: Any, kind: str) -> str:  # noqa: ANN401
    """The address of an artist, an album or a track at Spotify."""
    return f"https://open.spotify.com/{kind}/{quote(str(identity), safe='')}"
