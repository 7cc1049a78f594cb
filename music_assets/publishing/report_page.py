"""The weekly report as a page, and as a few lines for Dagster's UI."""

import re
from pathlib import Path

import jinja2

from music_assets.publishing.trend import Row

TEMPLATE = Path(__file__).with_name("weekly_report.html.jinja")
NOTHING_YET = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Weekly report</title>
<p>No week has figures yet. Run the graph for a week, and open this page again.</p></html>
"""


def rendered(report: Row) -> str:
    """The page as HTML, from what `weekly_facts` gives."""
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(TEMPLATE.read_text("utf-8")).render(report).lstrip()


def preview(report: Row) -> str:
    """The page in a few lines of Markdown."""
    totals, week = report["totals"], report["week"]
    lines = [f"**{week.iso}** ({report['origin']} figures), {week.key} to {week.sunday}", ""]
    lines += [
        f"- {name}: {totals[name]:,}"
        for name in ("Streams", "Downloads")
        if totals[name] is not None
    ]
    lines += ["", "| # | Track | Streams |", "|--:|---|--:|"]
    lines += [
        f"| {row['StreamRank']} | {_plain(row['Title'])} | {row['Streams']:,} |"
        for row in report["tracks"][:5]
    ]
    return "\n".join(lines)


def _plain(text: str | None) -> str:
    """Text with the characters escaped that Markdown would take for markup."""
    return re.sub(r"([^\w\s])", r"\\\1", text or "(no title)")
