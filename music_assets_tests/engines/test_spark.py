"""Spark: the same rows and the same rejected records as here, whatever arrives; one scan."""

import datetime as dt
import re
from pathlib import Path
from zoneinfo import ZoneInfo

import narwhals as nw
import polars as pl
import pytest

pytest.importorskip("dagster_pyspark", reason="music-assets[spark] is not installed")

from music_assets.engines.engine import EngineError
from music_assets.engines.spark import SparkEngine
from music_assets.landing.pages import to_line
from music_assets.sandbox.server import SandboxServer
from music_assets.storage.folder import FolderStorage
from music_assets.transforms import catalogue
from music_assets.transforms.charts import Chart, charts_lookup
from music_assets.transforms.local_time import calendar_lookup, days_lookup
from music_assets.transforms.registry import TRANSFORMS
from music_assets.transforms.rows import Transform
from music_assets.transforms.weekly import weeks_lookup
from music_assets.weeks import Week
from music_assets_tests.chart_files import GLOBAL, line, put
from music_assets_tests.engines.test_engine import artist, land
from music_assets_tests.house import EXTENDED, WEEKS, House, small_world
from music_assets_tests.parity import CATALOGUE, assert_parity, given, pages_of, spread
from music_assets_tests.sales_files import put_report, sale
from music_assets_tests.test_recorded import RECORDED, recorded

pytestmark = pytest.mark.xdist_group("spark")

KINDS = {
    "genres": "artists",
    "artist_genres": "artists",
    "artist_albums": "albums",
    "album_details": "tracks",
    "artist_details": "musicbrainz",
    "chart_entries": "charts",
    "monthly_sales": "sales",
    "weekly_streams": "weekly",
    "weekly_downloads": "weekly",
    "musicbrainz_genres": "musicbrainz",
    "release_details": "musicbrainz_releases",
}
LATE_2026 = nw.from_dict(
    weeks_lookup([Week.from_iso(2026, 47), Week.from_iso(2026, 48)]), backend="polars"
)
TODAY = dt.date(2026, 11, 28)
NAMES = nw.from_dict({"NameID": ["local:1", "local:2"], "Named": ["a1", "b"]}, backend="polars")
CHARTS = [GLOBAL, Chart("de", "daily", GLOBAL.date)]
#: Pages that are made up ask for these Mondays.
OF_MONDAYS = charts_lookup(CHARTS) | {"requested": ["2026-11-16", "2026-11-23"]}
LOOKUPS = {
    "chart_entries": {"charts": nw.from_dict(OF_MONDAYS, backend="polars")},
    "weekly_streams": {"weeks": LATE_2026},
    "weekly_downloads": {"weeks": LATE_2026},
    "listened_songs": {"names": NAMES},
    "plays": {
        "days": nw.from_dict(days_lookup(ZoneInfo("Europe/Berlin"), TODAY), backend="polars"),
        "calendar": nw.from_dict(calendar_lookup(TODAY), backend="polars"),
        "months": nw.from_dict(
            {"requested": ["2026-11-16", *"abcd"], "Wanted": [True] * 5}, backend="polars"
        ),
        "names": NAMES,
        "repeated": nw.from_dict(
            {"Key": ["a1"], "At": [1_794_787_700], "Offline": [1_794_787_000], "Again": [True]},
            backend="polars",
        ),
    },
}
#: Transforms of files that people put there, which the sandbox's catalogue has nothing of.
OF_FILES = {"listened_songs", "plays"}
OF_SPOTIFY = [
    each
    for each in CATALOGUE
    if "musicbrainz" not in KINDS.get(each.entity, "")
    and each.entity not in OF_FILES | {"monthly_sales"}
]
by_entity = pytest.mark.parametrize("transform", TRANSFORMS.values(), ids=lambda each: each.entity)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A house in which the sandbox's catalogue has landed."""
    with SandboxServer(small_world(), EXTENDED) as server:
        house = House(
            tmp_path_factory.mktemp("house"), server, musicbrainz_options={"releases": True}
        )
        house.follow()
        for chart in CHARTS:
            put(
                house.storage, chart, line(1), line(1, "other"), line(2, previous=9), line(3, "a b")
            )
        put_report(house.storage, sale(), sale(-2), sale(1, isrc=""), sale(kind="Album"), name="1")
        put_report(house.storage, sale(9), sale(reported="2026-04-05"), name="2")
        assert house.run().success
    return house


