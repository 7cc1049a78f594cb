"""The marts: their SQL, and their numbers against the same figures computed in Polars."""

import datetime as dt
import random
from collections.abc import Mapping
from pathlib import Path

import dagster as dg
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest
import sqlglot
import sqlglot.errors
from polars.testing import assert_frame_equal
from sqlglot import exp

from music_assets.database.resource import DatabaseResource
from music_assets.defs.assets.marts import mart_asset, table_extracts
from music_assets.defs.assets.marts import marts as assets
from music_assets.defs.assets.weekly import weekly_album_totals
from music_assets.publishing.extracts import Relation, of_mart, write_csv, write_parquet
from music_assets.schema import tables
from music_assets.schema.mart_sql import (
    Mart,
    MartError,
    columns,
    description_of,
    read_marts,
    sql_folder,
)
from music_assets.storage.folder import FolderStorage
from music_assets.storage.paths import extract, extracts, whole_extract
from music_assets.weeks import Week
from music_assets_tests.play_rows import plays

MARTS = read_marts(sql_folder() / "marts")
MART = pytest.mark.parametrize("mart", MARTS.values(), ids=MARTS.keys())
TABLES = {table.name for table in tables.metadata.tables.values()}
# Two years' ends, the first after 53 weeks, and a week (2026-W02) that has no figures at all.
WEEKS = [Week.from_iso(*at) for at in ((2020, 53), (2021, 1), (2025, 52), (2026, 1), (2026, 3))]
SONGS = [f"song{i:03}" for i in range(130)] + ["sonG001"]
FIGURES = {"weekly_streams": "WeeklyStreams", "weekly_downloads": "TotalWeeklyDownloads"}
ALBUMS = ["both", "second", "loner", "mute"]

Data = dict[str, pl.DataFrame]


def figures(measure: str, most: int, seed: int) -> pl.DataFrame:
    """Few different values, so that there are ties; one in ten has none."""
    draw = random.Random(seed)
    return pl.DataFrame(
        [
            {
                "WeekID": week.week_id,
                "SongID": song,
                "WeekStartDate": week.monday,
                "WeekEndDate": week.sunday,
                measure: draw.randint(0, most),
                "Source": "simulated",
            }
            for week in WEEKS
            for song in SONGS
            if draw.random() > 0.1
        ]
    )


