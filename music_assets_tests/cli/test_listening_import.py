"""`music-assets listening import`, as a user types it."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from music_assets.cli.main import main
from music_assets.config.settings import Settings
from music_assets.storage.folder import FolderStorage
from music_assets_tests.outside.histories import LIBRARY, extended, streamed, text

STORAGE = FolderStorage(root="data/storage")
ZIP = extended([streamed(number) for number in range(1_200)])


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.validation_alias), raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["listening", "import", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, " ".join(result.output.split())


def file(name: str, content: bytes) -> str:
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_bytes(content)
    return name


def inbox() -> dict[str, bytes]:
    return {blob.path: STORAGE.read(blob.path)[1] for blob in STORAGE.list("listening/")}


@pytest.mark.parametrize("name", [".history.json", "endsong_0.json.part"])
def test_a_name_that_the_inbox_does_not_take_is_refused(name: str) -> None:
    code, said = call(file(name, ZIP))
    assert code == 1
    assert "rename it" in said
    assert inbox() == {}


def test_a_file_is_checked_counted_and_put_into_the_inbox() -> None:
    code, said = call(file("my_spotify_data.zip", ZIP))
    assert (code, said) == (
        0,
        "listening/my_spotify_data.zip: 1,200 plays, 2 that are no music, 1 other files left. "
        "A running daemon loads them by itself; otherwise call `music-assets run`.",
    )
    assert inbox() == {"listening/my_spotify_data.zip": ZIP}
    assert [blob.path for blob in STORAGE.list("")] == ["listening/my_spotify_data.zip"]


def test_a_refused_file_is_told_and_the_others_still_go() -> None:
    code, said = call(
        file("bad.zip", ZIP[:-30]),
        file("YourLibrary.json", text(LIBRARY)),
        "missing.zip",
        file("good.json", text([streamed()])),
    )
    assert code == 1
    assert "bad.zip is damaged or was cut short; download it again." in said
    assert "`music-assets follow --from-file` takes it" in said
    assert "missing.zip cannot be read: No such file or directory." in said
    assert "good.json: 1 plays." in said
    assert list(inbox()) == ["listening/good.json"]


def test_other_content_of_a_name_that_is_taken_gets_a_number() -> None:
    first, second = text([streamed(0)]), text([streamed(1)])
    call(file("a/my.json", first))
    call(file("b/my.json", second))
    call(file("c/my.json", first), file("d/other.json", second))
    assert inbox() == {"listening/my.json": first, "listening/my-2.json": second}


def test_a_file_is_discarded_once_its_plays_are_loaded() -> None:
    STORAGE.write("listening/there already.json", text([streamed(2_000)]))
    code, said = call("--discard", file("a.json", text([streamed(0)])), file("b.zip", ZIP))
    assert code == 0, said
    assert "listening/a.json is loaded, and no longer in the inbox." in said
    assert list(inbox()) == ["listening/there already.json"]
    assert Path("a.json").exists()
    with closing(sqlite3.connect("data/music.db")) as connection:
        assert connection.execute("SELECT COUNT(*) FROM plays").fetchall() == [(1_201,)]


def test_a_file_that_could_not_be_loaded_stays(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSIC_DATABASE_URL", f"sqlite:///{here}")
    code, said = call("--discard", file("a.json", text([streamed(0)])))
    assert code == 1
    assert "listening/a.json stays in the inbox: its plays are not in the tables." in said
    assert list(inbox()) == ["listening/a.json"]
    assert "Traceback" not in said


def test_a_script_gets_one_object_with_every_file_and_every_refusal() -> None:
    files = [file("my_spotify_data.zip", ZIP), file("bad.zip", ZIP[:-30])]
    result = CliRunner().invoke(main, ["listening", "import", "--json", *files])
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    counts = {"plays": 1_200, "not_music": 2, "rejected": 0, "files_left": 1}
    where = {"file": files[0], "inbox": f"listening/{files[0]}", "discarded": False}
    assert told["files"] == [where | counts]
    [refused] = told["refused"]
    assert refused == "bad.zip is damaged or was cut short; download it again."
    assert result.stderr == f"Error: {refused}\n"


def test_a_script_is_told_that_a_file_is_discarded_and_nothing_else() -> None:
    result = CliRunner().invoke(
        main, ["listening", "import", "--json", "--discard", file("a.json", text([streamed(0)]))]
    )
    assert result.exit_code == 0, result.stderr
    [told] = json.loads(result.stdout)["files"]
    assert (told["plays"], told["discarded"], inbox()) == (1, True, {})
