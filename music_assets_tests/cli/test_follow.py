"""`music-assets follow`, when Spotify's answer is not what it should be."""

import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from music_assets.cli.main import main
from music_assets.config import settings as settings_module
from music_assets.config.settings import Settings
from music_assets.landing.pages import parse_pages
from music_assets.sandbox.server import SandboxServer
from music_assets.sandbox.world import World
from music_assets.storage.paths import FOLLOW_LIST
from music_assets.transforms.catalogue import artists
from music_assets_tests.outside.proxy import Exchange, Proxy

Answers = Callable[..., list[str]]


@pytest.fixture
def answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Answers]:
    """Makes each question for the follow list get the next of the given answers, then the last.

    Gives the questions that are asked, as they come.
    """
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.validation_alias), raising=False)
    monkeypatch.chdir(tmp_path)
    with ExitStack() as servers:
        server = servers.enter_context(SandboxServer(World.fictional(1, 0, 0)))

        def start(*bodies: str) -> list[str]:
            asked: list[str] = []

            def spoil(exchange: Exchange) -> Exchange:
                asked.append(exchange.path)
                return exchange.answered(bodies[min(len(asked), len(bodies)) - 1].encode(), 200)

            proxy = servers.enter_context(Proxy(server.url, spoil).running())
            monkeypatch.setenv("SPOTIFY_API_URL", proxy.url)
            monkeypatch.setenv("SPOTIFY_ACCOUNTS_URL", server.url)
            settings_module.settings.cache_clear()
            return asked

        yield start


def page(*items: str, total: str = "1", **members: str) -> str:
    rest = "".join(f', "{name}": {value}' for name, value in members.items())
    return f'{{"artists": {{"items": [{", ".join(items)}], "total": {total}{rest}}}}}'


def artist(name: str, more: str = "") -> str:
    return f'{{"id": "{name}", "name": "{name}"{more}}}'


def follow(*options: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["follow", *options])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, " ".join(result.output.split())


def inbox() -> list[Any]:
    """The items in the inbox, which readers take as they are."""
    content = (Path("data/storage") / FOLLOW_LIST).read_bytes()
    pages, rejects = parse_pages(content, artists)
    assert rejects == []
    return [item for page in pages for item in page["items"]]


@pytest.mark.parametrize(
    "value", ["NaN", "-Infinity", "1e999", "9" * 40, "9" * 400, "[" * 300 + "]" * 300, '"\\ud800"']
)
def test_what_no_reader_takes_is_told_and_does_not_get_into_the_inbox(
    answers: Answers, value: str
) -> None:
    answers(page(artist("a", f', "popularity": {value}'), artist("b"), total="2"))
    code, said = follow()
    assert code == 0
    assert "popularity no reader takes" in said
    assert "2 followed artists are in" in said
    assert inbox() == [{"id": "a", "name": "a"}, {"id": "b", "name": "b"}]


@pytest.mark.parametrize("total", ["NaN", "1e999", '"many"', "[]", "{}", "null", "true", "-1"])
def test_a_total_that_is_no_number_disturbs_nothing(answers: Answers, total: str) -> None:
    answers(page(artist("a"), total=total))
    code, said = follow()
    assert code == 0
    assert said.endswith("1 followed artists are in data/storage/" + FOLLOW_LIST + ".")
    assert [each["id"] for each in inbox()] == ["a"]


def test_only_those_that_are_artists_are_counted(answers: Answers) -> None:
    answers(page(artist("a"), "null", '"x"', "7", artist("a"), '{"id": ["b"]}', total="1"))
    code, said = follow()
    assert code == 0
    assert "1 followed artists are in" in said
    assert {json.dumps(each) for each in inbox()} == {json.dumps({"id": "a", "name": "a"}), "null"}


