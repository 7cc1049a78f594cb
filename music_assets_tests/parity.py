"""Two engines on the same pages: what the tests of parity compare, and the pages they make up."""

import json
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import hypothesis
import narwhals as nw
import polars as pl
from hypothesis import strategies as st
from hypothesis.errors import HypothesisDeprecationWarning
from polars.testing import assert_frame_equal

from music_assets.engines.engine import Engine, Lookup, Work
from music_assets.engines.polars import PolarsEngine
from music_assets.landing.pages import sound_page
from music_assets.storage.blobs import StorageResource
from music_assets.transforms.registry import TRANSFORMS
from music_assets.transforms.rows import Page, Transform

CATALOGUE = [each for each in TRANSFORMS.values() if "WeekID" not in each.columns]
Lookups = Mapping[str, Lookup]


@dataclass(frozen=True)
class Given:
    """The rows that an engine made of pages, in their order, and the rejects."""

    rows: pl.DataFrame
    rejected: list[dict[str, Any]]


def given(
    engine: Engine,
    transform: Transform,
    storage: StorageResource,
    sources: Sequence[str],
    lookups: Lookups | None = None,
) -> Given:
    """Run an engine, and read what it wrote."""
    stem = f"{transform.entity}/{type(engine).__name__}"
    bad = f"quarantine/{stem}.ndjson"
    work = Work(transform, sources, f"processed/{stem}.parquet", bad, lookups or {})
    outcome = engine.run(work, storage)
    with storage.local_files(storage.parts(outcome.path)) as parts:
        rows = pl.read_parquet(list(parts), glob=False)
    files = [blob.path for blob in storage.list("quarantine/") if blob.path.startswith(bad)]
    lines = (line for file in files for line in storage.read(file)[1].split(b"\n") if line)
    rejected = [json.loads(line) for line in lines]
    assert (rows.height, len(rejected)) == (outcome.accepted, outcome.rejected)
    return Given(rows, sorted(rejected, key=json.dumps))


def assert_parity(
    engine: Engine,
    transform: Transform,
    storage: StorageResource,
    sources: Sequence[str],
    lookups: Lookups | None = None,
) -> Given:
    """Both engines give the same rows in the same order, and reject the same records."""
    here = given(PolarsEngine(), transform, storage, sources, lookups)
    there = given(engine, transform, storage, sources, lookups)
    assert_frame_equal(there.rows, here.rows, check_exact=True)
    for one, other in zip(there.rejected, here.rejected, strict=False):
        assert one == other
    assert len(there.rejected) == len(here.rejected)
    return here


def pages_of(transform: Transform, count: int) -> list[Page]:
    """Pages that Hypothesis made up, as they land."""
    found: list[Page] = []

    @hypothesis.settings(max_examples=count, suppress_health_check=list(hypothesis.HealthCheck))
    @hypothesis.given(_pages(transform))
    def collect(page: Page) -> None:
        sound, _ = sound_page(page, transform)
        assert sound is not None
        found.append(sound)

    with warnings.catch_warnings():
        # Threads of an earlier test may still use `random`, and Hypothesis blames the strategy.
        warnings.simplefilter("ignore", HypothesisDeprecationWarning)
        collect()
    return found


def _pages(transform: Transform) -> st.SearchStrategy[Page]:
    items: st.SearchStrategy[Any] = st.just([]) | st.lists(
        _mostly(_values("item", nw.Struct(dict(transform.item))), st.none()), min_size=1, max_size=6
    )
    beside = {
        name: _mostly(_values(name, nw.Struct(dict(schema))), st.none(), NUMBERS, PAIRS)
        for name, schema in transform.beside.items()
    }
    told = {name: _mostly(HOW, TEXTS, NUMBERS, PAIRS) for name in transform.told}
    return st.fixed_dictionaries(
        {transform.items: items, "requested": _mostly(ASKED_FOR, NUMBERS, PAIRS)},
        optional={"href": _mostly(HREFS, NUMBERS, PAIRS), **beside, **told},
    )


def _values(name: str, dtype: object) -> st.SearchStrategy[Any]:
    """Values of a type, each member of which may be null or missing."""
    if isinstance(dtype, nw.Struct):
        members = {each.name: _values(each.name, each.dtype) for each in dtype.fields}
        return st.fixed_dictionaries(
            {name: _mostly(value, st.none(), MISSING) for name, value in members.items()}
        ).map(lambda found: {k: v for k, v in found.items() if v is not ...})
    if isinstance(dtype, nw.List):
        return st.lists(_mostly(_values(name, dtype.inner), st.none()), max_size=4)
    return _mostly(USUAL.get(name, TEXTS), TEXTS, NUMBERS, st.booleans())


def _mostly(
    usual: st.SearchStrategy[Any], *others: st.SearchStrategy[Any]
) -> st.SearchStrategy[Any]:
    """The usual nine times in ten: otherwise hardly a record has everything that it needs."""
    return st.integers(0, 10 * len(others) - 1).flatmap(
        lambda drawn: others[drawn] if drawn < len(others) else usual
    )


