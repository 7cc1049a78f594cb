"""`music-assets status`: what there is, what is missing, and what waits."""

import json

import click


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for a script.")
@click.option("--schema", is_flag=True, help="Print the JSON schema of that, and nothing else.")
def status(*, as_json: bool, schema: bool) -> None:
    """Say what there is, what is missing, and what waits for a run.

    Looks at storage, database and history, changes nothing, and asks nobody else. Ends with 1 where
    one of them does not answer.
    """
    from music_assets.cli.status_model import Status  # noqa: PLC0415

    if schema:
        click.echo(json.dumps(Status.model_json_schema(), indent=2))
        return
    # Slow to import.
    from music_assets.cli.status_look import look  # noqa: PLC0415
    from music_assets.cli.status_text import told  # noqa: PLC0415
    from music_assets.config.settings import settings  # noqa: PLC0415

    found = look(settings())
    click.echo(found.model_dump_json(indent=2) if as_json else "\n".join(told(found)))
    for problem in found.problems:
        click.echo(f"Error: {problem}", err=True)
    if found.problems:
        raise click.exceptions.Exit(1)
