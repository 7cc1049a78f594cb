"""The lists that each week's page shows, kept from run to run.

So ranks, peaks and trends of earlier weeks are known without reading earlier weeks, and it is
known which artists and albums have a page.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from music_assets.database.versioning import Versions
from music_assets.report.mart_rows import Reader, Row
from music_assets.report.placings import Placing, placings
from music_assets.report.rankings import artists_of_albums, makers_of_songs, rankings
from music_assets.schema.data_versions import FIGURES, SHOWN, UNDATED, UNSHOWN
from music_assets.storage.blobs import StorageResource
from music_assets.storage.fingerprints import (
    Made,
    changed,
    fingerprint,
    forget,
    made_before,
    note_made,
)
from music_assets.weeks import Week

STEP = "report_lists"
Ranked = Mapping[str, list[Row]]
LISTS = ("tracks", "artists", "albums")


@dataclass(frozen=True, eq=False)
class WeekLists:
    """The lists of a week's page, by ids.

    Attributes:
        week: the week.
        word: a word for what it is made of.
        totals: its row of `weekly_totals`.
        ranked: the members of each list, in order.
        shown: the artists and albums that the page names anywhere.
    """

    week: Week
    word: str
    totals: Row
    ranked: Mapping[str, Sequence[str]]
    shown: Mapping[str, Sequence[str]]

    @property
    def figures(self) -> str:
        """The kind of its figures."""
        return str(self.totals["Figures"])


@dataclass(frozen=True)
class Past:
    """All weeks with figures, oldest first, and the placings in their lists.

    Attributes:
        weeks: the weeks.
        placings: by list, week and id.
        fresh: the rankings of the weeks that this run has read.
    """

    weeks: Sequence[WeekLists]
    placings: Mapping[str, Mapping[Week, Mapping[str, Placing]]]
    fresh: Mapping[Week, Ranked]

    def before(self, week: Week, count: int) -> list[WeekLists]:
        """The last weeks up to one, oldest first, at most so many."""
        end = bisect_right(self.weeks, week, key=lambda each: each.week)
        return list(self.weeks[max(end - count, 0) : end])

    @cached_property
    def showing(self) -> Mapping[tuple[str, str], Sequence[WeekLists]]:
        """The weeks that show an artist or an album, by `artists` or `albums` and its id."""
        found: dict[tuple[str, str], list[WeekLists]] = {}
        for each in self.weeks:
            for kind, ids in each.shown.items():
                for identity in ids:
                    found.setdefault((kind, identity), []).append(each)
        return found

    @cached_property
    def newest_placing(self) -> Mapping[tuple[str, str], tuple[WeekLists, Placing]]:
        """The newest list that something was on, and its placing there, by list and id."""
        return {
            (name, identity): (each, placing)
            for each in self.weeks
            for name, by_week in self.placings.items()
            for identity, placing in by_week[each.week].items()
        }

    def placing(self, week: Week) -> dict[str, Mapping[str, Placing]]:
        """The placings in a week's lists, by list."""
        return {name: by_week[week] for name, by_week in self.placings.items()}


def names_word(versions: Versions) -> str:
    """A word for every name and link that a page may show."""
    shown = [versions.get((table, SHOWN)) for table in UNDATED if table not in UNSHOWN]
    return fingerprint(*shown)


def past_lists(versions: Versions, read: Reader, storage: StorageResource) -> Past:
    """The lists of all weeks: those of weeks that have changed are read, the others are known."""
    weeks, fresh = list[WeekLists](), dict[Week, Ranked]()
    for year, now in sorted(_words(versions).items()):
        # A file of notes per year, so that a new week does not write those of all.
        step = f"{STEP}-{year}"
        noted = made_before(storage, step)
        made = {}
        for part in changed(noted, now):
            totals = read.mart("weekly_totals", WeekID=int(part))
            ranked = rankings(read, totals[0]) if totals else {}
            made[part] = Made(now[part], told=_told(read, totals[0], ranked) if totals else {})
            fresh[Week.from_id(int(part))] = ranked
        note_made(storage, step, made)
        if gone := noted.keys() - now.keys():
            forget(storage, step, gone)
        weeks += filter(None, (_lists(part, (noted | made)[part]) for part in sorted(now)))
    return Past(weeks, {name: placings(_of_list(weeks, name)) for name in LISTS}, fresh)


def _of_list(weeks: Sequence[WeekLists], name: str) -> list[tuple[Week, str, Sequence[str]]]:
    return [(each.week, each.figures, each.ranked[name]) for each in weeks]


def _words(versions: Versions) -> dict[int, dict[str, str]]:
    """By year, a word for all that each week's lists are made of.

    That is the week, and the week before for what has moved.
    """
    names = names_word(versions)
    found: dict[int, dict[str, str]] = {}
    for week_id in {part for table, part in versions if table in FIGURES}:
        try:
            both = Week.from_id(week_id).and_before(2)
        except ValueError:  # somebody wrote rows of a week that no calendar has
            continue
        of_weeks = [versions.get((table, each.week_id)) for table in FIGURES for each in both]
        word = fingerprint(names, *of_weeks)
        found.setdefault(week_id // 100, {})[str(week_id)] = word
    return found


def _told(read: Reader, totals: Row, ranked: Ranked) -> Row:
    """The lists of a week, as the notes tell them."""
    songs = {row["SongID"] for name in ("tracks", "up", "down") for row in ranked[name]}
    makers = [row for rows in makers_of_songs(read, songs).values() for row in rows]
    albums = {row["AlbumID"] for row in [*makers, *ranked["albums"]]}
    credited = artists_of_albums(read, albums).values()
    artists = {row["ArtistID"] for rows in credited for row in rows}
    artists |= {row["ArtistID"] for row in ranked["artists"]}
    return {
        "totals": {name: value for name, value in totals.items() if name != "WeekStartDate"},
        "ranked": {name: _ids(ranked[name], key) for name, key in _KEYS.items()},
        "shown": {"artists": sorted(artists), "albums": sorted(albums)},
    }


_KEYS = {"tracks": "SongID", "artists": "ArtistID", "albums": "AlbumID"}


def _ids(rows: Sequence[Row], key: str) -> list[str]:
    return [row[key] for row in rows]


def _lists(part: str, made: Made) -> WeekLists | None:
    if not made.told:
        return None
    told: Callable[[str], Row] = made.told.__getitem__
    week = Week.from_id(int(part))
    return WeekLists(week, made.fingerprint, told("totals"), told("ranked"), told("shown"))