def charted() -> pl.DataFrame:
    """Songs on two charts of two days, of which every other one is in the catalogue."""
    draw = random.Random(3)
    rows = [
        {
            "Region": region,
            "Period": "weekly",
            "ChartDate": day,
            "SongID": song if rank % 2 else f"unknown{rank}",
            "Rank": rank,
            "PreviousRank": draw.choice([None, draw.randint(1, 50)]),
            "TimesOnChart": draw.choice([None, 1, 2, 30]),
            "PeakRank": draw.randint(1, rank),
            "Streams": draw.choice([None, draw.randint(1, 10**7)]),
            "Title": "as charted",
            "WeekID": Week.of(day).week_id,
        }
        for region in ("de", "global")
        for day in (dt.date(2021, 1, 7), dt.date(2026, 1, 15))
        for rank, song in enumerate(draw.sample(SONGS, 50), 1)
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def sold() -> pl.DataFrame:
    """Statements of songs that one track, two tracks or none bears, and of an album."""
    draw = random.Random(4)
    rows = [
        {
            "ReportDate": dt.date(2026, reported, 5),
            "Month": dt.date(2026, month, 1),
            "Store": store,
            "Country": country,
            "Item": item,
            "Kind": "album" if item == "190" else "song",
            "Title": f"{item} as of {reported}",
            "ArtistName": "A",
            "Quantity": draw.randint(-5, 20),
        }
        for reported in (3, 4, 5)
        for month in (1, 2)
        for store in ("Shop", "shop", "Radio")
        for country in ("SE", "DE")
        for item in ("ONE", "TWO", "NONE", "190")
        if draw.random() > 0.3
    ]
    return pl.DataFrame(rows)


def listening() -> Data:
    """Plays in each of the weeks: of songs in `tracks` and others, some of them too short."""
    draw = random.Random(3)
    songs = [*SONGS[:9], "local:1f", "local:2a", "elsewhere"]
    heard = {
        (
            dt.datetime.combine(week.monday, dt.time())
            + dt.timedelta(minutes=draw.randrange(10080)),
            draw.choice(songs),
        ): draw.choice([None, 12.5, 29.999, 30.0, 215.507])
        for week in WEEKS
        for _ in range(60)
    }
    names = [
        (song, f"{song} (live)", ["A", "a", "Nobody", None][i % 4], ["Best", None][i % 2])
        for i, song in enumerate(songs)
    ]
    columns = ["SongID", "Title", "ArtistName", "AlbumName"]
    return {
        "listened_songs": pl.DataFrame(names, schema=columns, orient="row"),
        "plays": plays((*key, seconds) for key, seconds in heard.items()),
    }


def small_data() -> Data:
    """Two artists of one album, one without a genre, one without an album; an album of silence."""
    songs = pl.DataFrame({"SongID": SONGS}).with_row_index("TrackNumber").with_columns(
        Title=pl.lit("Title of ") + pl.col("SongID"),
        AlbumID=pl.Series([ALBUMS[i % 3] for i in range(len(SONGS))]),
        ISRC=pl.Series(["ONE", "TWO", "TWO", *[None] * (len(SONGS) - 3)]),
    )  # fmt: skip
    return {
        "artists": pl.DataFrame(
            {"ArtistID": ["first", "second", "third", "fourth"], "Name": ["A", "B", None, "D"]}
        ),
        "genres": pl.DataFrame({"Name": ["Rock", "pop", "rock"]}),
        "artist_genres": pl.DataFrame(
            {"ArtistID": ["first", "second", "second", "fourth"], "GenreID": [1, 1, 2, 3]}
        ),
        "albums": pl.DataFrame(
            {"AlbumID": ALBUMS, "AlbumName": ['"a", b', "", None, "silent"]}
        ).with_columns(
            AlbumType=pl.lit("album"),
            ReleaseDate=dt.date(1987, 1, 1),
            ReleaseDatePrecision=pl.lit("day"),
        ),
        "artist_albums": pl.DataFrame(
            {
                "ArtistID": ["first", "second", "second", "third", "first"],
                "AlbumID": ["both", "both", "second", "loner", "mute"],
            }
        ),
        "tracks": songs,
        "weekly_streams": figures("WeeklyStreams", 9, seed=1),
        "weekly_downloads": figures("TotalWeeklyDownloads", 5, seed=2),
        "chart_entries": charted(),
        "monthly_sales": sold(),
        **listening(),
    }


def load(database: DatabaseResource, data: Data) -> None:
    for name, rows in data.items():
        database.sync(tables.metadata.tables[name], rows.lazy())


def publish(
    folder: Path, data: Data, chosen: list[dg.AssetsDefinition], url: str = ""
) -> FolderStorage:
    """Load the data, add it up and materialise marts; where their extracts are."""
    url = url or f"sqlite:///{folder}/music.db"
    storage = FolderStorage(root=str(folder))
    with DatabaseResource(url=url).process_config_and_initialize_cm() as database:
        load(database, data)
    resources = {"database": DatabaseResource(url=url), "storage": storage}
    assert dg.materialize([weekly_album_totals, *chosen], resources=resources).success
    return storage


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> FolderStorage:
    return publish(tmp_path_factory.mktemp("marts"), small_data(), [*assets, table_extracts])


def published(storage: FolderStorage, mart: str) -> pl.DataFrame:
    whole = Path(storage.where(extract(mart, None)))
    return pl.read_parquet(whole if whole.exists() else storage.where(extracts(mart)))


def check(storage: FolderStorage, mart: str, key: list[str], expected: pl.LazyFrame) -> None:
    """The published mart has exactly these rows, in the order of its key."""
    found = published(storage, mart)
    of_one_kind = expected.with_columns(Figures=pl.lit("simulated"))
    wanted = of_one_kind.collect().select(found.columns).sort(key)
    assert not found.select(key).is_duplicated().any()
    assert_frame_equal(found, wanted, check_dtypes=False)


def both_figures(data: Data) -> pl.LazyFrame:
    """Week, song and album with Streams and Downloads, where either is known."""
    key = ["WeekID", "WeekStartDate", "SongID"]
    streams = data["weekly_streams"].lazy().select(*key, Streams="WeeklyStreams")
    downloads = data["weekly_downloads"].lazy().select(*key, Downloads="TotalWeeklyDownloads")
    both = streams.join(downloads, on=key, how="full", coalesce=True)
    return both.join(data["tracks"].lazy(), on="SongID")


def sums(rows: pl.LazyFrame, *key: str) -> pl.LazyFrame:
    def known(name: str) -> pl.Expr:
        return pl.when(pl.col(name).count() > 0).then(pl.col(name).sum()).alias(name)

    return rows.group_by(*key).agg(
        known("Streams"), known("Downloads"), Tracks=pl.col("SongID").n_unique()
    )


def with_earlier(rows: pl.LazyFrame, *key: str) -> pl.LazyFrame:
    """Each row beside the one of the week that starts 7 days earlier, by calendar."""
    later = rows.with_columns(WeekStartDate=pl.col("WeekStartDate") + dt.timedelta(days=7))
    return rows.join(later, on=["WeekStartDate", *key], how="left", suffix="Before")


def test_weekly_totals_are_the_sums_and_their_change_over_years_ends(
    storage: FolderStorage,
) -> None:
    totals = with_earlier(sums(both_figures(small_data()), "WeekID", "WeekStartDate"))
    expected = totals.with_columns(
        PreviousWeekID="WeekIDBefore",
        StreamsChange=pl.col("Streams") - pl.col("StreamsBefore"),
        DownloadsChange=pl.col("Downloads") - pl.col("DownloadsBefore"),
    )
    check(storage, "weekly_totals", ["WeekID"], expected)
    previous = published(storage, "weekly_totals").select("WeekID", "PreviousWeekID").rows()
    assert previous == [
        (202053, None),
        (202101, 202053),
        (202552, None),
        (202601, 202552),
        (202603, None),
    ]


def test_all_years_ends_of_the_calendars_400_year_cycle_are_bridged(tmp_path: Path) -> None:
    every_week = [Week(dt.date(1800, 1, 6) + dt.timedelta(days=7 * i)) for i in range(400 * 53)]
    weeks = [week for week in every_week if week.week_id % 100 in {1, 2, 51, 52, 53}]
    rows = pl.DataFrame(
        {
            "WeekID": [week.week_id for week in weeks],
            "WeekStartDate": [week.monday for week in weeks],
            "WeekEndDate": [week.sunday for week in weeks],
        }
    ).with_columns(SongID=pl.lit("song000"), WeeklyStreams=1, Source=pl.lit("simulated"))
    data = small_data() | {"weekly_streams": rows}
    only = [mart_asset(MARTS["weekly_totals"], MARTS)]
    found = published(publish(tmp_path, data, only), "weekly_totals")
    ids = {week.monday: week.week_id for week in weeks}
    expected = [
        ids.get(monday - dt.timedelta(days=7)) for monday in found["WeekStartDate"].to_list()
    ]
    assert found["PreviousWeekID"].to_list() == expected
    assert found.filter(pl.col("WeekID") % 100 == 1)["PreviousWeekID"].null_count() == 0


def test_an_albums_week_sums_its_tracks(storage: FolderStorage) -> None:
    rows = both_figures(small_data())
    key = ["WeekID", "WeekStartDate", "AlbumID"]
    streamed = rows.group_by(key).agg(StreamFigures=pl.col("Streams").count())
    expected = sums(rows, *key).join(streamed, on=key)
    check(storage, "weekly_album_totals", ["WeekID", "AlbumID"], expected)


def test_a_track_counts_for_every_followed_artist_of_its_album(storage: FolderStorage) -> None:
    data = small_data()
    rows = both_figures(data).join(data["artist_albums"].lazy(), on="AlbumID")
    names = data["artists"].lazy().select("ArtistID", ArtistName="Name")
    expected = sums(rows, "WeekID", "WeekStartDate", "ArtistID").join(names, on="ArtistID")
    check(storage, "weekly_artist_totals", ["WeekID", "ArtistID"], expected)


def test_top_tracks_are_100_a_week_and_equal_streams_rank_by_song(storage: FolderStorage) -> None:
    data = small_data()
    ranked = (
        both_figures(data)
        .filter(pl.col("Streams").is_not_null())
        .sort("WeekID", "Streams", "SongID", descending=[False, True, False])
        .with_columns(StreamRank=pl.int_range(1, pl.len() + 1).over("WeekID"))
        .filter(pl.col("StreamRank") <= 100)
        .join(data["albums"].lazy(), on="AlbumID")
    )
    check(storage, "top_tracks", ["WeekID", "StreamRank"], ranked)
    assert published(storage, "top_tracks").height == 100 * len(WEEKS)


def test_a_track_counts_once_in_each_genre_and_shares_are_of_all_streams(
    storage: FolderStorage,
) -> None:
    data = small_data()
    genres = (
        data["artist_albums"].lazy()
        .join(data["artist_genres"].lazy(), on="ArtistID")
        .select("AlbumID", "GenreID")
        .unique()
    )  # fmt: skip
    weeks = both_figures(data).group_by("WeekID").agg(AllStreams=pl.col("Streams").sum())
    names = data["genres"].lazy().select(GenreName="Name").with_row_index("GenreID", offset=1)
    rows = both_figures(data).join(genres, on="AlbumID")
    expected = (
        with_earlier(sums(rows, "WeekID", "WeekStartDate", "GenreID"), "GenreID")
        .join(weeks, on="WeekID")
        .join(names, on="GenreID")
        .with_columns(
            ShareOfStreams=pl.col("Streams") / pl.col("AllStreams"),
            StreamsChange=pl.col("Streams") - pl.col("StreamsBefore"),
        )
    )
    check(storage, "genre_trends", ["WeekID", "GenreID"], expected)


def test_an_album_performs_as_all_its_weeks_say(storage: FolderStorage) -> None:
    data = small_data()
    weeks = ["WeekID", "WeekStartDate"]
    rows = both_figures(data)
    expected = (
        sums(rows, "AlbumID")
        .join(
            rows.group_by("AlbumID").agg(
                pl.col(weeks).min().name.prefix("First"),
                pl.col(weeks).max().name.prefix("Last"),
                AverageWeeklyStreamsPerTrack=pl.col("Streams").mean(),
            ),
            on="AlbumID",
        )
        .join(data["albums"].lazy(), on="AlbumID")
    )
    check(storage, "album_performance", ["AlbumID"], expected)


def test_movers_are_100_a_week_that_had_figures_in_the_week_before(storage: FolderStorage) -> None:
    data = small_data()
    songs = both_figures(data).filter(pl.col("Streams").is_not_null())
    change = pl.col("Streams") - pl.col("StreamsBefore")
    expected = (
        with_earlier(songs, "SongID")
        .with_columns(
            Change=change,
            ChangePercent=pl.when(pl.col("StreamsBefore") > 0).then(
                change * 100 / pl.col("StreamsBefore")
            ),
        )
        .filter(pl.col("Change").is_not_null())
        .with_columns(Size=pl.col("Change").abs())
        .sort("WeekID", "Size", "SongID", descending=[False, True, False])
        .with_columns(MoveRank=pl.int_range(1, pl.len() + 1).over("WeekID"))
        .filter(pl.col("MoveRank") <= 100)
        .join(data["albums"].lazy(), on="AlbumID")
    )
    check(storage, "weekly_movers", ["WeekID", "MoveRank"], expected)
    assert set(published(storage, "weekly_movers")["WeekID"]) == {202101, 202601}


def test_a_songs_month_sums_all_statements_and_names_the_one_track_that_bears_its_isrc(
    storage: FolderStorage,
) -> None:
    songs = sold().lazy().filter(Kind="song")
    expected = songs.group_by("Month", ISRC="Item").agg(
        pl.col("Quantity").sum(),
        Stores=pl.col("Store").n_unique(),
        Countries=pl.col("Country").n_unique(),
        ArtistName=pl.lit("A"),
        Title=pl.concat_str("Item", pl.lit(" as of 5")).first(),
        SongID=pl.when(pl.col("Item").first() == "ONE").then(pl.lit(SONGS[0])),
    )
    check(storage, "monthly_song_sales", ["Month", "ISRC"], expected)


def entry_of(song: Mapping[str, int | None]) -> str | None:
    """The words for a song that was not on the chart before."""
    if song["PreviousRank"] is not None:
        return None
    times = song["TimesOnChart"]
    return "new" if times is None or times < 2 else "back"


def test_a_charted_song_counts_for_every_followed_artist_of_its_album_with_its_movement(
    storage: FolderStorage,
) -> None:
    data = small_data()
    names = data["artists"].select("ArtistID", ArtistName="Name")
    owners = data["artist_albums"].join(names, on="ArtistID").join(data["albums"], on="AlbumID")
    songs = data["tracks"].select("SongID", "Title", "AlbumID").join(owners, on="AlbumID")
    expected = (
        charted()
        .drop("Title")
        .join(songs, on="SongID")
        .with_columns(
            Movement=pl.col("PreviousRank") - pl.col("Rank"),
            Entry=pl.struct("PreviousRank", "TimesOnChart").map_elements(
                entry_of, return_dtype=pl.String
            ),
        )
    )
    key = ["Region", "Period", "ChartDate", "ArtistID", "SongID"]
    check(storage, "chart_positions", key, expected.lazy())
    found = published(storage, "chart_positions")
    assert set(found["Entry"]) == {None, "new", "back"}
    assert (
        found.filter(pl.col("ArtistID").is_in(["first", "second"]))["SongID"].is_duplicated().any()
    )
    assert found.filter(WeekID=202101)["ChartDate"].unique().to_list() == [dt.date(2021, 1, 7)]


@MART
@pytest.mark.parametrize("dialect", ["tsql", "sqlite"])
def test_a_mart_is_what_both_databases_take_as_a_view(mart: Mart, dialect: str) -> None:
    query = sqlglot.parse_one(mart.sql, dialect=dialect, error_level=sqlglot.ErrorLevel.RAISE)
    assert isinstance(query, exp.Select)
    assert not list(query.find_all(exp.Limit, exp.Boolean, exp.DPipe, exp.Fetch))
    assert query.args.get("order") is None
    assert all(order.find_ancestor(exp.Window) for order in query.find_all(exp.Order))
    assert not any(name.quoted for name in query.find_all(exp.Identifier))


@MART
def test_a_mart_opens_with_what_one_row_is(mart: Mart) -> None:
    assert mart.description.startswith("One row is ")
    assert mart.description.endswith(".")


@pytest.mark.parametrize("name", ["top_tracks", "weekly_movers"])
def test_a_song_decides_a_tie_of_ranks_in_every_database(name: str) -> None:
    (window,) = MARTS[name].query.find_all(exp.Window)
    last = window.args["order"].expressions[-1].this
    assert isinstance(last, exp.Column)
    assert last.name == "SongID"


def test_upstreams_are_tables_and_marts_but_no_cte() -> None:
    upstreams = {name: mart.upstreams for name, mart in MARTS.items()}
    assert upstreams["genre_trends"] == [
        "artist_albums",
        "artist_genres",
        "genres",
        "weekly_album_totals",
        "weekly_totals",
    ]
    assert all(set(names) <= TABLES | MARTS.keys() for names in upstreams.values())
    deps = {key.to_user_string() for key in assets[-1].dependency_keys}
    assert deps == {"weekly_album_totals"}


def test_a_columns_type_and_lineage_come_from_the_sql() -> None:
    found = {column.name: column for column in columns(MARTS["genre_trends"], MARTS)}
    assert [found[name].type for name in ("WeekStartDate", "GenreName", "Streams")] == [
        "DATE",
        "VARCHAR",
        "BIGINT",
    ]
    assert found["ShareOfStreams"].sources == (
        ("weekly_album_totals", "Streams"),
        ("weekly_totals", "Streams"),
    )


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("SELECT FROM WHERE", "cannot be parsed"),
        ("DROP TABLE artists", "is no SELECT"),
        ("SELECT Nmae FROM artists", "does not fit"),
    ],
)
def test_what_is_wrong_with_a_mart_is_said_in_a_sentence(sql: str, why: str) -> None:
    with pytest.raises(MartError, match=rf"wrong\.sql {why}"):
        columns(Mart("wrong", sql), {})


