"""Inputs with something wrong, in every inbox and every page: nothing vanishes, nothing breaks.

Each entry of an input bears two texts that stand nowhere else, its id and one more. As long as
either still stands in the input, the entry must be found: in the table, in quarantine, or in what
the run says of an input that it could not take at all.
"""

import json
import random
import re
import resource
import shutil
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg
import pytest

from music_assets.landing.ingests import SPOTIFY_KINDS, newest_ingest
from music_assets.partitions import WEEKS
from music_assets.sandbox.server import SandboxServer
from music_assets.sandbox.world import World
from music_assets.spotify.access import SpotifyResource
from music_assets.storage.paths import weekly_file
from music_assets.transforms.rows import Page
from music_assets.weeks import Week
from music_assets_tests.faults.poisons import poisoned
from music_assets_tests.house import House, Rows, failures
from music_assets_tests.outside.proxy import Exchange, Proxy

FOLLOWED = "key:raw_artists or key:artists or key:genres or key:artist_genres"
CATALOGUE = "group:follow_list or group:catalogue"
WEEKLY = "key:raw_weekly or key:weekly_streams or key:weekly_downloads"
ALL_WEEKS = WEEKS.get_partition_keys()
SONGS_PER_WEEK = 10
#: Every fifth week's file is sound, and two in five pages are not.
SOUND_WEEKS, SPOILT_PAGES = 5, 0.4
#: Of a run with some hundred poisoned inputs, which takes about 5 s and 100 MB.
MOST_SECONDS, MOST_MEGABYTES = 120, 600


@dataclass(frozen=True)
class Input:
    """A poisoned input: its bytes, and per entry of the honest one the two texts."""

    content: bytes
    entries: Sequence[tuple[str, str]]


def run(house: House, select: str, weeks: Sequence[str] = ()) -> str:
    """A run within bounds; returns its failures, each of which is a sentence."""
    begun, before = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result = house.run(select, weeks)
    assert time.monotonic() - begun < MOST_SECONDS
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < MOST_MEGABYTES * 1024
    assert_sentences(result)
    return "\n".join(failures(result).values())


def assert_sentences(result: dg.ExecuteInProcessResult) -> None:
    for event in result.all_events:
        if event.is_step_failure:
            told = event.step_failure_data.user_failure_data
            assert told is not None, event.step_failure_data.error
            assert "Traceback" not in str(told.description)


def lost(house: House, table: str, inputs: Mapping[str, Input], told: str) -> list[object]:
    """The entries that stand in an input and are nowhere to be found after the run.

    Args:
        house: that ran.
        table: for which the entries are.
        inputs: by the name under which the run tells of one that it could not take.
        told: what the run said.
    """
    aside = {path: house.storage.read(path)[1] for path in quarantine(house)}
    held = json.dumps([house.rows(table), [*map(readable, aside.values())]], default=str)
    return [
        (name, entry, each.content[:300])
        for name, each in inputs.items()
        for entry in each.entries
        if any(text.encode() in each.content for text in entry)
        and not any(text in held for text in entry)
        and name not in told
    ]


def quarantine(house: House) -> list[str]:
    return [blob.path for blob in house.storage.list("quarantine/")]


def readable(lines: bytes) -> list[str]:
    """The records of a quarantine file, without the escapes of JSON in JSON."""
    return [line.decode().replace("\\", "") for line in lines.splitlines()]


# The follow list.


def spoilt_list(chance: random.Random, world: World) -> tuple[bytes, dict[str, Input]]:
    """A follow list with one page per line, every second of which has something wrong."""
    lines, inputs = list[bytes](), dict[str, Input]()
    for start in range(0, len(world.followed), 3):
        artists = [{**each, "name": each["id"][::-1]} for each in world.followed[start : start + 3]]
        page = {"href": "/me/following", "total": len(world.followed), "items": artists}
        line = json.dumps({"artists": page}).encode()
        if len(lines) % 2:
            line = poisoned(chance, line).replace(b"\n", b" ")
            entries = [(each["id"], each["name"]) for each in artists]
            inputs[f"line {len(lines) + 1}."] = Input(line, entries)
        lines.append(line)
    return b"\n".join(lines), inputs


