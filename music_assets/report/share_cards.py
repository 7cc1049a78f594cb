"""Cards: a week in one picture, and in a few lines of text, to send to somebody."""

from music_assets.report.mart_rows import Row
from music_assets.report.page_html import day, number, rendered
from music_assets.report.week_series import MEASURES

LISTED = 5
#: Letters of a title that fit into a line of the picture.
FITTING = 34


def card_png(facts: Row) -> bytes:
    """The picture of a week, 1200 by 630 pixels."""
    # Takes part of a second to import with its library.
    import vl_convert  # noqa: PLC0415

    svg = rendered("card.svg.jinja", facts | {"lines": _lines(facts), "cut": cut})
    return bytes(vl_convert.svg_to_png(svg))


def card_text(facts: Row) -> str:
    """The text of a week."""
    week, totals, kind = facts["week"], facts["totals"], facts["kind"]
    whose = "" if kind == "given" else f" ({kind})"
    lines = [f"Week {week.week_id % 100} of {week.week_id // 100}"]
    lines += [f"{day(week.monday)} to {day(week.sunday)}", ""]
    lines += [
        f"{name}{whose}: {number(totals[name])}" for name in MEASURES if totals[name] is not None
    ]
    listening = facts["listening"]
    if listening and listening["Minutes"] is not None:
        made_up = " (simulated)" if listening["simulated"] else ""
        lines.append(f"Listened{made_up}: {number(listening['Minutes'])} minutes")
    lines += ["", f"Most streamed{whose}:"]
    lines += [
        f"{line['rank']}. {line['title']}{line['by'] and ' by ' + line['by']} [{line['move']}]"
        if line["move"]
        else f"{line['rank']}. {line['title']}{line['by'] and ' by ' + line['by']}"
        for line in _lines(facts)
    ]
    return "\n".join([*lines, "", "Names come from Spotify, https://open.spotify.com", ""])


def _lines(facts: Row) -> list[Row]:
    """The most streamed songs, as the card names them."""
    return [
        {
            "rank": row["StreamRank"],
            "title": row["Title"] or "(no name)",
            "by": ", ".join(
                each["Name"] or "(no name)" for each in facts["makers"].get(row["SongID"], [])
            ),
            "move": _move(facts, row["SongID"]),
        }
        for row in facts["tracks"][:LISTED]
    ]


def _move(facts: Row, song: str) -> str:
    placing = facts["placing"]["tracks"].get(song)
    if not placing or not placing.movement:
        return ""
    return placing.movement if placing.before is None else f"was #{placing.before}"


def cut(text: str, letters: int = FITTING) -> str:
    """Text that fits, with dots where some is left out."""
    return text if len(text) <= letters else f"{text[: letters - 1].rstrip()}\u2026"
