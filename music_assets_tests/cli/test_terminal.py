"""The terminal: bars that move as an ingest goes on, and nothing left of them afterwards."""

import io
import logging

import pytest
from rich.console import Console

from music_assets.cli import terminal
from music_assets.landing.progress import LOGGER, Standing

HALF = Standing("tracks", 250, 500, 250, 12.5, 3)


def tell(standing: object) -> None:
    LOGGER.info("%s", standing, extra={"standing": standing})


def test_a_bar_shows_how_far_it_is_the_pace_the_refusals_and_what_is_left() -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=80)
    with terminal.progress(console, "Materialising"):
        tell(HALF)
    shown = screen.getvalue()
    for part in ("Materialising", "tracks", "250/500", "12 calls/s", "3 x 429", "20 s left"):
        assert part in shown


def test_afterwards_nothing_listens_any_more() -> None:
    handlers, level = list(LOGGER.handlers), LOGGER.level
    with pytest.raises(KeyError), terminal.progress(Console(file=io.StringIO()), "Title"):
        raise KeyError
    assert (list(LOGGER.handlers), LOGGER.level) == (handlers, level)


def test_other_lines_of_the_log_are_none_of_its_business() -> None:
    with terminal.progress(Console(file=io.StringIO()), "Materialising"):
        LOGGER.log(logging.INFO, "something else")