@pytest.mark.parametrize(
    "transform",
    [each for each in TRANSFORMS.values() if each.entity not in OF_FILES],
    ids=lambda each: each.entity,
)
def test_the_sandbox_catalogue_gives_the_same(
    spark: SparkEngine, house: House, transform: Transform
) -> None:
    kind = KINDS.get(transform.entity, transform.entity)
    landed = [blob.path for blob in house.storage.list(f"landing/{kind}/")]
    sources = [path for path in landed if path.endswith(".ndjson")]
    weeks = weeks_lookup([Week.from_key(key) for key in WEEKS])
    lookups = {
        "weeks": nw.from_dict(weeks, backend="polars"),
        "charts": nw.from_dict(charts_lookup(CHARTS), backend="polars"),
    }
    wanted = {name: lookups[name] for name in LOOKUPS.get(transform.entity, {})}
    found = assert_parity(spark, transform, house.storage, sources, wanted)
    assert found.rows.height


@pytest.mark.skipif(not RECORDED.is_dir(), reason="no recorded responses lie beside the checkout")
@pytest.mark.parametrize("transform", OF_SPOTIFY, ids=lambda each: each.entity)
def test_recorded_responses_give_the_same(
    spark: SparkEngine, storage: FolderStorage, transform: Transform
) -> None:
    kind = KINDS.get(transform.entity, transform.entity)
    names = {"artists": "followed_artists", "albums": "artist_albums", "tracks": "album_tracks"}
    page = recorded(names[kind])
    sources = land(storage, [page.get("artists", page)])
    found = assert_parity(spark, transform, storage, sources, LOOKUPS.get(transform.entity))
    assert found.rejected == []


@by_entity
def test_whatever_arrives_gives_the_same(
    spark: SparkEngine, storage: FolderStorage, transform: Transform
) -> None:
    form = catalogue.tracks if transform.single else transform
    sources = land(storage, *spread(pages_of(form, 500), 10))
    found = assert_parity(spark, transform, storage, sources, LOOKUPS.get(transform.entity))
    assert found.rows.height > 2
    assert found.rejected or transform is catalogue.artist_genres or transform is catalogue.genres


@pytest.mark.parametrize("files", [[], [[]], [[{"items": []}, {"items": []}]]])
def test_nothing_gives_an_empty_table(
    spark: SparkEngine, storage: FolderStorage, files: list[list[dict[str, object]]]
) -> None:
    found = assert_parity(spark, catalogue.tracks, storage, land(storage, *files))
    assert found.rows.is_empty()
    assert not list(storage.list("quarantine/"))


@pytest.mark.parametrize(("identity", "written"), [("a", 2), (None, 3)])
def test_a_load_scans_its_pages_once_and_collects_nothing_whatever_it_rejects(
    spark: SparkEngine, storage: FolderStorage, identity: str | None, written: int
) -> None:
    store = spark.session()._jsparkSession.sharedState().statusStore()
    sources = land(storage, [{"items": [artist("b"), artist(identity)]}], [{"items": []}])
    heard = spark.session().sparkContext._jsc.sc().listenerBus()
    heard.waitUntilEmpty()
    before = store.executionsList().size()
    given(spark, catalogue.artists, storage, sources)
    heard.waitUntilEmpty()
    executions = store.executionsList().drop(before)
    plans = [executions.apply(n).physicalPlanDescription() for n in range(executions.size())]
    ran = [plan.partition("== Initial Plan ==")[0] for plan in plans]
    scans = [re.findall(r"- Scan (\w+)  \(", plan) for plan in ran]
    # Of the pages the verdicts; of the verdicts rows and, where there is need, quarantine. In
    # between two counts.
    assert scans == [["json"]] + [["parquet"]] * (written + 1), plans
    writes = [plan for plan in ran if "Execute InsertIntoHadoopFsRelationCommand" in plan]
    assert len(writes) == written
    for plan in ran:
        assert plan in writes or "Functions [1]: [count(1)]" in plans[ran.index(plan)]


