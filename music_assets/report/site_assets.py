"""Files that all pages share: style, script, the library of charts, and the list of weeks."""

import json
from functools import cache
from importlib.metadata import version
from pathlib import Path

from music_assets.report.material import Material
from music_assets.report.page_files import Page
from music_assets.report.periods import months_of, years_of

FOLDER = Path(__file__).with_name("static")
#: The licences of what the bundle holds.
NOTICE = (
    "/*! Vega, Vega-Lite and Vega-Embed: (c) 2015-2026 University of Washington Interactive Data "
    "Lab, BSD 3-Clause License, https://github.com/vega/vega/blob/main/LICENSE */\n"
)


def shared_files(material: Material | None) -> list[Page]:
    """The files in `assets/`; each is written only where it is another than before."""
    weeks = weeks_js(material)
    return [
        *(_static(name) for name in ("report.css", "report.js")),
        Page("assets/weeks.js", [weeks], lambda: weeks),
        Page("assets/vega.js", [_vega_version()], vega_js),
    ]


def weeks_js(material: Material | None) -> str:
    """The weeks, months and years that have a page: so that no page need name the next one."""
    weeks = material.past.weeks if material else []
    told = {
        "weeks": [each.week.iso for each in weeks],
        "months": list(months_of(weeks)),
        "years": list(years_of(weeks)),
        "newest": material.newest.week.iso if material and weeks else "",
        "listening": bool(material and material.has_plays),
    }
    return f"window.REPORT = {json.dumps(told)};\n"


@cache
def vega_js() -> str:
    """Vega, Vega-Lite and Vega-Embed as one classic script, without a name of its own but one."""
    # Starts a JavaScript engine, which takes 1.3 s of CPU: once per version.
    import vl_convert  # noqa: PLC0415

    bundle = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return f'{NOTICE}(() => {{ "use strict";\n{bundle}\n}})();\n'


def _vega_version() -> str:
    return version("vl-convert-python")


def _static(name: str) -> Page:
    content = (FOLDER / name).read_text("utf-8")
    return Page(f"assets/{name}", [content], lambda: content)
