"""Notes of what was made hold as they were written, and for nothing else."""

import json
from typing import Any

import pytest

from music_assets.storage.fingerprints import Made, made_before, note_made
from music_assets.storage.folder import FolderStorage
from music_assets.storage.paths import fingerprints

PATH = fingerprints("step")
NOTED = {
    "all": Made("x", 3, {"counts": {"unchanged": 2}, "files": ["a"]}),
    "other": Made("y", told={7: ("b",)}),  # type: ignore[dict-item]
}


@pytest.fixture
def noted(storage: FolderStorage) -> dict[str, Any]:
    note_made(storage, "step", NOTED)
    found: dict[str, Any] = json.loads(storage.read(PATH)[1])
    return found


def test_notes_are_read_as_they_were_made(storage: FolderStorage, noted: dict[str, Any]) -> None:
    before = made_before(storage, "step")
    assert before["all"] == NOTED["all"]
    assert before.keys() == noted.keys() == NOTED.keys()
    note_made(storage, "step", {"all": Made("z")})
    assert made_before(storage, "step") == before | {"all": Made("z")}


WRONG: list[object] = [
    None, 1, "a", [], [["a"]], ["ab"], {"all": None}, {"all": []}, {"all": "x"}, {"all": {}},
    {"all": {"fingerprint": "x", "rows": "a", "told": []}},
    {"all": {"fingerprint": "x", "rows": 3, "told": {}}},
    {"all": {"fingerprint": "x", "seal": ["y"], "more": 1}},
]  # fmt: skip


@pytest.mark.parametrize("content", WRONG, ids=json.dumps)
def test_notes_of_another_shape_are_none(storage: FolderStorage, content: object) -> None:
    storage.write(PATH, json.dumps(content).encode())
    assert made_before(storage, "step") == {}
    note_made(storage, "step", NOTED)
    assert made_before(storage, "step").keys() == NOTED.keys()


@pytest.mark.parametrize("told", [{}, [], {"counts": {"unchanged": 3}, "files": ["a"]}, None])
def test_a_part_that_somebody_edited_is_not_noted_and_the_others_are(
    storage: FolderStorage, noted: dict[str, Any], told: object
) -> None:
    noted["all"]["told"] = told
    storage.write(PATH, json.dumps(noted).encode())
    assert made_before(storage, "step").keys() == {"other"}
