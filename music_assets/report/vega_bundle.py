"""The library of charts as one script, `static/vega.js`: Vega, Vega-Lite and Vega-Embed.

python -m music_assets.report.vega_bundle

writes it anew, after another version of `vl-convert-python`, which brings the three. Reports copy
it: bundling starts a JavaScript engine, and takes 1.3 s and 150 MB.
"""

from pathlib import Path

FILE = Path(__file__).with_name("static") / "vega.js"
NOTICE = (
    "/*! Vega, Vega-Lite and Vega-Embed: (c) 2015-2026 University of Washington Interactive Data "
    "Lab, BSD 3-Clause License, https://github.com/vega/vega/blob/main/LICENSE */\n"
)


def bundle() -> str:
    """The script, without a name of its own but `vegaEmbed`."""
    import vl_convert  # noqa: PLC0415

    made = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return f'{NOTICE}(() => {{ "use strict";\n{made}\n}})();\n'


if __name__ == "__main__":
    FILE.write_text(bundle(), "utf-8")
