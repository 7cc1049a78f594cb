"""`music-assets report`: opens the report, or serves it."""

import json
import webbrowser
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from music_assets.storage.blobs import StorageResource


@click.command()
@click.option(
    "--week", "name", help="The page of this week, as 2026-W47; otherwise the first page."
)
@click.option("--serve", is_flag=True, help="Serve it on 127.0.0.1 until interrupted.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
@click.option("--no-open", is_flag=True, help="Only say where it is.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for a script; opens nothing.")
def report(name: str | None, port: int, *, serve: bool, no_open: bool, as_json: bool) -> None:
    """Open the report in a browser, from disk; in Blob Storage it has to be served.

    It is made by `music-assets run`.
    """
    # Slow to import.
    from music_assets.cli.configured import in_sentences  # noqa: PLC0415
    from music_assets.cli.outside_runs import existing_storage  # noqa: PLC0415
    from music_assets.config.settings import settings  # noqa: PLC0415
    from music_assets.publishing.front_page import address  # noqa: PLC0415
    from music_assets.publishing.report_server import HERE, report_server  # noqa: PLC0415
    from music_assets.storage.paths import REPORTS  # noqa: PLC0415

    read = settings()
    with in_sentences(), existing_storage(read) as storage:
        path = _page(storage, name)
        if not serve:
            where = address(storage, path)
            _tell(where, as_json=as_json, opens=not (no_open or read.storage_in_azure))
            if read.storage_in_azure:
                click.echo("A browser is not let into the storage; add --serve.", err=True)
            return
        try:
            server = report_server(storage, port, path)
        except OSError as error:
            raise click.ClickException(f"Port {port} cannot be used: {error.strerror}.") from None
        with server:
            own = f"http://{HERE}:{server.server_port}"
            _tell(f"{own}/{path.removeprefix(REPORTS)}", as_json=as_json, opens=not no_open)
            try:
                server.serve_forever()
            except KeyboardInterrupt:
                click.echo("Stopped.", err=True)


def _page(storage: "StorageResource", name: str | None) -> str:
    """The path of the page that somebody wants.

    Raises:
        click.ClickException: there is none.
    """
    from music_assets.cli.week_names import week_named  # noqa: PLC0415
    from music_assets.publishing.front_page import front_page, week_page  # noqa: PLC0415

    if name is None:
        path = front_page(storage)
        if path is None:
            raise click.ClickException("There is no report yet; `music-assets run` makes it.")
        return path
    week = week_named(name)
    path = week_page(week.iso)
    if storage.find(path) is None:
        raise click.ClickException(
            f"There is no page of {week.iso}; `music-assets run` makes one of each week that has "
            "ended and has figures."
        )
    return path


def _tell(where: str, *, as_json: bool, opens: bool) -> None:
    click.echo(json.dumps({"report": where}) if as_json else where)
    if opens and not as_json:
        webbrowser.open(where)
