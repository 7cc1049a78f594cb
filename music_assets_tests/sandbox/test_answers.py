"""The pages of the Web API and its refusals."""

from typing import Any

import pytest

from music_assets.sandbox.server import SandboxOptions
from music_assets.sandbox.world import World
from music_assets_tests.sandbox.conftest import EXTENDED, Client, album, followed, ids


def test_the_follow_list_is_read_behind_a_cursor(client: Client) -> None:
    pages = [client.json("me/following", type="artist", limit=15)["artists"]]
    while following := pages[-1]["next"]:
        pages.append(client.json(following)["artists"])
    assert [len(page["items"]) for page in pages] == [15, 15, 10]
    assert ids(item for page in pages for item in page["items"]) == ids(
        client.server.world.followed
    )
    assert {page["total"] for page in pages} == {40}
    assert [page["cursors"]["after"] for page in pages] == [
        followed(client.server, 14),
        followed(client.server, 29),
        None,
    ]
    assert pages[0]["href"] == f"{client.server.url}/v1/me/following?type=artist&limit=15"


def test_the_follow_list_of_nobody_is_one_empty_page(client: Client) -> None:
    client.server.world = World.fictional(0, 0, 0)
    page = client.json("me/following", type="artist")["artists"]
    assert (page["items"], page["total"], page["next"]) == ([], 0, None)


def test_the_follow_list_needs_a_user(client: Client) -> None:
    client.login(grant_type="client_credentials")
    assert client.error("me/following", type="artist") == (403, "Insufficient client scope")
    assert client.get(f"artists/{followed(client.server, 0)}/albums").ok


@pytest.mark.parametrize("options", [SandboxOptions(), EXTENDED])
def test_an_artists_albums_are_paged_to_the_last(client: Client, options: SandboxOptions) -> None:
    client.server.options = options
    artist_id = followed(client.server, 0)
    limit = 10 if options.mode == "development" else 20
    pages = client.pages(f"artists/{artist_id}/albums", limit=limit)
    expected = client.server.world.artist_albums[artist_id]
    assert ids(item for page in pages for item in page["items"]) == ids(expected)
    assert {page["total"] for page in pages} == {len(expected)}
    address = f"{client.server.url}/v1/artists/{artist_id}/albums"
    assert pages[1]["href"] == f"{address}?offset={limit}&limit={limit}"
    assert pages[1]["previous"] == f"{address}?offset=0&limit={limit}"
    assert pages[0]["previous"] is None


@pytest.mark.parametrize(
    ("mode", "default", "most"), [("development", 5, 10), ("extended", 20, 50)]
)
def test_the_limits_of_an_artists_albums_depend_on_the_mode(
    client: Client, mode: Any, default: int, most: int
) -> None:
    client.server.options = SandboxOptions(mode=mode)
    path = f"artists/{followed(client.server, 0)}/albums"
    assert client.json(path)["limit"] == default
    assert client.json(path, limit=most)["limit"] == most
    assert client.error(path, limit=most + 1) == (400, "Invalid limit")


def test_include_groups_and_market_are_carried_to_the_next_page(client: Client) -> None:
    artist_id = followed(client.server, 0)
    query = {"include_groups": "album,single", "market": "NL"}
    pages = client.pages(f"artists/{artist_id}/albums", limit=10, **query)
    found = [item for page in pages for item in page["items"]]
    wanted = client.server.world.albums_of(artist_id, frozenset({"album", "single"}))
    assert ids(found) == ids(wanted)
    assert {item["album_type"] for item in found} == {"album", "single"}
    assert pages[0]["next"].endswith("?offset=10&limit=10&include_groups=album,single&market=NL")


def test_albums_on_which_an_artist_only_appears_can_be_left_out(client: Client) -> None:
    path = f"artists/{followed(client.server, 6)}/albums"
    everything = client.json(path)["total"]
    assert client.json(path, include_groups="appears_on")["total"] == 1
    groups = "album,single,compilation"
    assert client.json(path, include_groups=groups)["total"] == everything - 1


@pytest.mark.parametrize("slash", ["", "/"])
def test_an_albums_tracks_are_paged_to_the_last(client: Client, slash: str) -> None:
    album_id = album(client.server, 7)
    pages = client.pages(f"albums/{album_id}/tracks{slash}", limit=40)
    assert [len(page["items"]) for page in pages] == [40, 40, 40]
    assert ids(item for page in pages for item in page["items"]) == ids(
        client.server.world.album_tracks[album_id]
    )
    assert client.json(f"albums/{album_id}/tracks")["limit"] == 20


def test_a_page_behind_the_end_is_empty(client: Client) -> None:
    page = client.json(f"albums/{album(client.server, 7)}/tracks", offset=120)
    assert (page["items"], page["next"], page["total"]) == ([], None, 120)
    assert page["previous"].endswith("?offset=100&limit=20")


