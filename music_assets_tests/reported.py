"""A database with a few songs, its report, and the eyes of the tests that look at it."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import sqlalchemy as sa

from music_assets.database.resource import DatabaseResource
from music_assets.defs.assets.marts import marts
from music_assets.defs.assets.reports import weekly_report
from music_assets.defs.assets.weekly import weekly_album_totals
from music_assets.report.site import Site, write_site
from music_assets.schema import tables
from music_assets.schema.mart_sql import read_marts, sql_folder
from music_assets.storage.folder import FolderStorage
from music_assets.weeks import Week
from music_assets_tests.play_rows import Heard, plays

WEEKS = [Week.from_iso(2025, 51), Week.from_iso(2025, 52), Week.from_iso(2026, 1)]
EVIL = """<script>alert("it's")</script>"""
NAMES = [EVIL, "مرحبا", "🎧 & more", None, "100% {{ 7 * 7 }} | `x`"]
SONGS = [f"song/{number}?" for number in range(len(NAMES))]
FILE = "weekly-data/weekly_data_2026-W01.json"
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
VOID = {"meta", "link", "br", "line", "img", "input", "rect", "path"}


@dataclass
class Reported:
    """A folder with a database of five songs on two albums of two artists, and its report.

    In the n-th week that is loaded, song i is streamed 1,000 times and i * n * 100 more or less.
    """

    folder: Path
    loaded: int = 0
    songs: Sequence[str] = field(default_factory=lambda: list(SONGS))

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder}/music.db"

    @property
    def storage(self) -> FolderStorage:
        return FolderStorage(root=str(self.folder))

    def sync(self, rows: Mapping[str, pl.LazyFrame]) -> None:
        """Load rows of tables."""
        with DatabaseResource(url=self.url).process_config_and_initialize_cm() as database:
            for name, frame in rows.items():
                database.sync(tables.metadata.tables[name], frame)

    def catalogue(self, released: dt.date = dt.date(2026, 1, 2)) -> None:
        """Load the artists and what they have made."""
        columns: dict[str, dict[str, Any]] = {
            "artists": {"ArtistID": ["one", "ONE"], "Name": [EVIL, "Zoë"]},
            "genres": {"Name": [EVIL]},
            "artist_genres": {"ArtistID": ["one"], "GenreID": [1]},
            "albums": {
                "AlbumID": ["album", "Album"],
                "AlbumName": [EVIL, "Plain"],
                "ReleaseDate": [released, dt.date(1987, 1, 1)],
                "ReleaseDatePrecision": ["day", "year"],
            },
            "artist_albums": {
                "ArtistID": ["one", "ONE", "ONE"],
                "AlbumID": ["album", "album", "Album"],
            },
            "tracks": {
                "SongID": self.songs,
                "Title": NAMES,
                "AlbumID": ["album"] * (len(NAMES) - 1) + ["Album"],
            },
        }
        self.sync({name: pl.LazyFrame(each) for name, each in columns.items()})

    def week(
        self, week: Week, source: str | None = "simulated", *, downloads: bool = True, more: int = 0
    ) -> None:
        """Load a week's figures."""
        key = {"SongID": self.songs, "WeekID": [week.week_id] * len(self.songs)}
        beside = {
            "WeekStartDate": pl.lit(week.monday),
            "WeekEndDate": pl.lit(week.sunday),
            "Source": pl.lit(source, pl.String),
        }
        number = self.loaded
        streams = [1_000 + more + (-1) ** i * 100 * i * number for i in range(len(self.songs))]
        rows = {"weekly_streams": pl.LazyFrame(key | {"WeeklyStreams": streams})}
        if downloads:
            given = [10] * len(self.songs)
            rows["weekly_downloads"] = pl.LazyFrame(key | {"TotalWeeklyDownloads": given})
        self.sync({name: each.with_columns(**beside) for name, each in rows.items()})
        self.loaded += 1

    def listened(self, heard: Sequence[Heard]) -> None:
        """Load plays of songs that are not on any album."""
        songs = sorted({song for _, song, _ in heard})
        names = {
            "Title": [f"Title of {each}" for each in songs],
            "ArtistName": ["Zoë"] * len(songs),
        }
        self.sync(
            {
                "listened_songs": pl.LazyFrame({"SongID": songs} | names),
                "plays": plays(heard).lazy(),
            }
        )

    def materialise(self) -> dg.ExecuteInProcessResult:
        """Make the sums, the marts and the report."""
        return dg.materialize(
            [weekly_album_totals, *marts, weekly_report],
            resources={"database": DatabaseResource(url=self.url), "storage": self.storage},
            raise_on_error=False,
            run_config=QUIET,
        )

    def views(self) -> None:
        """Define the marts, without their extracts."""
        with DatabaseResource(url=self.url).process_config_and_initialize_cm() as database:
            for mart in read_marts(sql_folder() / "marts").values():
                database.define_view(mart.name, mart.sql)

    def again(self) -> Site:
        """Make the sums and the report of what has changed."""
        self.sums()
        return self.write()

    def sums(self) -> None:
        """Make the sums of the weeks that have changed, which the marts' views add up."""
        resources = {"database": DatabaseResource(url=self.url), "storage": self.storage}
        assert dg.materialize([weekly_album_totals], resources=resources, run_config=QUIET).success

    def write(self, today: dt.date = dt.date(2026, 12, 31), *, sandbox: bool = False) -> Site:
        """Write the report alone, as on a day."""
        with DatabaseResource(url=self.url).process_config_and_initialize_cm() as database:
            return write_site(database, self.storage, sandbox=sandbox, today=today)

    def mart(self, query: str) -> list[dict[str, Any]]:
        """The rows of a query."""
        engine = sa.create_engine(self.url, poolclass=sa.NullPool)
        with engine.connect() as connection:
            return [dict(row) for row in connection.exec_driver_sql(query).mappings()]

    def execute(self, statement: str) -> None:
        """Change the database by hand."""
        engine = sa.create_engine(self.url, poolclass=sa.NullPool)
        with engine.begin() as connection:
            connection.exec_driver_sql(statement)

    def rename(self, table: str, column: str, name: str) -> None:
        """Give everything in a table the same name."""
        rows = tables.metadata.tables[table]
        engine = sa.create_engine(self.url, poolclass=sa.NullPool)
        with engine.begin() as connection:
            connection.execute(rows.update().values({column: name}))

    def page(self, file: str = "index.html") -> str:
        """A page's HTML."""
        return (self.folder / "reports" / file).read_text("utf-8")

    def files(self) -> set[str]:
        """The files of the report."""
        return {blob.path.removeprefix("reports/") for blob in self.storage.list("reports/")}


