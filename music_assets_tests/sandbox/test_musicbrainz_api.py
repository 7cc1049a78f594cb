"""The sandbox's MusicBrainz: what it knows, what it skips, and how it refuses."""

import time
from itertools import islice
from typing import Any

import pytest
import requests

from music_assets.sandbox.encyclopedia import (
    AMBIGUOUS,
    GENRES_OF_MANY,
    MANY_GENRES,
    MERGED,
    ODD_GENRES,
    SPARSE,
    Encyclopedia,
)
from music_assets.sandbox.server import SandboxOptions, SandboxServer
from music_assets.sandbox.world import World
from music_assets_tests.sandbox.conftest import followed

US = {"User-Agent": "music_assets/0.1.0 ( me@example.com )"}


def get(server: SandboxServer, path: str, *, headers: Any = US, **query: Any) -> requests.Response:
    return requests.get(
        f"{server.url}/ws/2/{path}",
        params={"fmt": "json", **query},
        headers=headers,
        timeout=60,
        allow_redirects=False,
    )


def page_of(server: SandboxServer, *positions: int) -> list[str]:
    return [f"https://open.spotify.com/artist/{followed(server, each)}" for each in positions]


def urls(server: SandboxServer, *positions: int) -> Any:
    resources = page_of(server, *positions)
    answer = get(server, "url", resource=resources, inc="artist-rels")
    assert answer.ok, answer.text
    return answer.json()


def artists_at(server: SandboxServer, position: int) -> list[Any]:
    return [each["artist"] for each in urls(server, position)["relations"]]


def artist(server: SandboxServer, position: int) -> Any:
    mbid = artists_at(server, position)[-1]["id"]
    return get(server, f"artist/{mbid}", inc="genres tags").json()


def test_of_several_addresses_the_unknown_ones_are_skipped(server: SandboxServer) -> None:
    answer = urls(server, 0, 4, 5)
    assert answer["url-count"] == 2
    assert [url["resource"] for url in answer["urls"]] == page_of(server, 0, 5)
    assert server.lookups == {"url": 1}
    assert server.calls == {}


def test_one_address_is_an_object_and_404_if_it_is_unknown(server: SandboxServer) -> None:
    assert urls(server, 0)["resource"] == page_of(server, 0)[0]
    unknown = get(server, "url", resource=page_of(server, 4), inc="artist-rels")
    assert (unknown.status_code, unknown.json()["error"]) == (404, "Not Found")


@pytest.mark.parametrize("count", [0, 101])
def test_no_address_or_more_than_a_hundred_are_refused(server: SandboxServer, count: int) -> None:
    assert get(server, "url", resource=page_of(server, 0) * count).status_code == 400


def test_an_mbid_stays_the_same_and_leads_to_the_artist(server: SandboxServer) -> None:
    found = artist(server, 0)
    server.world = World.fictional()
    assert artist(server, 0) == found
    assert found["name"] == server.world.followed[0]["name"]
    assert all(genre["name"] and genre["count"] > 0 for genre in found["genres"])
    assert "genres" not in get(server, f"artist/{found['id']}").json()


def test_unknown_and_malformed_mbids_are_told_apart(server: SandboxServer) -> None:
    assert get(server, "artist/00000000-0000-0000-0000-000000000000").status_code == 404
    assert get(server, "artist/abc").status_code == 400


def test_a_merged_mbid_redirects_to_the_new_one(server: SandboxServer) -> None:
    [old] = artists_at(server, MERGED)
    answer = get(server, f"artist/{old['id']}", inc="genres")
    assert answer.status_code == 301
    new = requests.get(f"{server.url}{answer.headers['Location']}", headers=US, timeout=60).json()
    assert new["id"] != old["id"]
    assert new["genres"]


def test_an_address_of_two_artists_names_one_of_them_or_none(server: SandboxServer) -> None:
    name = server.world.followed[6]["name"]
    assert [each["name"] == name for each in artists_at(server, 6)] == [False, True]
    assert len(artists_at(server, AMBIGUOUS)) == 2
    name = server.world.followed[AMBIGUOUS]["name"]
    assert not [each for each in artists_at(server, AMBIGUOUS) if each["name"] == name]