@pytest.mark.parametrize(
    ("path", "query", "status", "message"),
    [
        ("artists/{unknown}/albums", {}, 404, "Resource not found"),
        ("albums/{unknown}", {}, 404, "Resource not found"),
        ("albums/{artist}-", {}, 400, "Invalid base62 id"),
        ("albums/{unknown}/tracks", {}, 404, "Resource not found"),
        ("artists/short/albums", {}, 400, "Invalid base62 id"),
        ("albums/{artist}-/tracks", {}, 400, "Invalid base62 id"),
        ("artists/{artist}/albums", {"limit": 0}, 400, "Invalid limit"),
        ("artists/{artist}/albums", {"limit": "+5"}, 400, "Invalid limit"),
        ("artists/{artist}/albums", {"offset": -1}, 400, "Invalid offset"),
        ("artists/{artist}/albums", {"include_groups": "albums"}, 400, "Invalid album type"),
        ("artists/{artist}/albums", {"market": "nowhere"}, 400, "Invalid market code"),
        ("albums/{unknown}/tracks", {"limit": 51}, 400, "Invalid limit"),
        ("me/following", {}, 400, "Invalid type"),
        ("me/following", {"type": "artist", "limit": 51}, 400, "Invalid limit"),
        ("me/following", {"type": "artist", "after": "nobody"}, 400, "Invalid after"),
        ("me/tracks", {}, 404, "Service not found"),
    ],
)
def test_what_cannot_be_answered_is_refused_in_spotifys_words(
    client: Client, path: str, query: dict[str, str | int], status: int, message: str
) -> None:
    path = path.format(unknown="0" * 22, artist=followed(client.server, 0))
    assert client.error(path, **query) == (status, message)


def test_an_app_in_development_mode_is_told_what_spotify_tells_it_today(client: Client) -> None:
    def fields() -> list[set[str]]:
        artist_id, album_id = followed(client.server, 0), album(client.server, 0)
        full = client.json(f"albums/{album_id}")
        return [
            set(client.json("me/following", type="artist")["artists"]["items"][0]),
            set(client.json(f"artists/{artist_id}/albums")["items"][0]),
            set(client.json(f"albums/{album_id}/tracks")["items"][0]),
            set(full),
            set(full["tracks"]["items"][0]),
        ]

    common = {"external_urls", "href", "id", "name", "type", "uri"}
    simple = common | {
        "album_type", "artists", "images", "release_date", "release_date_precision", "total_tracks",
    }  # fmt: skip
    track = common | {
        "artists", "disc_number", "duration_ms", "explicit", "is_local", "preview_url",
        "track_number",
    }  # fmt: skip
    full = simple | {"copyrights", "external_ids", "tracks"}
    assert fields() == [common | {"images"}, simple, track, full, track]
    client.server.options = EXTENDED
    assert fields() == [
        common | {"images", "followers", "genres", "popularity"},
        simple | {"album_group", "available_markets"},
        track | {"available_markets"},
        full | {"available_markets", "label", "popularity"},
        track | {"available_markets"},
    ]


@pytest.mark.parametrize("options", [SandboxOptions(), EXTENDED])
def test_an_album_comes_with_the_first_page_of_its_tracks(
    client: Client, options: SandboxOptions
) -> None:
    client.server.options = options
    album_id = album(client.server, 7)
    whole, address = client.json(f"albums/{album_id}"), f"{client.server.url}/v1/albums/{album_id}"
    assert whole["external_ids"] == client.server.world.albums[album_id]["external_ids"]
    first = whole["tracks"]
    assert first == client.json(f"albums/{album_id}/tracks", limit=50)
    assert (first["next"], first["total"]) == (f"{address}/tracks?offset=50&limit=50", 120)
    rest = client.pages(first["next"])
    assert [len(page["items"]) for page in (first, *rest)] == [50, 50, 20]


def test_a_batch_of_albums_brings_their_first_tracks_along(client: Client) -> None:
    client.server.options = EXTENDED
    wanted = [album(client.server, position) for position in range(19)]
    answer = client.json("albums", ids=",".join([*wanted, "0" * 22]))["albums"]
    assert ids(answer[:19]) == wanted
    assert answer[19] is None
    assert "album_group" not in answer[7]
    assert answer[7] == client.json(f"albums/{wanted[7]}")
    assert answer[7]["tracks"]["total"] == 120
    assert len(client.json(answer[7]["tracks"]["next"])["items"]) == 50


def test_batches_are_limited_and_closed_to_development_mode(client: Client) -> None:
    some = album(client.server, 0)
    assert client.error("albums", ids=some) == (403, "Forbidden")
    client.server.options = EXTENDED
    assert client.error("albums", ids=",".join([some] * 21)) == (400, "Too many ids requested")
    assert client.error("albums", ids="") == (400, "Invalid base62 id")


def test_names_arrive_unharmed(client: Client) -> None:
    items = client.json("me/following", type="artist")["artists"]["items"]
    assert [item["name"] for item in items] == [
        artist["name"] for artist in client.server.world.followed[:20]
    ]


def test_the_catalogue_can_change_while_the_server_runs(client: Client) -> None:
    other = World.fictional(seed=2)
    album_id, added = next(iter(other.albums.items()))
    artist_id = followed(client.server, 0)
    before = client.json(f"artists/{artist_id}/albums")["total"]
    client.server.world = client.server.world.with_album(
        artist_id, added, other.album_tracks[album_id]
    )
    page = client.json(f"artists/{artist_id}/albums")
    assert (page["total"], page["items"][0]["id"]) == (before + 1, album_id)
    assert client.json(f"albums/{album_id}/tracks")["total"] == added["total_tracks"]
