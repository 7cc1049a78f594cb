"""A sandbox in a process of its own, so that what is measured is the client."""

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import requests


@contextmanager
def sandbox_process(**options: object) -> Iterator[str]:
    """The address of a sandbox; `music-assets sandbox` lists the options."""
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "music_assets.cli",
        "sandbox",
        "--port",
        "0",
    ]
    for name, value in options.items():
        command += [f"--{name}", str(value)]
    environment = os.environ | {"COLUMNS": "300"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as server:
        assert server.stdout is not None
        found = re.search(r"SPOTIFY_API_URL=(\S+)", server.stdout.readline())
        assert found is not None
        try:
            yield found[1]
        finally:
            server.terminate()


def calls(url: str) -> Counter[str]:
    """The calls that a sandbox has accepted, by endpoint."""
    return Counter(requests.get(f"{url}/sandbox/stats", timeout=10).json()["calls"])
