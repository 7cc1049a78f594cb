"""The fictional catalogue: exact counts, the same everywhere, and full of what hurts."""

import json
import re
import time
import unicodedata
from collections import Counter
from hashlib import sha256

import pytest

from music_assets.sandbox.fiction import Json
from music_assets.sandbox.naming import AWKWARD_NAMES
from music_assets.sandbox.world import World

ALL_GROUPS = frozenset({"album", "single", "compilation", "appears_on"})


def everything(world: World) -> list[object]:
    """The whole catalogue as plain lists."""
    albums = [[a["id"], list(world.artist_albums[a["id"]])] for a in world.followed]
    tracks = [[album_id, list(world.album_tracks[album_id])] for album_id in world.albums]
    return [list(world.followed), albums, tracks]


def artist_albums(world: World, position: int) -> list[Json]:
    return list(world.artist_albums[world.followed[position]["id"]])


@pytest.fixture(scope="module")
def world() -> World:
    return World.fictional()


@pytest.fixture(scope="module")
def albums(world: World) -> list[Json]:
    return list(world.albums.values())


@pytest.fixture(scope="module")
def tracks(world: World) -> list[Json]:
    return [track for album_id in world.albums for track in world.album_tracks[album_id]]


@pytest.mark.parametrize(
    ("artists", "albums", "tracks"),
    [
        (0, 0, 0),
        (1, 0, 0),
        (1, 1, 0),
        (1, 1, 1),
        (3, 2, 1),
        (2, 7, 300),
        (1, 8, 126),
        (1, 8, 127),
        (50, 3, 3),
        (11, 40, 39),
        (40, 500, 5000),
    ],
)
def test_the_counts_are_reached_exactly(artists: int, albums: int, tracks: int) -> None:
    world = World.fictional(artists, albums, tracks)
    reachable = {album["id"] for i in range(artists) for album in artist_albums(world, i)}
    songs = [track["id"] for items in world.album_tracks.values() for track in items]
    assert len({artist["id"] for artist in world.followed}) == artists
    assert reachable == set(world.albums)
    assert len(reachable) == len(world.albums) == albums
    assert len(songs) == len(set(songs)) == tracks


@pytest.mark.parametrize("counts", [(-1, 0, 0), (0, 1, 0), (1, 0, 1)])
def test_impossible_counts_are_refused(counts: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match=r"negative|need an"):
        World.fictional(*counts)


def test_every_album_says_how_many_tracks_it_has(world: World, albums: list[Json]) -> None:
    assert all(len(world.album_tracks[a["id"]]) == a["total_tracks"] > 0 for a in albums)


def test_the_content_of_a_seed_is_the_same_on_every_machine_and_for_ever() -> None:
    text = json.dumps(everything(World.fictional(12, 30, 200)))
    assert sha256(text.encode()).hexdigest()[:16] == "5f3c3cf5d6fc22f2"


def test_another_seed_shares_no_id(world: World) -> None:
    assert not set(world.albums) & set(World.fictional(seed=2).albums)


def test_a_larger_catalogue_keeps_the_artists_of_a_smaller_one(world: World) -> None:
    assert World.fictional(artists=60).followed[:40] == world.followed


def test_a_million_tracks_are_ready_at_once_and_any_of_them_is_reached_directly() -> None:
    begun = time.process_time()
    world = World.fictional(200, 100_000, 1_000_000)
    last = list(world.artist_albums[world.followed[198]["id"]][-1:])
    assert len(world.album_tracks[last[0]["id"]]) == last[0]["total_tracks"]
    assert time.process_time() - begun < 2


def test_ids_look_like_spotifys_and_are_distinct(
    world: World, albums: list[Json], tracks: list[Json]
) -> None:
    ids = [item["id"] for item in [*world.followed, *albums, *tracks]]
    assert all(re.fullmatch("[0-9A-Za-z]{22}", spotify_id) for spotify_id in ids)
    assert len(set(ids)) == 5540


@pytest.mark.parametrize("unknown", ["", "x", "é" * 22, "0" * 22, "7" * 30])
def test_an_unknown_id_is_a_key_error(world: World, unknown: str) -> None:
    assert unknown not in world.albums
    with pytest.raises(KeyError):
        world.albums_of(unknown, ALL_GROUPS)


def test_artists_albums_and_tracks_have_two_ids_that_differ_only_in_case(
    world: World, albums: list[Json], tracks: list[Json]
) -> None:
    for items in (world.followed, albums, tracks):
        assert items[4]["id"].lower() == items[5]["id"].lower()
        assert items[4]["id"] != items[5]["id"]
    assert world.albums[albums[5]["id"]] == albums[5]


def test_names_contain_what_breaks_careless_code(
    world: World, albums: list[Json], tracks: list[Json]
) -> None:
    for items in (world.followed, albums, tracks):
        assert tuple(item["name"] for item in items[1:12]) == AWKWARD_NAMES
    text = "".join(AWKWARD_NAMES)
    assert all(mark in text for mark in ("'", '"', ";", "%", "\\", "🎧", "架"))
    assert any(unicodedata.combining(letter) for letter in text)
    assert {"R", "AL"} <= {unicodedata.bidirectional(letter) for letter in text}
    assert max(map(len, AWKWARD_NAMES)) == 200
    assert [position for position, album in enumerate(albums) if album["name"] == ""] == [12]


def test_albums_are_shared_by_several_followed_artists(world: World) -> None:
    shared = artist_albums(world, 0)[0]
    assert [artist["name"] for artist in shared["artists"]] == [
        artist["name"] for artist in world.followed[:3]
    ]
    assert shared == artist_albums(world, 1)[-1] == artist_albums(world, 2)[-1]
    owners = Counter(a["id"] for i in range(40) for a in artist_albums(world, i))
    assert sum(count > 1 for count in owners.values()) > 5