def test_lines_are_counted_right_where_a_file_is_read_in_pieces(
    spark: SparkEngine, storage: FolderStorage
) -> None:
    pages = [{"items": [artist(f"a{n % 7}", f"name {n}"), artist(f"{n} ")]} for n in range(3_000)]
    sources = land(storage, pages[:100], pages)
    conf, piece = spark.session().conf, "spark.sql.files.maxPartitionBytes"
    conf.set(piece, "10000")
    try:
        found = assert_parity(spark, catalogue.artists, storage, sources)
    finally:
        conf.unset(piece)
    assert (found.rows.height, len(found.rejected)) == (7, 3_100)


@pytest.mark.parametrize("name", ["50 % ä+b #1", "{a,b}", "back\\slash", "[1]", "s*?", "x/../y"])
def test_a_folder_may_have_any_name(spark: SparkEngine, tmp_path: Path, name: str) -> None:
    # What a pattern would find instead.
    other = FolderStorage(root=str(tmp_path / "something"))
    land(other, [{"items": [artist("b")]}])
    storage = FolderStorage(root=str(tmp_path / name))
    sources = land(storage, [{"items": [artist("a"), artist(None)]}])
    found = assert_parity(spark, catalogue.artists, storage, sources)
    assert [each["Source"] for each in found.rejected] == sources


def test_a_line_that_is_no_page_stops_the_run(spark: SparkEngine, storage: FolderStorage) -> None:
    sources = land(storage, [{"items": [artist("a")]}])
    storage.write(sources[0], to_line({"items": 7}))
    with pytest.raises(EngineError) as caught:
        given(spark, catalogue.artists, storage, sources)
    said = str(caught.value)
    assert said.startswith("Spark could not transform the pages of artists: [FAILED_READ_FILE")
    assert sources[0] in said
    assert "ARRAY" in said
    assert len(said.splitlines()) == 1


def test_dates_before_1582_are_the_same_whatever_a_session_is_told(
    spark: SparkEngine, storage: FolderStorage
) -> None:
    dates = ["0001-01-01", "0500-06-01", "1582-10-04", "1582-10-10", "9999-12-31"]
    albums = [{"id": f"a{date[:4]}{date[8:]}", "release_date": date} for date in dates]
    sources, conf = land(storage, [{"items": albums}]), spark.session().conf
    legacy = ("spark.sql.parquet.datetimeRebaseModeInWrite", "spark.sql.legacy.timeParserPolicy")
    try:
        for name in legacy:
            conf.set(name, "LEGACY")
        found = assert_parity(spark, catalogue.albums, storage, sources)
    finally:
        for name in legacy:
            conf.unset(name)
    assert sorted(found.rows["ReleaseDate"].cast(pl.String)) == dates


def test_nothing_is_left_in_quarantine_when_a_run_is_clean(
    spark: SparkEngine, storage: FolderStorage
) -> None:
    for identity, rejected in ((None, 1), ("a", 0)):
        sources = land(storage, [{"items": [artist(identity)]}])
        found = given(spark, catalogue.artists, storage, sources)
        assert len(found.rejected) == rejected
    assert not list(storage.list("quarantine/"))


def test_nothing_is_left_on_disk_that_storage_does_not_list(
    spark: SparkEngine, storage: FolderStorage
) -> None:
    given(
        spark, catalogue.artists, storage, land(storage, [{"items": [artist("a"), artist(None)]}])
    )
    assert not [blob for blob in storage.list("processed/") if "judged" in blob.path]
    files = {path for path in Path(storage.root).rglob("*") if path.is_file()}
    assert files == {Path(storage.where(blob.path)) for blob in storage.list("")}
