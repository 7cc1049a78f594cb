"""`music-assets report`: which page it opens, and where."""

import os
import signal
import socket
import subprocess
import sys

import requests

from music_assets_tests.cli.installation import Installation

WEEK = "reports/weeks/2026-W47.html"


def test_before_a_run_it_says_what_makes_the_report(nothing: Installation) -> None:
    ran = nothing.call("report")
    assert ran.code == 1
    assert "There is no report yet; `music-assets run` makes it." in ran.err


def test_it_says_where_a_page_is_and_opens_it(nothing: Installation) -> None:
    nothing.storage.write("reports/index.html", b"<p>first</p>")
    nothing.storage.write(WEEK, b"<p>a week</p>")
    folder = (nothing.folder / "data" / "storage").as_uri()
    opened = nothing.folder / "opened"
    browser = f"sh -c 'echo %s > {opened}'"
    ran = nothing.call("report", "--week", "202647", BROWSER=browser)
    assert (ran.code, ran.out) == (0, f"{folder}/{WEEK}\n")
    assert opened.read_text() == ran.out
    opened.unlink()
    for quiet in ("--no-open", "--json"):
        ran = nothing.call("report", quiet, BROWSER=browser)
        assert f"{folder}/reports/index.html" in ran.out
        assert not opened.exists()
    assert ran.json == {"report": f"{folder}/reports/index.html"}


def test_a_week_without_a_page_is_a_sentence(nothing: Installation) -> None:
    assert "There is no page of 2026-W46" in nothing.call("report", "--week", "2026-W46").err
    assert nothing.call("report", "--week", "soon").code == 2


def test_it_serves_until_it_is_interrupted(nothing: Installation) -> None:
    nothing.storage.write("reports/index.html", b"<p>first</p>")
    command = [sys.executable, "-W", "ignore", "-m", "music_assets.cli", "report", "--serve"]
    with subprocess.Popen(
        [*command, "--port", "0", "--no-open"], cwd=nothing.folder, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONUNBUFFERED": "1"},
    ) as server:  # fmt: skip
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        assert url.startswith("http://127.0.0.1:")
        assert requests.get(url, timeout=30).text == "<p>first</p>"
        server.send_signal(signal.SIGINT)
        _, said = server.communicate(timeout=30)
    assert server.returncode == 0
    assert said == "Stopped.\n"


def test_a_port_that_is_taken_is_a_sentence(nothing: Installation) -> None:
    nothing.storage.write("reports/index.html", b"<p>first</p>")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ran = nothing.call("report", "--serve", "--port", port)
    assert ran.code == 1
    assert f"Port {port} cannot be used: Address already in use." in ran.err
