"""The page of all that somebody has listened to."""

from collections.abc import Iterator
from functools import partial

from music_assets.report.chart_specs import bars, clock
from music_assets.report.listening_facts import listening_ever
from music_assets.report.mart_rows import Row
from music_assets.report.material import Material
from music_assets.report.page_files import Page
from music_assets.report.page_html import rendered
from music_assets.weeks import Week

#: Two years, as for artists.
CHARTED_WEEKS = 104


def listening_page(material: Material) -> Iterator[Page]:
    """The page, where there is a play."""
    if material.has_plays:
        inputs = [material.everything_played, material.sandbox]
        yield Page("listening.html", inputs, partial(listening_html, material))


def listening_html(material: Material) -> str:
    """The page of all plays."""
    facts = listening_ever(material.read)
    shared = {"root": "", "key": "listening", "sandbox": material.sandbox, "listening": facts}
    if facts:
        shared |= {
            "minutes": _minutes(facts),
            "clock": clock(facts["clock"], simulated=facts["simulated"]),
        }
    return rendered("listening.html.jinja", shared)


def _minutes(facts: Row) -> Row:
    kind = "simulated" if facts["simulated"] else "given"
    values = [
        {
            "name": Week.from_id(row["WeekID"]).iso,
            "value": row["Minutes"],
            "kind": kind,
            "now": False,
        }
        for row in facts["weeks"][-CHARTED_WEEKS:]
    ]
    return bars(values, "Minutes")
