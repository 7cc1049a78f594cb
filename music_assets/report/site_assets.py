"""Files that all pages share: style, script, the library of charts, and the list of weeks."""

import hashlib
import json
from pathlib import Path

from music_assets.report.material import Material
from music_assets.report.page_files import Page
from music_assets.report.periods import months_of, years_of

FOLDER = Path(__file__).with_name("static")


def shared_files(material: Material) -> list[Page]:
    """The files in `assets/`; each is written only where it is another than before."""
    weeks = weeks_js(material)
    return [
        *(_static(name) for name in ("report.css", "report.js", "vega.js")),
        Page("assets/weeks.js", [weeks], lambda: weeks),
    ]


def weeks_js(material: Material) -> str:
    """The weeks, months and years that have a page: so that no page need name the next one."""
    weeks = material.past.weeks
    told = {
        "weeks": [each.week.iso for each in weeks],
        "months": list(months_of(weeks)),
        "years": list(years_of(weeks)),
        "newest": material.newest.week.iso if weeks else "",
        "listening": material.has_plays,
    }
    return f"window.REPORT = {json.dumps(told)};\n"


def _static(name: str) -> Page:
    content = (FOLDER / name).read_bytes()
    return Page(f"assets/{name}", [hashlib.sha256(content).hexdigest()], lambda: content)
