"""The page of a week."""

from music_assets.report.chart_specs import clock
from music_assets.report.listening_facts import listening_of_week
from music_assets.report.mart_rows import Reader, Row
from music_assets.report.material import Material
from music_assets.report.page_html import rendered
from music_assets.report.rankings import artists_of_albums, makers_of_songs, rankings
from music_assets.report.shown_lists import WeekLists
from music_assets.report.source_files import files_of_week
from music_assets.report.week_series import charts, series
from music_assets.transforms.charts import DEMO
from music_assets.weeks import Week

TREND_WEEKS = 52
CHARTED = 12


def week_inputs(material: Material, lists: WeekLists) -> list[object]:
    """The words of all that a week's page is made of."""
    week = lists.week
    return [
        lists.word,
        *({key: [*each] for key, each in of.items()} for of in _placing(material, week).values()),
        material.trend(week, TREND_WEEKS),
        material.new.get(week),
        material.played(week.monday, week.sunday),
        material.charted(week),
        material.details.covers(lists.shown["albums"]),
        material.is_finished(week),
        material.sandbox,
    ]


def week_facts(material: Material, lists: WeekLists) -> Row:
    """The facts of a week, by the names that the template uses."""
    week, read, kind = lists.week, material.read, lists.figures
    ranked = material.past.fresh.get(week) or rankings(read, lists.totals)
    songs = {row["SongID"] for name in ("tracks", "up", "down") for row in ranked[name]}
    new = material.new.get(week, ())
    albums = {row["AlbumID"] for row in [*ranked["albums"], *new]}
    earlier = material.past.before(week, TREND_WEEKS)
    rows = series(((each.week, each.totals) for each in earlier), week)
    before = next((each for each in earlier if each.week == week.and_before(2)[1]), None)
    listening = listening_of_week(read, week)
    return {
        "week": week,
        "totals": lists.totals,
        "kind": kind,
        "kind_before": before.figures if before else None,
        "finished": material.is_finished(week),
        "files": files_of_week(read, week.week_id) if kind == "given" else [],
        "placing": _placing(material, week),
        "makers": makers_of_songs(read, songs),
        "credits": artists_of_albums(read, albums),
        "details": material.details,
        "series": rows,
        "charts": charts(rows),
        "listening": listening,
        "clock": listening and clock(listening["clock"], simulated=listening["simulated"]),
        "charted": _charted(read, week),
        "demo": DEMO,
        "new": new,
        "sandbox": material.sandbox,
        **ranked,
    }


def week_html(facts: Row, root: str, key: str) -> str:
    """The page of a week; `root` leads from its folder to the site's."""
    return rendered("week.html.jinja", facts | {"root": root, "key": key})


def _placing(material: Material, week: Week) -> Row:
    return dict(material.past.placing(week))


def _charted(read: Reader, week: Week) -> list[Row]:
    """The songs of followed artists on charts of a week, a song of several artists once."""
    rows = read.mart("chart_positions", WeekID=week.week_id)
    ordered = sorted(rows, key=lambda row: (row["Rank"], row["Region"], row["SongID"]))
    songs: dict[tuple[object, ...], Row] = {}
    for row in ordered:
        key = tuple(row[name] for name in ("Region", "Period", "ChartDate", "SongID"))
        songs.setdefault(key, row | {"by": []})["by"].append(row)
    return list(songs.values())[:CHARTED]