def test_a_type_that_extracts_do_not_take_is_named(tmp_path: Path) -> None:
    odd = Mart("odd", "SELECT CAST(Name AS VARBINARY) AS Bytes FROM artists")
    with pytest.raises(MartError, match=r"Bytes in odd\.sql is of type VARBINARY"):
        publish(tmp_path, small_data(), [mart_asset(odd, {})])


def contents(storage: FolderStorage) -> Mapping[str, bytes]:
    return {blob.path: storage.read(blob.path)[1] for blob in storage.list("published/")}


def test_the_same_data_is_published_as_the_same_bytes(
    storage: FolderStorage, tmp_path: Path
) -> None:
    first = contents(storage)
    again = contents(publish(tmp_path, small_data(), [*assets, table_extracts]))
    assert {path.split("/")[1].removesuffix(".parquet") for path in first} > MARTS.keys()
    assert again == first


@MART
def test_an_extracts_bytes_do_not_depend_on_how_the_database_finds_rows(
    mart: Mart, storage: FolderStorage, tmp_path: Path
) -> None:
    url, reverse = f"sqlite:///{storage.root}/music.db", FolderStorage(root=str(tmp_path))
    with (
        DatabaseResource(url=url).process_config_and_initialize_cm() as database,
        database.connection() as connection,
    ):
        connection.exec_driver_sql("PRAGMA reverse_unordered_selects = ON")
        relation = of_mart(mart, MARTS, columns(mart, MARTS))
        for week in weeks(relation):
            write_parquet(relation, extract(mart.name, week), reverse, connection, week)
        connection.exec_driver_sql("PRAGMA reverse_unordered_selects = OFF")
    assert contents(reverse)
    for path, content in contents(reverse).items():
        assert content == contents(storage)[path]


