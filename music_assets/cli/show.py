"""`music-assets settings`, `schema` and `dictionary`: the settings in force, and the tables."""

import json

import click
from rich.markup import escape
from rich.table import Table

from music_assets.cli.terminal import console
from music_assets.database.resource import location


@click.command("settings")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for a script.")
def show_settings(*, as_json: bool) -> None:
    """Check the environment, and show what is in force. Secrets are not shown."""
    from music_assets.config.settings import Settings, settings  # noqa: PLC0415

    told: dict[str, str | None] = {}
    for name, field in Settings.model_fields.items():
        value = getattr(settings(), name)
        shown = location(value.get_secret_value()) if name == "database_url" else value
        told[str(field.validation_alias)] = None if shown is None else str(shown)
    if as_json:
        click.echo(json.dumps(told, indent=2))
        return
    table = Table("variable", "value")
    for variable, text in told.items():
        table.add_row(variable, escape(text or ""))
    console.print(table)


@click.command()
@click.option(
    "--dialect",
    type=click.Choice(["mssql", "postgresql", "sqlite"]),
    default="sqlite",
    show_default=True,
)
def schema(dialect: str) -> None:
    """Print the SQL that makes an empty database: tables, indexes and views."""
    from music_assets.database import ddl as schemas  # noqa: PLC0415

    click.echo(schemas.schema(dialect), nl=False)


@click.command()
def dictionary() -> None:
    """Print every table and mart with its columns, as Markdown."""
    from music_assets.schema.dictionary import dictionary as made  # noqa: PLC0415
    from music_assets.schema.mart_sql import read_marts, sql_folder  # noqa: PLC0415

    click.echo(made(read_marts(sql_folder() / "marts")), nl=False)
