"""A whole installation in a temporary folder: what the tests of the graph run and look at."""

import json
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import dagster as dg
import sqlalchemy as sa

from music_assets.calls.pacing import Pacer
from music_assets.database.resource import DatabaseResource
from music_assets.definitions import defs
from music_assets.defs import checks
from music_assets.engines.engine import Engine
from music_assets.engines.polars import PolarsEngine
from music_assets.landing.follow_inbox import put_follow_list
from music_assets.loading.loader import Loader
from music_assets.musicbrainz.web_service import MusicBrainzResource
from music_assets.partitions import RANGE_END, RANGE_START
from music_assets.sandbox.server import SandboxOptions, SandboxServer
from music_assets.sandbox.world import World
from music_assets.schema.tables import metadata
from music_assets.spotify.access import SpotifyResource
from music_assets.spotify.listings import Listings
from music_assets.storage.blobs import StorageResource
from music_assets.storage.folder import FolderStorage
from music_assets.storage.paths import FOLLOW_LIST
from music_assets_tests.chart_files import GLOBAL, line, put

#: An app that Spotify tells of genres and followers.
EXTENDED = SandboxOptions(mode="extended")
#: The checks that warn of what the sandbox's MusicBrainz has of genres without names or votes.
ODD_GENRES = {"genres:nothing_quarantined", "artist_genres:nothing_quarantined"}
#: Tables of files that people put there, which are empty otherwise.
OPTIONAL = {table.name for table in checks.OPTIONAL}
WEEKS = ("2025-12-29", "2026-01-05", "2026-01-12")
#: What fills the tables. The marts on top have tests of their own.
TABLES = "group:follow_list or group:catalogue or group:weekly or group:charts or group:sales"
ASSETS = [
    each for each in defs().assets or () if isinstance(each, dg.AssetsDefinition | dg.AssetSpec)
]
Rows = list[tuple[Any, ...]]


def small_world() -> World:
    """Large enough to hold every awkward case of the fictional catalogue."""
    return World.fictional(artists=20, albums=60, tracks=700)