def test_a_list_that_is_shorter_than_its_total_is_asked_for_again_once_and_says_so(
    answers: Answers,
) -> None:
    first = page(artist("b"), artist("a"), artist("b"), total="162")
    asked = answers(first, page(total="162", href='"/me/following?after=a"'))
    code, said = follow()
    assert code == 0
    assert "The follow list names 2 of 162 artists, so it deletes none." in said
    assert "2 followed artists are in" in said
    assert ["after=a" in each for each in asked] == [False, True]


def test_a_list_that_is_empty_once_is_asked_for_again(answers: Answers) -> None:
    asked = answers(page(total="2"), page(artist("a"), artist("b"), total="2"))
    code, said = follow()
    assert code == 0
    assert said.startswith("2 followed artists are in")
    assert len(asked) == 2


@pytest.mark.parametrize("empty", ["[]", "null"])
def test_a_list_that_stays_empty_is_not_taken_for_nobody(answers: Answers, empty: str) -> None:
    asked = answers(f'{{"artists": {{"items": {empty}, "total": 162}}}}')
    code, said = follow()
    assert code == 1
    assert "names 0 of 162 artists" in said
    assert "Spotify named none of the artists that you follow" in said
    assert len(asked) == 2
    answers(f'{{"artists": {{"items": {empty}, "total": 0}}}}')
    assert "Spotify says that you follow nobody" in follow()[1]


def test_a_short_list_from_a_file_says_so_too(answers: Answers, tmp_path: Path) -> None:
    answers("")
    (tmp_path / "list.json").write_text(page(artist("a"), total="64"))
    code, said = follow("--from-file", "list.json")
    assert code == 0
    assert "names 1 of 64 artists" in said


def test_a_library_in_a_zip_and_a_text_of_links_need_no_login(
    answers: Answers, tmp_path: Path
) -> None:
    answers("")
    uris = [{"name": "A", "uri": "spotify:artist:a"}, {"name": "", "uri": "spotify:artist:b"}]
    with zipfile.ZipFile(tmp_path / "my_spotify_data.zip", "w") as archive:
        archive.writestr("Spotify Account Data/YourLibrary.json", json.dumps({"artists": uris}))
    code, said = follow("--from-file", "my_spotify_data.zip")
    assert (code, said) == (0, f"2 followed artists are in data/storage/{FOLLOW_LIST}.")
    assert inbox() == [{"id": "a", "name": "A"}, {"id": "b", "name": None}]
    (tmp_path / "list.txt").write_text("https://open.spotify.com/artist/c?si=x\nAbba\n")
    code, said = follow("--from-file", "list.txt")
    assert code == 0
    assert "Line 2 is not taken as it is: 'Abba' is neither an artist's URI" in said
    assert inbox() == [{"id": "c", "name": None}]


@pytest.mark.parametrize("file", ["", "list.json"])
def test_a_script_gets_one_object_and_a_person_the_sentences(
    answers: Answers, tmp_path: Path, file: str
) -> None:
    content = page(artist("a"), artist("b", ', "popularity": NaN'), total="64")
    (tmp_path / "list.json").write_text(content)
    answers(content, page(total="64", href='"/me/following?after=b"'))
    options = ["--from-file", file] if file else []
    result = CliRunner().invoke(main, ["follow", "--json", *options])
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {
        "file": f"data/storage/{FOLLOW_LIST}",
        "artists": 2,
        "of": 64,
        "rejected": 1,
        "whole": False,
    }
    assert "popularity no reader takes" in result.stderr
    assert "The follow list names 2 of 64 artists" in result.stderr


def test_a_script_gets_nothing_where_it_could_not_be_done_or_would_have_to_answer(
    answers: Answers,
) -> None:
    answers(page(total="0"))
    result = CliRunner().invoke(main, ["follow", "--json"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert "Spotify says that you follow nobody" in result.stderr
    result = CliRunner().invoke(main, ["follow", "--json", "--listening"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "`music-assets login --listening` comes first" in result.stderr
