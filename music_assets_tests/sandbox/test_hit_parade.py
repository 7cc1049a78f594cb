"""The fictional charts: Spotify's file to the letter, and weeks that agree with each other."""

import csv
import io
import re
from collections import defaultdict
from itertools import pairwise

import polars as pl
import pytest

from music_assets.sandbox.hit_parade import REGIONS, ChartSimulator
from music_assets.sandbox.naming import AWKWARD_NAMES
from music_assets.sandbox.world import World
from music_assets.weeks import Week
from music_assets_tests.sandbox.conftest import catalogue_of

NEWEST = Week.from_key("2026-11-16")
WEEKS = NEWEST.and_before(60)[::-1]
HEADER = "rank,uri,artist_names,track_name,source,peak_rank,previous_rank,weeks_on_chart,streams"
#: How an entry of a file begins and ends.
LINE = re.compile(
    r'[1-9]\d*,spotify:track:[0-9A-Za-z]{22},.+,[1-9]\d*,(-1|[1-9]\d*),[1-9]\d*,"\d+"'
)
Entries = list[dict[str, str]]


def read(content: bytes) -> Entries:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.fixture(scope="module")
def catalogue() -> pl.DataFrame:
    return catalogue_of(World.fictional(awkward=False))


@pytest.fixture(scope="module")
def files(catalogue: pl.DataFrame) -> dict[str, list[bytes]]:
    made = {}
    for region in REGIONS:
        simulator = ChartSimulator(catalogue, region)
        made[region] = [simulator.chart(week) for week in WEEKS]
    return made


@pytest.fixture(scope="module", params=REGIONS)
def charts(request: pytest.FixtureRequest, files: dict[str, list[bytes]]) -> list[Entries]:
    return [read(content) for content in files[request.param]]


def test_a_file_is_as_spotify_lets_it_be_downloaded(files: dict[str, list[bytes]]) -> None:
    for content in (each for region in files.values() for each in region[:5]):
        assert content.startswith(b"\xef\xbb\xbfrank,")
        header, *lines = content.decode("utf-8-sig").splitlines()
        assert header == HEADER
        assert len(lines) == 200
        assert all(LINE.fullmatch(line) for line in lines)


def test_the_songs_are_in_the_order_of_their_streams(charts: list[Entries]) -> None:
    for entries in charts:
        assert [int(each["rank"]) for each in entries] == list(range(1, 201))
        streams = [int(each["streams"]) for each in entries]
        assert streams == sorted(streams, reverse=True)
        assert 4 < streams[0] / streams[-1] < 60
        assert len({each["uri"] for each in entries}) == 200


def test_weeks_agree_on_the_rank_before_the_best_rank_and_the_time_on_the_chart(
    charts: list[Entries],
) -> None:
    ranks: dict[str, list[int]] = defaultdict(list)
    seen_from_its_first_week = set()
    before: dict[str, str] = {}
    for number, entries in enumerate(charts):
        for each in entries:
            uri, rank = each["uri"], int(each["rank"])
            if number:
                assert each["previous_rank"] == before.get(uri, "-1")
            if each["weeks_on_chart"] == "1" and number:
                ranks[uri].clear()
                seen_from_its_first_week.add(uri)
            ranks[uri].append(rank)
            if uri in seen_from_its_first_week:
                assert int(each["weeks_on_chart"]) == len(ranks[uri])
                assert int(each["peak_rank"]) == min(ranks[uri])
        before = {each["uri"]: each["rank"] for each in entries}
    assert len(seen_from_its_first_week) > 500


def test_songs_enter_rise_and_fade(catalogue: pl.DataFrame, charts: list[Entries]) -> None:
    followed = set(catalogue["SongID"])
    careers: dict[str, list[int]] = defaultdict(list)
    for entries in charts:
        for each in entries:
            careers[each["uri"].rpartition(":")[2]].append(int(each["rank"]))
    long = [ranks for song, ranks in careers.items() if song in followed and len(ranks) >= 8]
    assert len(long) > 20
    risen = [ranks for ranks in long if ranks[0] > min(ranks) < ranks[-1]]
    assert len(risen) > len(long) / 3
    for previous, entries in pairwise(charts):
        new = {each["uri"] for each in entries} - {each["uri"] for each in previous}
        assert 5 <= len(new) <= 60


def test_followed_artists_have_some_songs_on_every_chart(
    catalogue: pl.DataFrame, charts: list[Entries]
) -> None:
    rows = catalogue.select(pl.format("spotify:track:{}", "SongID"), "ArtistName", "Title").rows()
    names = {uri: (artist, title) for uri, artist, title in rows}
    for entries in charts:
        ours = [each for each in entries if each["uri"] in names]
        assert 10 <= len(ours) <= 80
        for each in ours:
            assert (each["artist_names"], each["track_name"]) == names[each["uri"]]


def test_a_chart_made_alone_is_the_one_made_after_others(
    catalogue: pl.DataFrame, files: dict[str, list[bytes]]
) -> None:
    alone = ChartSimulator(catalogue.reverse(), "nl").chart(NEWEST)
    assert alone == files["nl"][-1]
    assert ChartSimulator(catalogue, "nl", seed=2).chart(NEWEST) != alone


def test_regions_share_hits_and_differ_in_their_order(files: dict[str, list[bytes]]) -> None:
    [first, second] = ([each["uri"] for each in read(files[region][-1])] for region in REGIONS)
    assert 100 < len(set(first) & set(second)) < 180
    assert 5 < len(set(first[:20]) & set(second[:20])) < 14


def test_a_file_is_named_by_the_thursday_of_its_week(catalogue: pl.DataFrame) -> None:
    simulator = ChartSimulator(catalogue, "nl")
    assert simulator.file_name(NEWEST) == "regional-nl-weekly-2026-11-19.csv"


@pytest.mark.parametrize("songs", [0, 5, 100])
def test_a_small_catalogue_has_whole_charts_too(catalogue: pl.DataFrame, songs: int) -> None:
    assert len(read(ChartSimulator(catalogue.head(songs), "global").chart(NEWEST))) == 200


def test_awkward_names_are_read_back_as_they_are() -> None:
    awkward = catalogue_of(World.fictional(20, 60, 700)).head(60)
    simulator = ChartSimulator(awkward, "global")
    titles = {each["track_name"] for week in WEEKS for each in read(simulator.chart(week))}
    assert len(titles & set(AWKWARD_NAMES)) > 2
