"""The bundled sandbox: what stands in for the outside world where no account is set."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def bundled_sandbox() -> Iterator[str]:
    """The address of a sandbox in this process, for as long as the `with` block lasts."""
    # Imports a web server, which a run with an account does not need.
    from music_assets.sandbox.server import SandboxServer  # noqa: PLC0415
    from music_assets.sandbox.world import World  # noqa: PLC0415

    with SandboxServer(World.fictional(awkward=False, current=True)) as server:
        yield server.url