@dataclass
class House:
    """Storage, database and a sandbox; `run` materialises, the rest looks at what came of it."""

    folder: Path
    server: SandboxServer
    spotify_options: dict[str, Any] = field(default_factory=dict)
    musicbrainz_options: dict[str, Any] = field(default_factory=dict)
    storage_elsewhere: StorageResource | None = None
    engine: Engine = field(default_factory=PolarsEngine)

    @property
    def storage(self) -> StorageResource:
        return self.storage_elsewhere or FolderStorage(root=str(self.folder / "storage"))

    @property
    def database_file(self) -> Path:
        return self.folder / "music.db"

    @property
    def musicbrainz(self) -> MusicBrainzResource:
        """Asked without a pause."""
        given: dict[str, Any] = {
            "url": self.server.url,
            "contact": "house@example.com",
            "requests_per_second": None,
        }
        return MusicBrainzResource(**(given | self.musicbrainz_options))

    @property
    def spotify(self) -> SpotifyResource:
        url = self.server.url
        return SpotifyResource(api_url=url, accounts_url=url, **self.spotify_options)

    def follow(self) -> None:
        """Do the work of `music-assets follow`."""
        with self.spotify.client(user=True) as client:
            put_follow_list(self.storage, list(Listings(client, Pacer()).followed_artists()))

    def put_inbox(self, content: bytes) -> None:
        self.storage.write(FOLLOW_LIST, content)

    def run(
        self,
        select: str = TABLES,
        weeks: Sequence[str] = WEEKS,
        instance: dg.DagsterInstance | None = None,
        **run_config: Any,
    ) -> dg.ExecuteInProcessResult:
        """Materialise the selected assets and their checks, over a range of weeks."""
        database = DatabaseResource(url=f"sqlite:///{self.database_file}")
        loader = Loader(storage=self.storage, engine=self.engine, database=database)
        resources = {
            "storage": self.storage,
            "database": database,
            "loader": loader,
            "spotify": self.spotify,
            "musicbrainz": self.musicbrainz,
        }
        return dg.materialize(
            [*ASSETS, *(defs().asset_checks or ())],
            selection=dg.AssetSelection.from_string(select),
            resources=resources,
            tags={RANGE_START: weeks[0], RANGE_END: weeks[-1]} if weeks else None,
            raise_on_error=False,
            instance=instance,
            run_config=run_config | {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )

    def rows(self, table: str) -> Rows:
        """All rows of a table or view, in a fixed order."""
        with self.connection() as connection:
            found = connection.exec_driver_sql(f"SELECT * FROM {table}").fetchall()
        return sorted((tuple(row) for row in found), key=repr)

    def tables(self) -> dict[str, Rows]:
        """All rows of all tables."""
        return {table.name: self.rows(table.name) for table in metadata.sorted_tables}

    def dump(self) -> str:
        """The database as SQL text, without the words of its data versions."""
        return dump(self.database_file)

    def data_versions(self) -> Rows:
        """The data version of each part: where nobody has written, they stay."""
        return self.rows("data_versions")

    def quarantined(self) -> dict[str, list[dict[str, Any]]]:
        """The records in quarantine, per entity."""
        found: dict[str, list[dict[str, Any]]] = {}
        for blob in self.storage.list("quarantine/"):
            entity = blob.path.split("/")[1]
            lines = self.storage.read(blob.path)[1].splitlines()
            found.setdefault(entity, []).extend(json.loads(line) for line in lines)
        return found

    @contextmanager
    def connection(self) -> Iterator[sa.Connection]:
        engine = sa.create_engine(f"sqlite:///{self.database_file}", poolclass=sa.NullPool)
        with engine.connect() as connection:
            yield connection


def dump(database: Path) -> str:
    """A database as SQL text, without the words of its data versions, which are never the same.

    The views come last: which of them was made first depends on the assets of a run.
    """
    with closing(sqlite3.connect(database)) as connection:
        statements = list(connection.iterdump())
    views = sorted(each for each in statements if each.startswith("CREATE VIEW"))
    text = "\n".join([*(each for each in statements if each not in views), *views])
    return re.sub(r"""(INTO "data_versions" VALUES\('\w+',\d+),('\w+'|NULL)""", r"\1", text)


def let_the_time_come(storage: StorageResource) -> None:
    """As if the time that the last long refusal named had come."""
    for blob in list(storage.list("landing/spotify/")):
        if blob.path.endswith("not_before.json"):
            storage.write(blob.path, b'{"not_before": "2026-01-01T00:00:00+00:00"}')


def failures(result: dg.ExecuteInProcessResult) -> dict[str, str]:
    """The steps that failed, with their messages."""
    found = {}
    for event in result.all_events:
        if event.is_step_failure:
            data = event.step_failure_data
            told = data.user_failure_data
            found[str(event.step_key)] = str(told.description if told else data.error)
    return found


def metadata_of(result: dg.ExecuteInProcessResult, asset: str) -> dict[str, Any]:
    """The metadata of an asset's materialisation."""
    event = result.asset_materializations_for_node(asset)[-1]
    return {name: entry.value for name, entry in event.metadata.items()}


def failed_checks(result: dg.ExecuteInProcessResult) -> set[str]:
    """`asset:check` of the checks that did not hold."""
    return {
        f"{each.asset_key.to_user_string()}:{each.check_name}"
        for each in result.get_asset_check_evaluations()
        if not each.passed
    }


def materialised(folder: Path, engine: Engine) -> dict[str, str]:
    """The database, the extracts and the report after a run of every asset."""
    folder.mkdir()
    with SandboxServer(small_world(), EXTENDED) as server:
        house = House(folder, server, engine=engine)
        house.follow()
        charted = next(iter(server.world.album_tracks.values()))[0]["id"]
        put(house.storage, GLOBAL, line(1, charted), line(2))
        result = house.run("*")
    assert failures(result) == {}
    assert result.success
    seen = [blob.path for room in ("published/", "reports/") for blob in house.storage.list(room)]
    assert len(seen) > 2
    digests = {path: sha256(house.storage.read(path)[1]).hexdigest() for path in seen}
    return {"database": house.dump(), **digests}
