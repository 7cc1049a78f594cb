"""The full graph in one process: from a follow list to the tables, on good input and on bad."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from music_assets.calls import pacing
from music_assets.sandbox.server import SandboxOptions, SandboxServer
from music_assets.sandbox.world import World
from music_assets.storage.blobs import StorageResource
from music_assets.storage.dated_folders import KEPT_FOLDERS
from music_assets.storage.fingerprints import forget_all
from music_assets.storage.paths import FOLLOW_LIST
from music_assets_tests.house import (
    EXTENDED,
    ODD_GENRES,
    OPTIONAL,
    WEEKS,
    House,
    failed_checks,
    failures,
    let_the_time_come,
    metadata_of,
    small_world,
)

WEEKLY = "group:weekly"
ARTISTS = "key:raw_artists or key:artists or key:genres or key:artist_genres"
TABLES = ["artists", "genres", "artist_genres", "albums", "artist_albums", "tracks",
          "weekly_streams", "weekly_downloads"]  # fmt: skip


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with SandboxServer(small_world()) as server:
        yield House(tmp_path, server)


@pytest.fixture
def extended(tmp_path: Path) -> Iterator[House]:
    """A house whose app is told genres and followers, as no app in development mode is."""
    with SandboxServer(small_world(), EXTENDED) as server:
        yield House(tmp_path / "extended", server)


@pytest.fixture
def filled(house: House) -> House:
    house.follow()
    assert house.run().success
    return house


def artist(number: int, **fields: Any) -> dict[str, Any]:
    return {"id": f"Artist{number}", "name": f"Artist {number}", "genres": ["a genre"]} | fields


def contents(storage: StorageResource, prefix: str) -> dict[str, bytes]:
    """The paths below a prefix, with the time taken out of the names of folders."""
    return {
        re.sub(r"/\d{8}T[^/]+/", "/…/", blob.path): storage.read(blob.path)[1]
        for blob in storage.list(prefix)
    }


def page(*items: Any, **fields: Any) -> bytes:
    return json.dumps({"href": "…", "items": list(items)} | fields).encode() + b"\n"


def test_a_follow_list_becomes_eight_filled_tables(extended: House) -> None:
    extended.follow()
    assert extended.run().success
    tables = extended.tables()
    world = extended.server.world
    assert len(tables["artists"]) == len(world.followed)
    assert len(tables["albums"]) == 60
    assert len(tables["tracks"]) == 700
    assert len(tables["weekly_streams"]) == len(tables["weekly_downloads"]) == 700 * len(WEEKS)
    assert all(tables[name] for name in TABLES)


def test_nothing_of_the_awkward_catalogue_is_lost_or_changed(filled: House) -> None:
    world = filled.server.world
    stored = {row[0]: row[1:] for row in filled.rows("albums")}
    for identity, (name, kind, date, precision, total, *_) in stored.items():
        album = world.albums[identity]
        assert (name, kind, total) == (
            album["name"], album["album_type"], album["total_tracks"],
        )  # fmt: skip
        assert precision == album["release_date_precision"]
        assert date.startswith(album["release_date"])
        assert date == (album["release_date"] + "-01-01")[:10]
    tracks = {row[0]: row for row in filled.rows("tracks")}
    sent = [track for album in stored for track in world.album_tracks[album]]
    assert {track["id"] for track in sent} == set(tracks)
    for track in sent:
        _, number, title, seconds, *_ = tracks[track["id"]]
        expected = (track["track_number"], track["name"], track["duration_ms"])
        assert (number, title, round(seconds * 1000)) == expected


def test_a_second_run_changes_no_row_and_asks_only_for_the_listings(filled: House) -> None:
    before, calls = filled.dump(), filled.server.calls.copy()
    again = filled.run()
    assert again.success
    for table in TABLES:
        told = metadata_of(again, table)
        assert (told["inserted"], told["updated"], told["deleted"]) == (0, 0, 0), table
    assert filled.dump() == before
    for each in ("album", "album_tracks"):
        assert filled.server.calls[each] == calls[each]


def test_two_installations_give_byte_equal_databases(filled: House, tmp_path: Path) -> None:
    with SandboxServer(small_world()) as server:
        other = House(tmp_path / "other", server)
        other.follow()
        assert other.run().success
    assert other.dump() == filled.dump()


def test_storage_in_azure_gives_the_same_tables_and_extracts_as_a_folder(
    extended: House, tmp_path: Path, blob_storage: StorageResource
) -> None:
    azure = House(tmp_path / "azure", extended.server, storage_elsewhere=blob_storage)
    azure.folder.mkdir()
    for each in (extended, azure):
        each.follow()
        assert each.run("*").success
    assert azure.tables() == extended.tables()
    assert all(rows for name, rows in azure.tables().items() if name not in OPTIONAL)
    kept = ("processed/", "published/", "followed-artist-data/", "landing/weekly/")
    for prefix in kept:
        assert contents(azure.storage, prefix) == contents(extended.storage, prefix), prefix
    assert azure.run("*").success
    assert azure.tables() == extended.tables()


def test_new_albums_cost_the_listings_and_their_own_calls(filled: House) -> None:
    server, donor = filled.server, World.fictional(artists=3, albums=6, tracks=30, seed=2)
    owner = server.world.followed[0]["id"]
    for album in list(donor.albums)[:3]:
        server.world = server.world.with_album(
            owner, donor.albums[album], donor.album_tracks[album]
        )
    before = server.calls["album"]
    again = filled.run()
    assert again.success
    assert server.calls["album"] - before == 3
    assert metadata_of(again, "albums")["inserted"] == 3
    assert failed_checks(again) == ODD_GENRES


def test_an_album_that_is_taken_down_leaves_with_its_tracks_and_figures(filled: House) -> None:
    world = filled.server.world
    album = world.artist_albums[world.followed[0]["id"]][0]
    tracks = {track["id"] for track in world.album_tracks[album["id"]]}
    filled.server.world = world.without_album(album["id"])
    assert filled.run().success
    tables = filled.tables()
    assert album["id"] not in {row[0] for row in tables["albums"]}
    assert not tracks & {row[0] for row in tables["tracks"]}
    assert not tracks & {row[1] for row in tables["weekly_streams"]}


def test_an_artist_no_longer_followed_leaves_only_if_the_list_is_known_to_be_whole(
    filled: House,
) -> None:
    pages = filled.storage.read(FOLLOW_LIST)[1].splitlines()
    whole = json.loads(pages[0])
    dropped = whole["items"].pop()
    filled.put_inbox(json.dumps(whole).encode())
    assert filled.run("key:raw_artists or key:artists").success
    assert dropped["id"] in {row[0] for row in filled.rows("artists")}
    whole["total"] = len(whole["items"])
    filled.put_inbox(json.dumps(whole).encode())
    assert filled.run("key:raw_artists or key:artists").success
    assert dropped["id"] not in {row[0] for row in filled.rows("artists")}


def test_genre_ids_stay_whatever_comes_later(house: House) -> None:
    house.put_inbox(page(artist(1, genres=["rock", "jazz"])))
    assert house.run(ARTISTS).success
    first = {row[0]: row[1] for row in house.rows("genres")}
    house.put_inbox(page(artist(1, genres=["ambient", "Rock", "rock"])))
    assert house.run(ARTISTS).success
    later = {row[0]: row[1] for row in house.rows("genres")}
    assert first.items() <= later.items()
    assert sorted(later.values()) == ["ambient", "jazz", "rock"]
    assert {later[genre] for _, genre, *_ in house.rows("artist_genres")} == {"ambient", "rock"}


def test_what_spotify_does_not_say_does_not_overwrite_what_it_said(house: House) -> None:
    house.put_inbox(page(artist(1, followers={"total": 7}, genres=["rock"])))
    assert house.run(ARTISTS).success
    silent = {"id": "Artist1", "name": "Artist 1"}
    house.put_inbox(page(silent))
    assert house.run(ARTISTS).success
    assert [row[:3] for row in house.rows("artists")] == [("Artist1", "Artist 1", 7)]
    assert len(house.rows("artist_genres")) == 1
    house.put_inbox(page(silent | {"genres": []}))
    assert house.run(ARTISTS).success
    assert house.rows("artist_genres") == []


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"this is no JSON\n", "not JSON"),
        (b'{"items": [{"id": "\xff\xfe"}]}\n', "not UTF-8"),
        (b'{"tracks": []}\n', "not a page"),
        (b"[1, 2]\n", "not a page"),
    ],
)
def test_a_bad_line_goes_to_quarantine_and_its_neighbours_load(
    house: House, line: bytes, reason: str
) -> None:
    house.put_inbox(page(artist(1)) + line + page(artist(2)))
    result = house.run("key:raw_artists or key:artists")
    assert result.success
    assert [row[0] for row in house.rows("artists")] == ["Artist1", "Artist2"]
    assert failed_checks(result) == {"raw_artists:nothing_quarantined"}
    for record in house.quarantined()["artists"]:
        assert record["Reason"].startswith(reason)
        assert (record["Source"], record["Line"]) == (FOLLOW_LIST, 2)


@pytest.mark.parametrize("content", [b"\x00\x01", b"no JSON at all", b'{"items":', b"", b"\n\n"])
def test_a_list_in_which_nothing_can_be_read_fails_and_touches_nothing(
    filled: House, content: bytes
) -> None:
    before = filled.dump()
    filled.put_inbox(content)
    result = filled.run()
    assert "can be read" in failures(result)["raw_artists"]
    assert filled.dump() == before


@pytest.mark.parametrize("content", [page(), page(total=0), page({"name": "nobody"})])
def test_an_empty_follow_list_fails_and_deletes_nothing(filled: House, content: bytes) -> None:
    before = filled.dump()
    filled.put_inbox(content)
    assert "names no artist" in failures(filled.run())["raw_artists"]
    assert filled.dump() == before


def test_without_a_follow_list_the_run_says_what_to_do(house: House) -> None:
    assert "music-assets follow" in failures(house.run())["raw_artists"]


BAD_DATE, BAD_MONTH = "BadDate000000000000000", "BadMonth00000000000000"


def bad_albums(house: House) -> None:
    """Give the first artist one good album and some that are not."""
    owner = house.server.world.followed[0]["id"]
    good = World.fictional(artists=1, albums=1, tracks=3, seed=5)
    album = next(iter(good.albums.values()))
    tracks = good.album_tracks[album["id"]]
    for fields in ({"id": BAD_DATE, "release_date": "2023-02-29"}, {"id": BAD_MONTH,
                   "release_date": "1987-13"}):  # fmt: skip
        house.server.world = house.server.world.with_album(owner, album | fields, tracks)


def test_an_album_with_an_impossible_date_is_loaded_without_it(
    extended: House,
) -> None:
    bad_albums(extended)
    extended.follow()
    result = extended.run()
    assert result.success
    dates = {row[0]: row[3:5] for row in extended.rows("albums")}
    assert (dates[BAD_DATE], dates[BAD_MONTH]) == ((None, None), (None, None))
    reasons = {record["AlbumID"]: record["Reason"] for record in extended.quarantined()["albums"]}
    assert reasons == {
        BAD_DATE: "release_date is '2023-02-29', not a date of the calendar; it is loaded without",
        BAD_MONTH: "release_date is '1987-13', not a date of the calendar; it is loaded without",
    }
    assert failed_checks(result) == ODD_GENRES
    assert metadata_of(result, "albums")["incomplete"] == 2


def test_a_track_with_a_bad_duration_is_loaded_without_and_the_next_clean_run_heals(
    extended: House,
) -> None:
    house = extended
    world = house.server.world
    album = next(iter(world.albums))
    clean = list(world.album_tracks[album])
    bad = [clean[0] | {"duration_ms": "long"}, *clean[1:]]
    house.server.world = replace(world, album_tracks={**dict(world.album_tracks), album: bad})
    house.follow()
    result = house.run()
    assert result.success
    assert [row[3] for row in house.rows("tracks")].count(None) == 1
    [record] = house.quarantined()["tracks"]
    why = "duration_ms is 'long', not a number of milliseconds; it is loaded without"
    assert record["Reason"] == why
    house.server.world = world
    assert failed_checks(house.run()) == ODD_GENRES
    assert [row[3] for row in house.rows("tracks")].count(None) == 0


def weekly_file(week: str, *songs: dict[str, Any]) -> tuple[str, bytes]:
    return f"weekly-data/weekly_data_{week}.json", json.dumps({"songs": songs}, indent=2).encode()


def figures(song: str, **fields: Any) -> dict[str, Any]:
    data = {"week": 2, "total_weekly_downloads": 3, "total_weekly_streams": 5} | fields
    return {"song_id": song, "weekly_data": data}


def test_a_weeks_file_replaces_exactly_its_partition(filled: House) -> None:
    song = filled.rows("tracks")[0][0]
    before = filled.rows("weekly_streams")
    filled.storage.write(*weekly_file("2026-W02", figures(song)))
    result = filled.run(WEEKLY, weeks=["2026-01-05"])
    assert result.success
    after = filled.rows("weekly_streams")
    assert [row for row in after if row[0] == 202602] == [
        (202602, song, "2026-01-05", "2026-01-11", 5, "weekly-data/weekly_data_2026-W02.json")
    ]
    others = [row for row in before if row[0] != 202602]
    assert [row for row in after if row[0] != 202602] == others
    assert "weekly_streams:weeks_cover_every_track" in failed_checks(result)


def test_bad_weekly_rows_go_to_quarantine_and_their_neighbours_load(filled: House) -> None:
    songs = [row[0] for row in filled.rows("tracks")[:5]]
    bad = [
        figures("NobodyKnowsThisSong"),
        figures(songs[1], week="second"),
        figures(songs[2], week=3),
        figures(songs[3], total_weekly_streams=-1, total_weekly_downloads=-1),
        figures(songs[4], week_start_date="2026-01-12"),
    ]
    filled.storage.write(*weekly_file("2026-W02", figures(songs[0]), *bad))
    assert filled.run(WEEKLY, weeks=["2026-01-05"]).success
    for table in ("weekly_streams", "weekly_downloads"):
        assert [row[1] for row in filled.rows(table) if row[0] == 202602] == [songs[0]]
        reasons = sorted(record["Reason"] for record in filled.quarantined()[table])
        assert len(reasons) == 5
        assert "SongID 'NobodyKnowsThisSong' is not in tracks" in reasons
    (filled.folder / "storage/weekly-data/weekly_data_2026-W02.json").unlink()
    assert failed_checks(filled.run(WEEKLY)) == set()


def test_a_week_without_a_usable_row_fails_and_keeps_what_the_table_has(filled: House) -> None:
    before = filled.dump()
    filled.storage.write(*weekly_file("2026-W02", figures("x", week="?")))
    result = filled.run(WEEKLY, weeks=["2026-01-05"])
    assert "No record for 2026-W02 could be used" in failures(result)["weekly_streams"]
    filled.storage.write("weekly-data/weekly_data_2026-W02.json", b"{half")
    result = filled.run(WEEKLY, weeks=["2026-01-05"])
    assert "can be read" in failures(result)["raw_weekly"]
    assert filled.dump() == before


def test_many_of_the_same_are_one_row_and_the_first_one_wins(house: House) -> None:
    first, second = artist(1, name="First"), artist(1, name="Second")
    house.put_inbox(page(first, second) + page(second) + page(artist(2), second))
    assert house.run("key:raw_artists or key:artists").success
    assert [row[:3] for row in house.rows("artists")] == [
        ("Artist1", "First", None),
        ("Artist2", "Artist 2", None),
    ]


def test_any_week_can_be_made_again_in_any_order(filled: House) -> None:
    before = filled.dump()
    for week in reversed(WEEKS):
        assert filled.run(WEEKLY, weeks=[week]).success
    assert filled.dump() == before


def test_an_unpartitioned_launch_of_a_weekly_asset_says_what_is_missing(house: House) -> None:
    result = house.run("key:raw_weekly", weeks=[])
    assert "--partition" in failures(result)["raw_weekly"]


def test_a_track_on_two_albums_stays_on_the_first_and_no_later_run_moves_it(house: House) -> None:
    world = house.server.world
    one, other = list(world.albums)[:2]
    shared = world.album_tracks[one][0]
    both = [shared, *list(world.album_tracks[other])[1:]]
    house.server.world = replace(world, album_tracks={**dict(world.album_tracks), other: both})
    house.follow()
    assert house.run().success
    before = house.rows("tracks")
    for _ in range(2):
        again = metadata_of(house.run(), "tracks")
        assert (again["inserted"], again["updated"], again["deleted"]) == (0, 0, 0)
    assert house.rows("tracks") == before


def test_a_record_that_turns_bad_leaves_the_good_row_that_was_there(filled: House) -> None:
    world = filled.server.world
    owner = world.followed[0]["id"]
    album = world.artist_albums[owner][0]
    tracks = list(world.album_tracks[album["id"]])
    before = filled.tables()
    grown = album | {"release_date": "2023-02-29", "total_tracks": len(tracks) + 1}
    filled.server.world = world.without_album(album["id"]).with_album(
        owner, grown, [tracks[0] | {"duration_ms": -5}, *tracks[1:]]
    )
    assert filled.run().success
    after = filled.tables()
    changed = {row[0]: row for row in after["albums"]}[album["id"]]
    assert [row for row in before["albums"] if row[0] == album["id"]] == [
        (*changed[:5], len(tracks), *changed[6:])
    ]
    assert set(before["artist_albums"]) - set(after["artist_albums"]) <= {
        (artist, album["id"]) for artist in world.artist_albums if artist != owner
    }
    assert after["tracks"] == before["tracks"]
    filled.server.world = world.without_album(album["id"]).with_album(
        owner, album | {"total_tracks": len(tracks) + 1},
        [tracks[0] | {"duration_ms": -5}, *tracks[1:]],
    )  # fmt: skip
    assert filled.run().success
    assert filled.rows("tracks") == before["tracks"]
    assert filled.rows("weekly_streams") == before["weekly_streams"]


@pytest.mark.parametrize(
    "songs", [[], [figures("NobodyKnowsThisSong")], [{"song_id": "x", "weekly_data": [1]}]]
)
def test_a_weeks_file_that_fills_nothing_fails_and_keeps_what_the_week_has(
    filled: House, songs: list[Any]
) -> None:
    before = filled.dump()
    filled.storage.write(*weekly_file("2026-W02", *songs))
    for weeks in (["2026-01-05"], WEEKS):
        assert failures(filled.run(WEEKLY, weeks=weeks))
        assert filled.dump() == before


def test_tracks_that_landed_before_a_run_died_are_not_asked_for_again(house: House) -> None:
    house.follow()
    upstream = "(+key:raw_tracks) or key:artist_genres"
    assert house.run(upstream).success
    calls = house.server.calls.copy()
    assert calls["album"] == 60
    assert calls["album_tracks"] > 0
    assert house.run().success
    for each in ("album", "album_tracks"):
        assert house.server.calls[each] == calls[each]
    assert len(house.rows("tracks")) == 700


def test_days_of_quota_give_the_tables_of_one_day_without_it_and_cost_no_call_more(
    filled: House, tmp_path: Path
) -> None:
    with SandboxServer(small_world()) as server:
        rationed = House(tmp_path / "rationed", server)
        rationed.follow()
        spent: Counter[str] = Counter()
        for _day in range(4):
            server.reset()
            server.options = replace(server.options, daily_quota=40)
            result = rationed.run()
            spent += server.calls
            if result.success:
                break
            assert "the day's quota is used up" in " ".join(failures(result).values())
            assert "takes no calls before" in " ".join(failures(rationed.run()).values())
            let_the_time_come(rationed.storage)
    assert result.success
    assert rationed.dump() == filled.dump()
    assert spent + Counter(following=1) == filled.server.calls


def test_a_tenth_of_all_answers_being_faulty_changes_no_row(
    filled: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pacing, "FIRST_BACKOFF_SECONDS", 0.02)
    options = SandboxOptions(fault_rate=0.1, slow_seconds=0.05)
    with SandboxServer(small_world(), options) as server:
        troubled = House(tmp_path / "troubled", server)
        troubled.follow()
        result = troubled.run()
        assert result.success
        assert server.stats.faults.total() >= 5
    assert troubled.dump() == filled.dump()
    made = [metadata_of(result, asset) for asset in ("raw_albums", "raw_tracks")]
    assert sum(each["retries"] for each in made) >= 3


def test_extended_mode_gives_the_tables_of_development_mode_in_fewer_calls(
    filled: House, extended: House
) -> None:
    extended.follow()
    result = extended.run()
    assert result.success
    # Only in this mode does Spotify say how many follow an artist, and of which genres they are;
    # and whose label an album is.
    for table in set(TABLES) - {"artists", "genres", "artist_genres", "albums"}:
        assert extended.rows(table) == filled.rows(table)
    without_label = "SELECT AlbumID, AlbumName, ReleaseDate, TotalTracks, UPC, CoverURL FROM albums"
    with extended.connection() as one, filled.connection() as other:
        assert (
            one.exec_driver_sql(without_label).all() == other.exec_driver_sql(without_label).all()
        )
    assert [row[:2] for row in extended.rows("artists")] == [
        row[:2] for row in filled.rows("artists")
    ]
    assert {row[2] for row in filled.rows("artists")} == {None}
    assert {row[2] for row in filled.rows("artist_genres")} == {"musicbrainz"}
    assert {row[2] for row in extended.rows("artist_genres")} == {"musicbrainz", "spotify"}
    calls = extended.server.calls
    assert "album" not in calls
    assert calls["album_tracks"] + calls["albums"] < 20
    assert metadata_of(result, "raw_tracks")["calls_saved"] > 40


def test_an_album_that_never_comes_ends_the_run_red_and_holds_up_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pacing, "FIRST_BACKOFF_SECONDS", 0.01)
    world, bad = house.server.world, list(house.server.world.albums)[5]
    # A list without a length is more than the server can answer; it says 500.
    broken: Any = dict(world.album_tracks) | {bad: None}
    house.server.world = replace(world, album_tracks=broken)
    house.follow()
    result = house.run()
    assert not result.success
    [(step, why)] = failures(result).items()
    assert step == "raw_tracks_everything_fetched"
    assert f"{bad}: Spotify answered 500: Internal Server Error." in why
    assert len(house.rows("tracks")) == 700 - len(world.album_tracks[bad])
    assert house.rows("weekly_streams")
    house.server.world = world
    house.server.reset()
    assert house.run().success
    assert len(house.rows("tracks")) == 700
    assert house.server.calls["album"] == 1


def test_a_run_that_changes_nothing_saves_the_calls_for_all_tracks(filled: House) -> None:
    saved = metadata_of(filled.run(), "raw_tracks")
    assert (saved["calls"], saved["asked_for"]) == (0, 0)
    assert saved["calls_saved"] >= 60
    assert saved["seconds"] >= saved["least_seconds"] == 0


def test_everything_can_be_asked_for_anew(filled: House) -> None:
    calls = filled.server.calls.copy()
    ops = {name: {"config": {"refresh": True}} for name in ("raw_albums", "raw_tracks")}
    again = filled.run(ops=ops)
    assert again.success
    for each in ("album", "album_tracks"):
        assert filled.server.calls[each] == 2 * calls[each] > 0
    assert metadata_of(again, "tracks")["unchanged"] == 700


def test_every_load_has_files_of_its_own_so_that_runs_at_once_do_not_mix(house: House) -> None:
    house.put_inbox(page(artist(1)))
    for _ in range(KEPT_FOLDERS + 1):
        # So that the same list is loaded again.
        forget_all(house.storage)
        assert house.run("key:raw_artists or key:artists").success
    files = [blob.path for blob in house.storage.list("processed/artists/")]
    assert len({file.split("/")[2] for file in files}) == KEPT_FOLDERS
    assert {file.split("/")[3] for file in files} == {"rows.parquet"}