def poison_list(folder: Path, number: int) -> int:
    """A follow list with spoilt pages, then a good one; returns the number of spoilt pages."""
    world = World.fictional(120, 0, 0)
    content, inputs = spoilt_list(random.Random(number), world)
    with SandboxServer(world) as server:
        house = House(folder, server)
        house.put_inbox(content)
        assert lost(house, "artists", inputs, run(house, FOLLOWED)) == []
        sound = {each["id"] for start in range(0, 120, 6) for each in world.followed[start:][:3]}
        assert sound <= {row[0] for row in house.rows("artists")}
        house.follow()
        assert run(house, FOLLOWED) == ""
        assert named(house.rows("artists")) == named_artists(world)
    return len(inputs)


def named(rows: Rows) -> set[tuple[str, str]]:
    return {(row[0], row[1]) for row in rows}


def named_artists(world: World) -> set[tuple[str, str]]:
    return {(artist["id"], artist["name"]) for artist in world.followed}


# Weeks' files.


def week_file(week: Week, songs: Sequence[str], figures: Sequence[int]) -> bytes:
    weekly_data = {
        "week": week.week_id % 100,
        "week_start_date": week.key,
        "week_end_date": week.sunday.isoformat(),
    }
    entries = [
        {
            "song_id": song,
            "weekly_data": weekly_data
            | {"total_weekly_downloads": figure, "total_weekly_streams": figure},
        }
        for song, figure in zip(songs, figures, strict=True)
    ]
    return json.dumps({"songs": entries}).encode()


def spoilt_weeks(house: House, chance: random.Random) -> dict[str, Input]:
    """Files for all weeks, most of them poisoned, each with songs and figures of its own."""
    songs = [song for song, *_ in house.rows("tracks")]
    inputs = {}
    for number, week in enumerate(map(Week.from_key, ALL_WEEKS)):
        own = songs[number * SONGS_PER_WEEK :][:SONGS_PER_WEEK]
        figures = [10**9 + number * SONGS_PER_WEEK + place for place in range(len(own))]
        content = week_file(week, own, figures)
        if number % SOUND_WEEKS:
            content = poisoned(chance, content)
            entries = [*zip(own, map(str, figures), strict=True)]
            inputs[weekly_file(week)] = Input(content, entries)
        house.storage.write(weekly_file(week), content)
    return inputs


def poison_weeks(catalogue: Path, folder: Path, number: int) -> int:
    """Weeks' files with something wrong, then none; returns the number of spoilt ones."""
    shutil.copytree(catalogue, folder)
    with SandboxServer(World.fictional(0, 0, 0)) as server:
        house = House(folder, server)
        inputs = spoilt_weeks(house, random.Random(number))
        told = run(house, WEEKLY, ALL_WEEKS)
        for table in ("weekly_streams", "weekly_downloads"):
            assert lost(house, table, inputs, told) == []
            loaded = Counter(row[0] for row in house.rows(table))
            sound = [Week.from_key(key).week_id for key in ALL_WEEKS[::SOUND_WEEKS]]
            assert [loaded[week] for week in sound] == [SONGS_PER_WEEK] * len(sound)
        house.storage.clear("weekly-data")
        assert run(house, WEEKLY, ALL_WEEKS) == ""
        assert len(house.rows("weekly_streams")) == len(house.rows("tracks")) * len(ALL_WEEKS)
    return len(inputs)


# Pages of the API.