MISSING = st.just(...)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=5) | st.sampled_from(
    [
        "",
        " ",
        "a\n",
        "a\r",
        "\u2028",
        "\x85",
        "\x00",
        "x" * 401,
        "é" * 1_000,
        "𝄞" * 1_001,
        "'",
        '"',
        "\\",
    ]
)
NUMBERS = (
    st.integers(-(10**20), 10**20)
    | st.integers(0, 10**6)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.from_regex(r"-?[0-9]{1,20}(\.[0-9]{1,3})?\n?", fullmatch=True)
    | st.sampled_from([1.0, -0.0, 1e15, 1e16, 1e17, 2**31 - 1, 2**31, 10**15 - 1, 10**15, "1e3"])
)
IDS = st.sampled_from(
    [f"{letter}{n}" for letter in "aAbB0" for n in range(12)]
    + ["z" * 64]
    + [f"0000000{n}-0000-4000-8000-000000000000" for n in range(10)]
)
HOW = st.sampled_from(["url", "name"])
PAIRS = st.dictionaries(st.text(max_size=3), NUMBERS, max_size=2)
ASKED_FOR = st.none() | st.sampled_from(
    ["2026-11-16", "2026-11-23", "a", "b", "c", "d"] * 3 + ["", "a b"]
)
HREFS = st.none() | st.sampled_from(
    [
        f"https://api.spotify.com/v1/{path}"
        for path in (
            "artists/a/albums", "artists/b/albums?limit=20", "albums/a/tracks", "albums//tracks",
            "artists/a/albums\n", "artists/a\n/albums", "\r/albums/b/tracks\u2028",
            "albums/a/tracks/albums/b/tracks",
        )
    ]
)  # fmt: skip
DAYS = st.dates().map(str)
DATES = DAYS | DAYS.map(lambda day: day[:4]) | DAYS.map(lambda day: day[:7]) | st.sampled_from(
    ["0000", "87", "1987-13", "1987-00", "1987-04-31", "2023-02-29", "2024-02-29", "1900-02-29",
     "2000-02-29", "2001-07-", "2001\n", "2001-07-01T00:00:00Z", "\u0662\u0660\u0660\u0661",
     "-2001"]
)  # fmt: skip
COUNTS = st.integers(0, 10**6)
NAMES = st.sampled_from(["punk", "Punk", "rock", "schlager", "\u00a0", "\u3000", "\x1c"])
#: Values that a field usually has. The weeks are those that `requested` names.
USUAL: dict[str, st.SearchStrategy[Any]] = {
    "id": IDS,
    "song_id": IDS,
    "rank": st.integers(0, 10**6),
    "peak_rank": st.integers(0, 200),
    "previous_rank": st.integers(-2, 200),
    "times_on_chart": COUNTS,
    "streams": COUNTS,
    "genres": NAMES,
    "count": st.integers(-2, 9),
    "begin": DATES,
    "height": st.sampled_from([64, 300, 640]),
    "release_date": DATES,
    "total": COUNTS,
    "total_tracks": COUNTS,
    "track_number": COUNTS,
    "duration_ms": COUNTS,
    "width": st.sampled_from([640, 300, 300.0, "300", 64]),
    "total_weekly_downloads": COUNTS,
    "total_weekly_streams": COUNTS,
    "source": st.sampled_from(["spotify", "account", "recent", "listenbrainz", "lastfm"]),
    "at": st.sampled_from([*range(1_794_787_000, 1_794_789_000, 40), 1_136_073_599, "never"]),
    "last": st.integers(1_794_787_000, 1_794_789_000),
    "ms_played": st.sampled_from([0, 2_000, 180_000, "180000", 90_000, 86_400_000]),
    "length_ms": st.sampled_from([180_000, None]),
    "name_id": st.sampled_from(["local:1", "local:2", "local:3"]),
    "skipped": st.booleans(),
    "offline": st.sampled_from([None, 1_794_787_000]),
    "report_date": st.sampled_from(["2026-03-05", "2026-04-05"]),
    "month": st.sampled_from(["2026-01", "2026-02"]),
    "store": st.sampled_from(["Spotify", "Apple Music"]),
    "country_of_sale": st.just("SE"),
    "kind": st.sampled_from(["song", "song", "album"]),
    "isrc": st.sampled_from(["SE1", "SE2"]),
    "upc": st.just("190000000001"),
    "quantity": st.integers(-99, 999),
    "week": st.sampled_from([47, 48, "47", 47.0, 202647, 202648]),
    "week_start_date": st.sampled_from(["2026-11-16", "2026-11-23"]),
}


def spread(pages: Sequence[Page], files: int) -> Iterator[list[Page]]:
    """Pages dealt out to a number of files."""
    for first in range(files):
        yield list(pages[first::files])
