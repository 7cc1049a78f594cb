"""`music-assets figures import`: from a timeline as downloaded to the figures of its weeks."""

import datetime as dt
import gzip
import json
from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from music_assets.cli.main import main
from music_assets.config.settings import Settings
from music_assets.database.resource import DatabaseResource
from music_assets.schema import tables
from music_assets.storage.paths import weekly_file
from music_assets.weeks import Week

FIRST, SECOND = Week.from_iso(2026, 10), Week.from_iso(2026, 11)
TRACKS = {
    "SongID": ["one", "two", "three"],
    "Title": ["Waterloo", "Same", "Same"],
    "AlbumID": ["x", "x", "y"],
}


@pytest.fixture(autouse=True)
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A catalogue of three tracks by two artists, in the default place."""
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.validation_alias), raising=False)
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
    data = {
        tables.artists: {"ArtistID": ["a", "b"], "Name": ["Abba", "Zoë"]},
        tables.albums: {"AlbumID": ["x", "y"], "AlbumName": ["Ring", "Ring"]},
        tables.artist_albums: {"ArtistID": ["a", "b"], "AlbumID": ["x", "y"]},
        tables.tracks: TRACKS,
    }
    url = "sqlite:///data/music.db"
    with DatabaseResource(url=url).process_config_and_initialize_cm() as database:
        for table, rows in data.items():
            database.sync(table, pl.LazyFrame(rows))


def timeline(name: str, first: dt.date, *streams: int) -> str:
    days = (f"{first + dt.timedelta(days=i)},{count}" for i, count in enumerate(streams))
    Path(name).write_text("\n".join(["date,streams", *days]))
    return name


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["figures", "import", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, " ".join(result.output.split())


def inbox() -> Mapping[str, list[tuple[str, int]]]:
    """The songs and their streams in each file of the inbox."""
    found = {}
    for path in sorted(Path("data/storage/weekly-data").glob("*")):
        songs = json.loads(path.read_text())["songs"]
        told = [(each["song_id"], each["weekly_data"]["total_weekly_streams"]) for each in songs]
        found[path.name] = told
    return found


def name_of(week: Week) -> str:
    return weekly_file(week).rpartition("/")[2]


def test_whole_weeks_get_into_the_inbox_and_the_others_are_told() -> None:
    name = timeline("Waterloo-timeline.csv", FIRST.monday - dt.timedelta(days=2), *range(1, 19))
    code, said = run(name)
    assert code == 0
    assert inbox() == {
        name_of(FIRST): [("one", sum(range(3, 10)))],
        name_of(SECOND): [("one", sum(range(10, 17)))],
    }
    assert "2026-W09 is left out: 2 of its 7 days are there." in said
    assert "2026-W12 is left out: 2 of its 7 days are there." in said
    assert "2 weeks of one are in data/storage/weekly-data." in said


def test_the_same_again_changes_nothing() -> None:
    name = timeline("Waterloo-timeline.csv", FIRST.monday, *[1] * 7)
    run(name)
    before = inbox()
    code, said = run(name)
    assert (code, inbox()) == (0, before)
    assert said.endswith("1 week of one is in data/storage/weekly-data, 1 of them as before.")


def test_files_of_one_song_make_a_week_together() -> None:
    one = timeline("a.csv", FIRST.monday, 1, 2, 3)
    two = timeline("b.csv", FIRST.monday + dt.timedelta(days=3), 4, 5, 6, 7)
    assert run(one, two, "--song", "https://open.spotify.com/intl-de/track/two?si=x")[0] == 0
    assert inbox() == {name_of(FIRST): [("two", 28)]}


def test_a_packed_file_is_read_too() -> None:
    content = Path(timeline("Waterloo-timeline.csv", FIRST.monday, *[1] * 7)).read_bytes()
    Path("Waterloo-timeline.csv.gz").write_bytes(gzip.compress(content))
    assert run("Waterloo-timeline.csv.gz")[0] == 0
    assert inbox() == {name_of(FIRST): [("one", 7)]}


def test_a_title_of_several_tracks_wants_the_artist_or_the_song() -> None:
    name = timeline("Same-timeline.csv", FIRST.monday, *[1] * 7)
    code, said = run(name)
    assert (code, inbox()) == (1, {})
    assert "three (Zoë, on Ring), two (Abba, on Ring)" in said
    assert run(name, "--artist", "zoë")[0] == 0
    assert inbox() == {name_of(FIRST): [("three", 7)]}


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--song", "nobody"], "--song nobody is no track of the catalogue."),
        (["--song", "spotify:artist:one"], "is no track of the catalogue."),
        ([], "Fernando-timeline.csv"),
    ],
)
def test_a_song_that_is_not_in_the_catalogue_is_refused(arguments: list[str], why: str) -> None:
    name = timeline("Fernando-timeline.csv", FIRST.monday, *[1] * 7)
    code, said = run(name, *arguments)
    assert (code, inbox()) == (1, {})
    assert why in said or "No track of the catalogue is called 'Fernando'" in said


def test_a_bad_file_does_not_hold_up_a_good_one() -> None:
    good = timeline("Waterloo-timeline.csv", FIRST.monday, *[1] * 7)
    Path("Abba-songs-28day.csv").write_text("\ufeffsong,listeners,streams\nAbba,1,2\n")
    Path("cut.csv").write_bytes(gzip.compress(b"date,streams\n")[:-4])
    code, said = run("Abba-songs-28day.csv", good, "cut.csv")
    assert (code, inbox()) == (1, {name_of(FIRST): [("one", 7)]})
    assert "Abba-songs-28day.csv has the streams of each song in a whole window and no days" in said
    assert "cut.csv cannot be unpacked" in said
    assert said.endswith("Error: Not everything could be taken.")


def test_an_export_without_a_whole_week_is_no_success() -> None:
    code, said = run(timeline("Waterloo-timeline.csv", FIRST.monday, 1, 2, 3))
    assert (code, inbox()) == (1, {})
    assert "No whole week of one is in the export" in said


def test_a_persons_own_week_is_left_alone_and_the_command_ends_with_1() -> None:
    own = Path("data/storage") / weekly_file(FIRST)
    own.parent.mkdir(parents=True)
    own.write_text('{"songs": []}')
    code, said = run(timeline("Waterloo-timeline.csv", FIRST.monday, *[1] * 14))
    assert code == 1
    assert f"{weekly_file(FIRST)} was not written by this command" in said
    assert inbox() == {name_of(FIRST): [], name_of(SECOND): [("one", 7)]}


def test_a_week_without_a_partition_is_said_to_wait() -> None:
    old = Week.from_iso(2019, 10)
    code, said = run(timeline("Waterloo-timeline.csv", old.monday, *[1] * 7))
    assert (code, list(inbox())) == (0, [name_of(old)])
    assert "waits: 2019-W10 has not begun, or is before MUSIC_FIRST_WEEK" in said


def script(*arguments: str) -> tuple[int, object, str]:
    result = CliRunner().invoke(main, ["figures", "import", "--json", *arguments])
    return result.exit_code, json.loads(result.stdout), result.stderr


def test_a_script_gets_one_object_with_the_weeks_of_every_song() -> None:
    name = timeline("Waterloo-timeline.csv", FIRST.monday - dt.timedelta(days=2), *range(1, 19))
    weeks = {"unchanged": [], "refused": [], "partial": ["2026-W09", "2026-W12"]}
    inbox = "data/storage/weekly-data"
    code, told, said = script(name)
    song = {"song": "one", "written": [FIRST.iso, SECOND.iso]} | weeks
    assert (code, told) == (0, {"inbox": inbox, "songs": [song], "refused": []})
    assert "2026-W09 is left out: 2 of its 7 days are there." in said
    song |= {"written": [], "unchanged": [FIRST.iso, SECOND.iso]}
    assert script(name)[:2] == (0, {"inbox": inbox, "songs": [song], "refused": []})


def test_a_script_gets_what_was_taken_and_why_the_rest_was_not_and_1() -> None:
    own = Path("data/storage") / weekly_file(FIRST)
    own.parent.mkdir(parents=True)
    own.write_text('{"songs": []}')
    Path("cut.csv").write_bytes(gzip.compress(b"date,streams\n")[:-4])
    name = timeline("Waterloo-timeline.csv", FIRST.monday, *[1] * 14)
    code, told, said = script("cut.csv", name)
    assert isinstance(told, dict)
    assert code == 1
    [song] = told["songs"]
    assert (song["written"], song["refused"]) == ([SECOND.iso], [FIRST.iso])
    cut, foreign = told["refused"]
    assert "cut.csv cannot be unpacked" in cut
    assert "was not written by this command" in foreign
    assert cut in said
    assert foreign in said
    assert said.endswith("Error: Not everything could be taken.\n")