@dataclass
class Spoiler:
    """Spoils a share of a sandbox's pages, each the same way whenever it is asked for.

    Attributes:
        number: another one spoils other pages in other ways.
        inputs: the spoilt pages, by table and the id that was asked for.
    """

    number: int
    inputs: dict[tuple[str, str], Input] = field(default_factory=dict)

    def __call__(self, exchange: Exchange) -> Exchange:
        good = with_names(exchange)
        asked = re.match(r"/v1/(artists|albums)/(\w+)", exchange.path)
        chance = random.Random(f"{self.number} {exchange.path}")
        if asked is None or exchange.status != 200 or chance.random() > SPOILT_PAGES:
            return good
        content = poisoned(chance, good.body)
        entries = [(item["id"], item["id"][::-1]) for item in listed(json.loads(good.body))]
        kind = {"artists": "albums", "albums": "tracks"}[asked[1]]
        self.inputs[kind, asked[2]] = Input(content, entries)
        return good.answered(content)


def with_names(exchange: Exchange) -> Exchange:
    """A page whose every entry has a name of its own, its id in reverse."""
    page = json.loads(exchange.body)
    for item in listed(page):
        item["name"] = item["id"][::-1]
    return exchange.answered(json.dumps(page).encode())


def listed(answer: Page) -> list[Page]:
    """The items of a page, or of the page in an album."""
    tracks = answer.get("tracks")
    items: list[Page] = (tracks if isinstance(tracks, dict) else answer).get("items", [])
    return items


@dataclass
class Behind(House):
    """A house that asks Spotify through a proxy."""

    proxy: str = ""

    @property
    def spotify(self) -> SpotifyResource:
        return SpotifyResource(api_url=self.proxy, accounts_url=self.server.url)


def poison_pages(folder: Path, number: int) -> int:
    """Answers with something wrong, then good ones; returns the number of spoilt ones."""
    spoiler, world = Spoiler(number), World.fictional(60, 200, 800)
    with SandboxServer(world) as server, Proxy(server.url, spoiler).running() as proxy:
        house = Behind(folder, server, proxy=proxy.url)
        House(folder, server).follow()
        told = run(house, CATALOGUE)
        for kind in SPOTIFY_KINDS:
            told += " ".join(newest_ingest(house.storage, kind).manifest.failed)
            inputs = {each: page for (of, each), page in spoiler.inputs.items() if of == kind}
            assert lost(house, kind, inputs, told) == []
        proxy.spoil = with_names
        assert run(house, CATALOGUE) == ""
        assert {row[0] for row in house.rows("albums")} == set(own_albums(world))
    return len(spoiler.inputs)


def own_albums(world: World) -> Iterator[str]:
    own = frozenset({"album", "single", "compilation"})
    for artist in world.followed:
        yield from (album["id"] for album in world.albums_of(artist["id"], own))


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a loaded catalogue, which tests copy."""
    folder = tmp_path_factory.mktemp("catalogue")
    with SandboxServer(World.fictional(8, 40, SONGS_PER_WEEK * len(ALL_WEEKS))) as server:
        house = House(folder, server)
        house.follow()
        assert run(house, CATALOGUE) == ""
    return folder


@pytest.mark.parametrize("number", [1])
def test_no_entry_of_a_spoilt_follow_list_vanishes(tmp_path: Path, number: int) -> None:
    assert poison_list(tmp_path / "list", number) == 20


@pytest.mark.parametrize("number", [1])
def test_no_song_of_spoilt_weeks_vanishes(catalogue: Path, tmp_path: Path, number: int) -> None:
    assert poison_weeks(catalogue, tmp_path / "weeks", number) > 30


@pytest.mark.parametrize("number", [1])
def test_no_entry_of_a_spoilt_answer_vanishes(tmp_path: Path, number: int) -> None:
    assert poison_pages(tmp_path / "pages", number) > 50


@pytest.mark.faults
def test_no_entry_of_two_thousand_spoilt_inputs_vanishes(catalogue: Path, tmp_path: Path) -> None:
    spoilt = Counter[str]()
    for number in range(100, 120):
        spoilt["lists"] += poison_list(tmp_path / f"list{number}", number)
        spoilt["weeks"] += poison_weeks(catalogue, tmp_path / f"weeks{number}", number)
        spoilt["pages"] += poison_pages(tmp_path / f"pages{number}", number)
    assert spoilt.total() >= 2_000
