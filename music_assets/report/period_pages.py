"""The pages of months and years: their weeks, and who was on top of them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import sqlalchemy as sa

from music_assets.report.chart_specs import bars
from music_assets.report.listening_facts import listening_of_period
from music_assets.report.mart_rows import Row
from music_assets.report.material import Material
from music_assets.report.page_files import Page
from music_assets.report.page_html import rendered
from music_assets.report.periods import days_of, months_of, years_of
from music_assets.report.rankings import artists_of_albums, makers_of_songs
from music_assets.report.shown_lists import LISTS, WeekLists
from music_assets.report.week_series import charts, series, sums
from music_assets.schema import tables

LISTED = 10
NEW = 24


def pages_of_periods(material: Material) -> Iterator[Page]:
    """A page for each month and each year that has weeks with figures."""
    weeks = material.past.weeks
    for folder, groups in (("months", months_of(weeks)), ("years", years_of(weeks))):
        for period, within in groups.items():
            inputs = _inputs(material, period, within)
            html = partial(period_html, material, period, within)
            yield Page(f"{folder}/{period}.html", inputs, html)


def _inputs(material: Material, period: str, weeks: Sequence[WeekLists]) -> list[object]:
    albums = sorted({each for lists in weeks for each in lists.ranked["albums"]})
    return [
        material.shown_in(weeks),
        material.played(*days_of(period)),
        [material.new.get(each.week) for each in weeks],
        material.details.covers(albums),
        material.today > days_of(period)[1],
        material.sandbox,
    ]


def period_html(material: Material, period: str, weeks: Sequence[WeekLists]) -> str:
    """The page of a month or a year."""
    first, last = days_of(period)
    kind = "month" if "-" in period else "year"
    rows = series(((each.week, each.totals) for each in weeks), weeks[-1].week)
    listening = listening_of_period(material.read, kind, first, last)
    best = {name: _most_often(weeks, name) for name in LISTS}
    names = _names(material, weeks, best)
    new = [row for each in reversed(weeks) for row in material.new.get(each.week, ())]
    facts = {
        "root": "../",
        "key": period,
        "sandbox": material.sandbox,
        "details": material.details,
        "period": period,
        "first": first,
        "whole": material.today > last,
        "weeks": weeks,
        "series": rows,
        "charts": charts(rows),
        "sums": sums([each.totals for each in weeks]),
        "figures": weeks[-1].figures,
        "best": best,
        "names": names,
        "new": new[:NEW],
        "new_count": len(new),
        "credits": artists_of_albums(material.read, {row["AlbumID"] for row in new[:NEW]}),
        "listening": listening,
        "minutes": listening and _minutes(listening),
    }
    return rendered("period.html.jinja", facts)


def _most_often(weeks: Sequence[WeekLists], name: str) -> list[Row]:
    """The members of lists that were on most of them; only lists of the newest kind of figures."""
    places: dict[str, list[int]] = defaultdict(list)
    alike = [each for each in weeks if each.figures == weeks[-1].figures]
    for each in alike:
        for rank, member in enumerate(each.ranked[name], 1):
            places[member].append(rank)
    found: list[Row] = [
        {"id": member, "weeks": len(ranks), "best": min(ranks), "of": len(alike)}
        for member, ranks in places.items()
    ]
    return sorted(found, key=lambda row: (-row["weeks"], row["best"], row["id"]))[:LISTED]


def _names(
    material: Material, weeks: Sequence[WeekLists], best: Mapping[str, Sequence[Row]]
) -> dict[str, dict[str, Row]]:
    """The names of what was on top of a week, or most often on a list."""
    wanted = {
        name: {row["id"] for row in best[name]}
        | {each.ranked[name][0] for each in weeks if each.ranked[name]}
        for name in LISTS
    }
    songs = makers_of_songs(material.read, wanted["tracks"])
    # A song whose artists are followed no longer has a name still.
    titles = sa.select(tables.tracks.c.SongID, tables.tracks.c.Title)
    rows = material.read.of_keys(titles, tables.tracks.c.SongID, wanted["tracks"])
    return {
        "tracks": {
            row["SongID"]: {"Name": row["Title"], "makers": songs.get(row["SongID"], [])}
            for row in rows
        },
        "artists": {each: material.details.artists[each] for each in wanted["artists"]},
        "albums": {
            each: {"Name": material.details.albums[each]["AlbumName"]} for each in wanted["albums"]
        },
    }


def _minutes(listening: Row) -> Row:
    kind = "simulated" if listening["simulated"] else "given"
    return bars(
        [
            {"name": f"{row['Day']:%Y-%m-%d}", "value": row["Minutes"], "kind": kind, "now": False}
            for row in listening["parts"]
        ],
        "Minutes",
    )