def weeks(relation: Relation) -> list[int | None]:
    return [week.week_id for week in WEEKS] if relation.by_week else [None]


def test_chunks_make_one_extract(
    storage: FolderStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("music_assets.publishing.extracts.CHUNK_ROWS", 7)
    chunked = publish(tmp_path, small_data(), assets)
    for mart in MARTS:
        assert_frame_equal(published(chunked, mart), published(storage, mart))


@MART
def test_an_empty_mart_is_published_with_its_columns_and_types(
    mart: Mart, storage: FolderStorage, tmp_path: Path
) -> None:
    upstream = [asset for asset in assets if asset.key.to_user_string() in mart.upstreams]
    empty = publish(tmp_path, {}, [*upstream, mart_asset(mart, MARTS)])
    relation = of_mart(mart, MARTS, columns(mart, MARTS))
    if relation.by_week:  # one file per week, so none without a week
        assert list(empty.list(extracts(mart.name))) == []
    else:
        paths = [each.where(extract(mart.name, None)) for each in (empty, storage)]
        assert pq.read_schema(paths[0]) == pq.read_schema(paths[1]) == relation.schema


def written_csv(storage: FolderStorage, mart: Mart) -> Path:
    url, path = f"sqlite:///{storage.root}/music.db", whole_extract(mart.name, "csv")
    with DatabaseResource(url=url).process_config_and_initialize_cm() as database:
        relation = of_mart(mart, MARTS, columns(mart, MARTS))
        database.reading(lambda connection: write_csv(relation, path, storage, connection))
    return Path(storage.where(path))


def test_a_csv_extract_is_read_by_pandas_and_told_from_a_code_page_by_excel(
    storage: FolderStorage,
) -> None:
    path = written_csv(storage, MARTS["album_performance"])
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    found = pd.read_csv(path, parse_dates=["ReleaseDate"], keep_default_na=False)
    assert found.loc[0, "AlbumID"] == "both"
    assert found.loc[0, "AlbumName"] == '"a", b'
    assert found["ReleaseDate"].dt.year.tolist() == [1987] * 3


def test_a_materialisation_tells_rows_columns_and_lineage(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/music.db"
    resources = {
        "database": DatabaseResource(url=url),
        "storage": FolderStorage(root=str(tmp_path)),
    }
    result = dg.materialize([weekly_album_totals, *assets], resources=resources)
    told = result.asset_materializations_for_node("top_tracks")[0].metadata
    assert told["dagster/row_count"].value == 0
    schema = told["dagster/column_schema"].value
    assert isinstance(schema, dg.TableSchema)
    assert [column.name for column in schema.columns][:3] == [
        "WeekID",
        "WeekStartDate",
        "StreamRank",
    ]
    lineage = told["dagster/column_lineage"].value
    assert isinstance(lineage, dg.TableColumnLineage)
    assert lineage.deps_by_column["Title"] == [
        dg.TableColumnDep(asset_key=dg.AssetKey("tracks"), column_name="Title")
    ]
    for mart in MARTS.values():
        told = result.asset_materializations_for_node(mart.name)[0].metadata
        schema = told["dagster/column_schema"].value
        assert isinstance(schema, dg.TableSchema)
        assert {c.name: c.description for c in schema.columns} == {
            c.name: description_of(mart, c) for c in columns(mart, MARTS)
        }