def test_genres_are_at_times_of_no_use_or_too_many_or_absent(server: SandboxServer) -> None:
    odd = [(genre["name"], genre["count"]) for genre in artist(server, ODD_GENRES)["genres"]]
    assert [name for name, votes in odd if not name and votes > 0] == [""]
    assert min(votes for _, votes in odd) < 0
    assert [votes for name, votes in odd if name and votes > 0] == [3]
    assert len(artist(server, MANY_GENRES)["genres"]) == GENRES_OF_MANY
    sparse = artist(server, SPARSE)
    assert (sparse["genres"], sparse["type"], sparse["country"]) == ([], None, None)
    assert sparse["life-span"]["begin"] is None


def test_every_type_and_form_of_a_date_occurs_in_a_large_world() -> None:
    known = Encyclopedia(World.fictional(200, 0, 0))
    found = [known.artist(each) for each in list(known._by_mbid)]
    artists = [each for each in found if isinstance(each, dict)]
    assert {each["type"] for each in artists} >= {"Person", "Group", "Orchestra", "Choir", None}
    begins = {len(each["life-span"]["begin"] or "") for each in artists}
    assert begins == {0, 4, 7, 10}
    names = {genre["name"] for each in artists for genre in each["genres"]}
    assert {name for name in names if name.casefold() in names - {name}}


def test_whoever_does_not_say_who_asks_is_blocked(server: SandboxServer) -> None:
    for sent in ("python-requests/2.32", "music_assets/0.1.0", "music_assets/0.1.0 (  )"):
        answer = get(server, "url", headers={"User-Agent": sent}, resource=page_of(server, 0))
        assert answer.status_code == 403
    assert server.lookups == {}


def test_a_strict_server_takes_one_call_in_a_while(server: SandboxServer) -> None:
    server.options = SandboxOptions(lookup_seconds=0.4)
    answers = [get(server, "url", resource=page_of(server, 0)) for _ in range(3)]
    assert [each.status_code for each in answers] == [200, 503, 503]
    assert answers[1].headers["Retry-After"] == "1"
    assert "rate limit" in answers[1].json()["error"]
    assert answers[2].text.startswith("<!DOCTYPE html>")
    time.sleep(0.4)
    assert get(server, "url", resource=page_of(server, 0)).ok
    assert (server.lookups.total(), server.stats.lookups_refused) == (2, 2)


def test_its_faults_are_those_of_spotify_and_pages_without_json(server: SandboxServer) -> None:
    for fault, status in (("503", 503), ("500", 200), ("truncated", 200)):
        server.options = SandboxOptions(fault_rate=1, fault_kinds=(fault,))  # type: ignore[arg-type]
        answer = get(server, "url", resource=page_of(server, 0))
        assert answer.status_code == status
        assert (answer.text[0] == "<") == (fault == "500")
    server.options = SandboxOptions(fault_rate=1, fault_kinds=("dropped",))
    with pytest.raises(requests.RequestException):
        get(server, "url", resource=page_of(server, 0))
    assert server.stats.faults.total() == server.lookups.total() == 4


def test_releases_have_the_barcodes_and_labels_of_the_world(server: SandboxServer) -> None:
    ids = list(islice(server.world.albums, 10))
    resources = [f"https://open.spotify.com/album/{each}" for each in ids]
    answer = get(server, "url", resource=resources, inc="release-rels").json()
    # Two have no address.
    assert answer["url-count"] == 8
    [first] = answer["urls"][0]["relations"]
    album = server.world.albums[ids[0]]
    assert first["release"]["barcode"] == album["external_ids"]["upc"]
    release = get(server, f"release/{first['release']['id']}", inc="labels release-groups").json()
    assert release["label-info"][0]["label"]["name"] == album["label"]
    assert release["release-group"]["first-release-date"] <= album["release_date"]
    assert "label-info" not in get(server, f"release/{release['id']}").json()
    merged = get(server, f"release/{answer['urls'][2]['relations'][0]['release']['id']}")
    assert merged.status_code == 301
    assert get(server, "release/00000000-0000-0000-0000-000000000000").status_code == 404


def test_a_search_for_a_barcode_finds_others_too_and_not_when_an_album_first_came_out(
    server: SandboxServer,
) -> None:
    barcode = server.world.albums[next(islice(server.world.albums, 4, None))]["external_ids"]["upc"]
    found = get(server, "release", query=f"barcode:{barcode}").json()["releases"]
    assert [each["barcode"] for each in found] == [f"0{barcode}", barcode]
    assert not [each for each in found if "first-release-date" in each["release-group"]]
    assert get(server, "release", query="barcode:4 OR 5").status_code == 400