def test_an_artist_appears_on_an_album_without_being_one_of_its_artists(
    world: World,
) -> None:
    album = artist_albums(world, 6)[-1]
    assert album["album_group"] == "appears_on" != album["album_type"]
    assert world.followed[6]["id"] not in [artist["id"] for artist in album["artists"]]


def test_some_artists_have_no_albums_and_some_no_genres(world: World) -> None:
    without = [i for i in range(40) if not artist_albums(world, i)]
    assert without == [9, 19, 29, 39]
    assert [i for i, a in enumerate(world.followed) if a.get("genres") == []][:2] == [5, 12]


def test_fields_that_spotify_may_leave_out_are_left_out_once(world: World) -> None:
    for field, position in (("followers", 7), ("genres", 8)):
        assert [i for i, a in enumerate(world.followed) if field not in a] == [position]


def test_two_genres_differ_only_in_case(world: World) -> None:
    genres = {genre for artist in world.followed for genre in artist.get("genres", [])}
    assert len(genres) - len({genre.lower() for genre in genres}) == 1


def test_release_dates_come_in_all_precisions_and_include_a_leap_day(albums: list[Json]) -> None:
    dates = [(album["release_date"], album["release_date_precision"]) for album in albums]
    assert dates[1:4] == [("1987", "year"), ("2001-07", "month"), ("2024-02-29", "day")]
    length = {"year": 4, "month": 7, "day": 10}
    assert all(len(date) == length[precision] for date, precision in dates)
    assert {album["album_type"] for album in albums} == {"album", "single", "compilation"}


def test_a_long_album_has_two_discs_whose_track_numbers_restart(
    world: World, albums: list[Json]
) -> None:
    tracks = world.album_tracks[albums[7]["id"]]
    assert [(track["disc_number"], track["track_number"]) for track in tracks] == [
        (disc, number) for disc in (1, 2) for number in range(1, 61)
    ]


def test_some_albums_have_two_discs_and_the_others_one(world: World) -> None:
    firsts = [
        [track["disc_number"] for track in tracks if track["track_number"] == 1]
        for tracks in world.album_tracks.values()
    ]
    assert all(discs in ([1], [1, 2]) for discs in firsts)
    assert [at for at, discs in enumerate(firsts) if len(discs) > 1][:3] == [7, 16, 25]


def test_every_album_has_a_barcode_of_its_own_that_checks(albums: list[Json]) -> None:
    barcodes = [album["external_ids"]["upc"] for album in albums]
    assert len(set(barcodes)) == len(albums) == 500
    for barcode in barcodes:
        assert re.fullmatch("[0-9]{12}", barcode)
        digits = list(map(int, barcode))
        assert (3 * sum(digits[::2]) + sum(digits[1::2])) % 10 == 0
    # A barcode is a text: as a number it would lose this.
    assert any(barcode.startswith("0") for barcode in barcodes)


def test_every_album_has_covers_in_three_sizes_a_label_and_copyright_lines(
    albums: list[Json],
) -> None:
    for album in albums:
        assert [image["width"] for image in album["images"]] == [640, 300, 64]
        addresses = {image["url"] for image in album["images"]}
        assert len(addresses) == 3
        assert all(re.fullmatch("https://i.scdn.co/image/[0-9a-f]{40}", it) for it in addresses)
        line = f"{album['release_date'][:4]} {album['label']}"
        assert album["copyrights"] == [{"text": line, "type": "C"}, {"text": line, "type": "P"}]
    assert 5 < len({album["label"] for album in albums}) < 50


def test_objects_have_the_fields_of_the_extended_shape(
    world: World, albums: list[Json], tracks: list[Json]
) -> None:
    common = {"external_urls", "href", "id", "name", "type", "uri"}
    artist = {"followers", "genres", "images", "popularity"}
    album = {"album_type", "total_tracks", "images", "release_date", "release_date_precision"}
    full = {"copyrights", "external_ids", "label", "popularity"}
    track = {"disc_number", "duration_ms", "explicit", "is_local", "preview_url", "track_number"}
    both = {"artists", "available_markets"}
    assert set(world.followed[0]) == common | artist
    assert set(albums[0]) == common | album | both | full | {"album_group"}
    assert set(tracks[0]) == common | track | both


def test_albums_are_picked_by_group(world: World) -> None:
    artist_id = world.followed[6]["id"]
    for group in ALL_GROUPS:
        picked = world.albums_of(artist_id, frozenset({group}))
        everyone = world.albums_of(artist_id, ALL_GROUPS)
        assert list(picked) == [album for album in everyone if album["album_group"] == group]


def test_a_recorded_catalogue_holds_what_it_was_given() -> None:
    recorded = World.recorded(
        [{"id": "one"}, {"id": "two"}],
        {"one": [{"id": "first", "album_type": "single"}]},
        {"other": [{"id": "song"}]},
    )
    singles = recorded.albums_of("one", frozenset({"single"}))
    assert list(singles) == [{"id": "first", "album_type": "single"}]
    assert recorded.artist_albums["two"] == []
    assert recorded.album_tracks == {"first": [], "other": [{"id": "song"}]}


def test_an_album_is_added_in_front_and_taken_away_again(world: World) -> None:
    other = World.fictional(seed=2)
    album_id, album = next(iter(other.albums.items()))
    artist_id = world.followed[9]["id"]
    grown = world.with_album(artist_id, album, other.album_tracks[album_id])
    assert [a["id"] for a in grown.albums_of(artist_id, ALL_GROUPS)] == [album_id]
    assert len(grown.album_tracks[album_id]) == album["total_tracks"]
    assert everything(grown.without_album(album_id)) == everything(world)
    assert artist_albums(world, 9) == []
