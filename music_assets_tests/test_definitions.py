"""The definitions: they load without anything around them, and hold what the design names."""

import os
import socket
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import dagster as dg
import pytest

from music_assets.config.settings import settings
from music_assets.definitions import defs
from music_assets.defs.assets.marts import FILLED_IN
from music_assets.defs.freshness import EVERY_HOUR, SUNDAY_NOON, freshness_of
from music_assets.launch_errors import sentence_for
from music_assets.partitions import newest_key
from music_assets.schema.tables import metadata

ROOT = Path(__file__).parent.parent
GROUPS = {
    "follow_list": {"followed_artists_list", "raw_artists"},
    "catalogue": {"raw_albums", "raw_tracks", "raw_musicbrainz", "raw_musicbrainz_releases"}
    | {"artists", "genres", "artist_genres", "albums", "artist_albums", "tracks"}
    | {*FILLED_IN},
    "weekly": {"raw_weekly", "weekly_streams", "weekly_downloads", "weekly_album_totals"},
    "listening": {"raw_plays", "recent_plays", "listened_songs", "plays"},
    "charts": {"raw_charts", "chart_entries"},
    "sales": {"raw_sales", "monthly_sales"},
    "marts": {path.stem for path in (ROOT / "sql" / "marts").glob("*.sql")} | {"table_extracts"},
    "reports": {"weekly_report", "release_feeds"},
}
LANDING = {"recent_plays"}
WEEKLY = {"raw_weekly", "weekly_streams", "weekly_downloads"}

# An audit hook sees every connection that the import opens.
IMPORT = """
import sys
def forbid(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "sqlite3.connect"):
        raise SystemExit(f"{event} {arguments}")
sys.addaudithook(forbid)
import music_assets.definitions
music_assets.definitions.defs()
for name in ("pyspark", "azure", "databricks", "uvicorn"):
    assert not any(module.split(".")[0] == name for module in sys.modules), name
"""


def test_the_definitions_are_valid() -> None:
    dg.Definitions.validate_loadable(defs())


def specs() -> dict[str, dg.AssetSpec]:
    return {spec.key.to_user_string(): spec for spec in defs().resolve_all_asset_specs()}


def test_groups_are_subjects_and_hold_the_assets_of_the_design() -> None:
    groups: dict[str, set[str]] = {}
    for name, spec in specs().items():
        groups.setdefault(str(spec.group_name), set()).add(name)
    assert groups == GROUPS
    assert set().union(*groups.values()) >= metadata.tables.keys()


def test_the_lineage_of_groups_has_no_loop() -> None:
    every = specs()
    reads: dict[str, set[str]] = {}
    for spec in every.values():
        others = {every[dep.asset_key.to_user_string()].group_name for dep in spec.deps}
        reads.setdefault(str(spec.group_name), set()).update(map(str, others - {spec.group_name}))
    [*TopologicalSorter(reads).static_order()]  # raises a CycleError that names the groups
    assert reads["marts"] == GROUPS.keys() - {"follow_list", "marts", "reports"}


def test_whatever_lands_pages_is_of_the_kind_landing() -> None:
    landing = {name for name, spec in specs().items() if "landing" in spec.kinds}
    assert landing == {name for name in specs() if name.startswith("raw_")} | LANDING


def test_just_the_weekly_assets_are_partitioned_and_every_one_takes_a_range_in_one_run() -> None:
    specs = defs().resolve_all_asset_specs()
    assert {spec.key.to_user_string() for spec in specs if spec.partitions_def} == WEEKLY
    for definition in defs().assets or ():
        if isinstance(definition, dg.AssetsDefinition) and definition.is_materializable:
            assert definition.backfill_policy == dg.BackfillPolicy.single_run()


def test_every_asset_says_what_one_row_is() -> None:
    for spec in defs().resolve_all_asset_specs():
        assert spec.description, spec.key
        assert spec.owners, spec.key


def test_every_asset_has_a_version_of_its_code_and_leads_to_its_lines() -> None:
    for name, spec in specs().items():
        assert spec.code_version or name == "followed_artists_list", name
        [first, *others] = spec.metadata["dagster/code_references"].code_references
        line = Path(first.file_path).read_text("utf-8").splitlines()[first.line_number - 1]
        assert line.strip().startswith(("@", "def _seen")), name
        assert [Path(each.file_path).name for each in others] == [f"{name}.sql"] * len(others)
        assert all(Path(each.file_path).is_file() for each in others)
    assert specs()["weekly_totals"].code_version != specs()["top_tracks"].code_version


def test_what_the_clock_makes_has_a_freshness_policy_and_nothing_else_has_one() -> None:
    late = {name: spec.freshness_policy for name, spec in specs().items() if spec.freshness_policy}
    assert {*late.values()} == {SUNDAY_NOON}
    assert late.keys() >= GROUPS["weekly"] | {"weekly_report", "weekly_movers", "top_tracks"}
    assert not late.keys() & (GROUPS["catalogue"] | GROUPS["listening"] | {"my_streaks"})


def test_recent_plays_are_late_after_some_hours_where_a_login_lets_spotify_be_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert freshness_of(["plays"]) is None
    monkeypatch.setenv("SPOTIFY_REFRESH_TOKEN", "a token")
    monkeypatch.setenv("SPOTIPY_CLIENT_ID", "an app")
    monkeypatch.setenv("SPOTIPY_CLIENT_SECRET", "its secret")
    settings.cache_clear()
    assert freshness_of(["plays"]) == EVERY_HOUR
    assert freshness_of(["artists"]) is None


def test_every_job_sensor_and_schedule_says_what_it_does() -> None:
    every = [*(defs().jobs or ()), *(defs().sensors or ()), *(defs().schedules or ())]
    assert len(every) >= 16
    for each in every:
        assert each.description, each.name


def test_importing_the_definitions_connects_to_nothing_and_loads_no_optional_package(
    tmp_path: Path,
) -> None:
    environment = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME"}}
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", IMPORT],
        cwd=tmp_path, env=environment | {"PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "message",
    [
        "Failure condition: Asset has partitions, but no '--partition' option was provided",
        "All selected assets must have a PartitionsDefinition containing the passed partition key"
        " `2026-11-17` or have no PartitionsDefinition.",
        "Failure condition: Invalid partition range format. Expected <start>...<end>.",
    ],
)
def test_what_dagster_says_of_weeks_is_put_in_a_sentence(message: str) -> None:
    sentence = sentence_for(RuntimeError(message))
    assert sentence is not None
    assert newest_key() in sentence
    assert "--partition" in sentence


def test_other_errors_stay_as_they_are() -> None:
    assert sentence_for(socket.gaierror("no such host")) is None
