"""The names that a newcomer sees: believable, harmless, and on the ids that the tests know."""

import datetime as dt
import string
import unicodedata
from collections import Counter
from typing import Any

import pytest

from music_assets.sandbox.encyclopedia import Encyclopedia
from music_assets.sandbox.phrases import PATTERNS, WORDS
from music_assets.sandbox.world import World
from music_assets.spotify.access import SpotifyResource

HURTFUL = "'\"`\u00b4\u2018\u2019\u201c\u201d<>&;%\\|$#*_^~[]{}\t\n"
#: What `awkward` is about.
NAMES = {"name", "genres", "artists"}
#: What `current` is about.
DATES = {"release_date", "release_date_precision", "copyrights"}


@pytest.fixture(scope="module")
def world() -> World:
    return World.fictional(awkward=False)


@pytest.fixture(scope="module")
def names(world: World) -> dict[str, list[str]]:
    tracks = [each for album in world.album_tracks.values() for each in album]
    artists = [*world.followed, *(artist for each in tracks for artist in each["artists"])]
    return {
        "artist": [each["name"] for each in artists],
        "album": [each["name"] for each in world.albums.values()],
        "track": [each["name"] for each in tracks],
    }


def assert_harmless(name: str) -> None:
    assert name == unicodedata.normalize("NFC", name.strip()) != ""
    assert name[0] not in "=+-@"
    assert name.upper() not in {"NULL", "NONE", "NAN", "TRUE", "FALSE"}
    assert not set(name) & set(HURTFUL)
    for letter in name:
        assert unicodedata.category(letter)[0] in "LNPZ"
        assert letter == " " or unicodedata.category(letter)[0] != "Z"
        assert unicodedata.bidirectional(letter) not in {"R", "AL"}


def test_no_name_of_the_bundled_world_breaks_anything(names: dict[str, list[str]]) -> None:
    for every in names.values():
        for name in every:
            assert_harmless(name)
            assert len(name) <= 50


def test_no_word_or_pattern_breaks_anything_with_any_seed() -> None:
    for words in WORDS.values():
        assert len(set(words)) == len(words)
        for word in words:
            assert_harmless(word)
    for pattern in (each for patterns in PATTERNS.values() for each in patterns):
        gaps = [gap for _, gap, _, _ in string.Formatter().parse(pattern) if gap]
        longest = pattern.format(**{gap: max(WORDS[gap], key=len) for gap in gaps})
        assert len(set(gaps)) == len(gaps)
        assert len(longest) <= 50
        assert_harmless(longest)


def test_the_bundled_sandbox_shows_these_names(world: World) -> None:
    with SpotifyResource(bundled_sandbox=True).client(user=True) as spotify:
        page = spotify.followed_artists(limit=50)
    shown = [(each["id"], each["name"]) for each in page["items"]]
    assert shown == [(each["id"], each["name"]) for each in world.followed]


def test_ids_and_all_but_names_and_genres_are_those_of_the_awkward_world() -> None:
    awkward, other = (World.fictional(12, 30, 200, awkward=each) for each in (True, False))
    assert everything(other, NAMES) == everything(awkward, NAMES)
    assert everything(other, set()) != everything(awkward, set())


def test_the_bundled_sandbox_has_new_releases_in_the_weeks_of_the_demo() -> None:
    with SpotifyResource(bundled_sandbox=True).client(user=True) as spotify:
        artists = spotify.followed_artists(limit=50)["items"]
        pages = [spotify.artist_albums(each["id"], limit=10, offset=0)["items"] for each in artists]
    dates = {album["release_date"] for page in pages for album in page}
    new = {dt.date.fromisoformat(date) for date in dates if date >= "2026"}
    assert len(new) > 10
    assert {date.strftime("%A") for date in new} == {"Friday"}
    assert min(new) < dt.date(2026, 4, 1) < dt.date(2027, 1, 1) <= max(new)


def test_new_releases_change_dates_and_copyright_lines_alone() -> None:
    older, current = (World.fictional(12, 90, 300, current=each) for each in (False, True))
    assert everything(current, DATES) == everything(older, DATES)
    years = [album["release_date"][:4] for album in current.albums.values()]
    assert 10 < sum(year >= "2026" for year in years) < 40
    assert max(album["release_date"] for album in older.albums.values()) < "2026"


def everything(world: World, without: set[str]) -> list[Any]:
    """The whole catalogue, without some members."""
    albums = [list(world.artist_albums[each["id"]]) for each in world.followed]
    tracks = [list(each) for each in world.album_tracks.values()]
    return [
        {member: value for member, value in each.items() if member not in without}
        for items in [world.followed, *albums, *tracks]
        for each in items
    ]


def test_artists_have_names_of_their_own_and_songs_sometimes_share_a_title(
    world: World, names: dict[str, list[str]]
) -> None:
    followed = [each["name"] for each in world.followed]
    assert len(set(followed)) == len(followed)
    counts = Counter(names["track"])
    assert 0.5 < len(counts) / len(names["track"]) < 0.95
    assert max(counts.values()) < 20


@pytest.mark.parametrize("kind", ["artist", "album", "track"])
def test_some_names_have_accents_and_some_another_script(
    names: dict[str, list[str]], kind: str
) -> None:
    letters = {letter for name in names[kind] for letter in name}
    assert {"é", "ö", "ñ"} & letters
    scripts = {unicodedata.name(each).split()[0] for each in letters}
    assert scripts & {"CJK", "CYRILLIC", "GREEK", "HANGUL", "HIRAGANA"}


def test_the_first_song_of_a_single_has_its_name(world: World) -> None:
    singles = [each for each in world.albums.values() if each["album_type"] == "single"]
    assert len(singles) > 20
    for each in singles:
        assert world.album_tracks[each["id"]][0]["name"] == each["name"]


def test_its_musicbrainz_knows_only_genres_with_names_and_votes(world: World) -> None:
    known = Encyclopedia(world)
    artists = [known.artists_at(each["external_urls"]["spotify"]) for each in world.followed]
    genres = [genre for found in artists for each in found for genre in each["genres"]]
    assert len(genres) > 40
    assert all(genre["name"] and genre["count"] > 0 for genre in genres)


def test_no_two_genres_of_it_differ_only_in_case(world: World) -> None:
    genres = {genre for artist in world.followed for genre in artist.get("genres", [])}
    assert len(genres) == len({genre.lower() for genre in genres}) > 5
