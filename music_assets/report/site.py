"""The site as a whole: which pages there are, and what each is made of."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import sqlalchemy as sa

from music_assets.database.resource import DatabaseResource
from music_assets.database.versioning import Versions
from music_assets.report.details import Details, details_of_shown
from music_assets.report.listening_page import listening_page
from music_assets.report.maker_pages import pages_of_makers
from music_assets.report.mart_rows import Reader, Row, define_missing
from music_assets.report.material import Material
from music_assets.report.new_releases import new_by_week
from music_assets.report.page_files import Page, write_changed
from music_assets.report.page_html import rendered
from music_assets.report.period_pages import pages_of_periods
from music_assets.report.share_cards import card_png, card_text
from music_assets.report.shown_lists import WeekLists, past_lists
from music_assets.report.site_assets import shared_files
from music_assets.report.week_page import week_facts, week_html, week_inputs
from music_assets.storage.blobs import StorageResource


@dataclass(frozen=True)
class Site:
    """The result of writing the report in a run.

    Attributes:
        newest: the week that people see first; None without any week.
        top: its five most streamed tracks.
        pages: the number of all files.
        written: the names of those that were written.
    """

    newest: WeekLists | None
    top: Sequence[Row]
    pages: int
    written: Sequence[str]


def write_site(
    database: DatabaseResource, storage: StorageResource, *, sandbox: bool, today: dt.date
) -> Site:
    """Write what has changed of the site, and remove what nothing leads to any more.

    Args:
        database: holds the catalogue and the marts.
        storage: gets the pages.
        sandbox: True if the bundled sandbox stands in for Spotify, which the pages mention.
        today: a week is finished from its Sunday on, when its figures are made.

    Raises:
        DatabaseError: a mart cannot be read.
    """
    define_missing(database)
    versions = database.data_versions()
    return database.reading(
        partial(_write, versions=versions, storage=storage, sandbox=sandbox, today=today)
    )


def _write(
    connection: sa.Connection,
    *,
    versions: Versions,
    storage: StorageResource,
    sandbox: bool,
    today: dt.date,
) -> Site:
    read = Reader(connection)
    past = past_lists(versions, read, storage)
    if not past.weeks:
        none = Details({}, {})
        material = Material(read, versions, past, none, {}, today, sandbox)
        pages = [*shared_files(material), _nothing_yet(material), *listening_page(material)]
        return Site(None, [], len(pages), write_changed(pages, storage))
    first = past.weeks[0].week.monday
    material = Material(
        read=read,
        versions=versions,
        past=past,
        details=details_of_shown(read, past.weeks, pictures=not sandbox),
        new=new_by_week(read, versions, storage, first, pictures=not sandbox),
        today=today,
        sandbox=sandbox,
    )
    pages = [
        *shared_files(material),
        *_pages_of_weeks(material),
        *pages_of_periods(material),
        *pages_of_makers(material),
        *listening_page(material),
    ]
    written = write_changed(pages, storage)
    newest = material.newest
    top = sorted(
        read.mart("top_tracks", WeekID=newest.week.week_id, Figures=newest.figures),
        key=lambda row: row["StreamRank"],
    )
    return Site(newest, top[:5], len(pages), written)


def _pages_of_weeks(material: Material) -> Iterator[Page]:
    """A page per week, and the index, which is the newest finished week's."""
    # What one week's page and cards show is read once.
    facts = lru_cache(maxsize=2)(partial(week_facts, material))
    newest = material.newest
    for lists in material.past.weeks:
        name, inputs = lists.week.iso, week_inputs(material, lists)
        yield Page(f"weeks/{name}.html", inputs, partial(_week, facts, lists, "../"))
        for ending, card in (("txt", card_text), ("png", card_png)):
            yield Page(f"cards/{name}.{ending}", inputs, partial(_card, card, facts, lists))
        if lists is newest:
            yield Page("index.html", [name, *inputs], partial(_week, facts, lists, ""))


def _card(
    card: Callable[[Row], str | bytes], facts: Callable[[WeekLists], Row], lists: WeekLists
) -> str | bytes:
    return card(facts(lists))


def _week(facts: Callable[[WeekLists], Row], lists: WeekLists, root: str) -> str:
    return week_html(facts(lists), root, lists.week.iso)


def _nothing_yet(material: Material) -> Page:
    told = {"sandbox": material.sandbox, "listening": material.has_plays}
    facts = {"root": "", "key": "", **told}
    return Page("index.html", [*told.values()], lambda: rendered("nothing.html.jinja", facts))