def reported(folder: Path, weeks: Sequence[Week] = WEEKS, **sources: Sequence[Week]) -> Reported:
    """A report of weeks, simulated unless `given` or `unknown` name them."""
    made = Reported(folder)
    made.catalogue()
    without = sources.get("without_downloads", ())
    for week in weeks:
        given, unknown = week in sources.get("given", ()), week in sources.get("unknown", ())
        source = FILE if given else None if unknown else "simulated"
        made.week(week, source, downloads=week not in without)
    made.views()
    made.again()
    return made


def words(html: str) -> str:
    """The text that a reader sees, in one line."""
    body = html[html.index("<body") :]
    body = re.sub(r"<(script|noscript)\b.*?</\1>", " ", body, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", body).split())


class Tags(HTMLParser):
    """Every tag that opens, with its attributes, and the stack of those that are still open."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.opened: list[tuple[str, dict[str, str | None]]] = []
        self.stack: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.opened.append((tag, dict(attrs)))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.opened.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.stack.pop() == tag

    def of(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of every tag of a kind."""
        return [attrs for name, attrs in self.opened if name == tag]

    def links(self) -> list[str]:
        """The places to which the links lead."""
        return [attrs["href"] or "" for attrs in self.of("a")]

    def totals(self) -> dict[tuple[str, str], str | None]:
        """The figures in large print, by what they are and their kind."""
        return {
            (attrs["data-total"] or "", attrs.get("data-kind") or ""): attrs["data-v"]
            for _, attrs in self.opened
            if "data-total" in attrs
        }
