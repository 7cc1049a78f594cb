"""The terminal: bars that move as an ingest goes on, and nothing left of them afterwards."""

import io

import pytest
from rich.console import Console

from music_assets.cli import terminal
from music_assets.landing import progress
from music_assets.landing.progress import Standing

HALF = Standing("tracks", 250, 500, 250, 12.5, 3)


def test_a_bar_shows_how_far_it_is_the_pace_the_refusals_and_what_is_left() -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=80)
    with terminal.progress(console, "Materialising"):
        for watcher in progress._watchers:
            watcher(HALF)
    shown = screen.getvalue()
    for part in ("Materialising", "tracks", "250/500", "12 calls/s", "3 x 429", "20 s left"):
        assert part in shown


def test_afterwards_nothing_watches_any_more() -> None:
    before = list(progress._watchers)
    with pytest.raises(KeyError), terminal.progress(Console(file=io.StringIO()), "Title"):
        raise KeyError
    assert progress._watchers == before
