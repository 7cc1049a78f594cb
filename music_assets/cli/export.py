"""`music-assets export`: whole tables and marts as single files."""

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from music_assets.cli.configured import configured, in_sentences

if TYPE_CHECKING:
    from music_assets.publishing.extracts import Relation


@click.command()
@click.argument("names", nargs=-1)
@click.option(
    "--format", "kind", type=click.Choice(["csv", "parquet"]), default="csv", show_default=True
)
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default="export",
    show_default=True,
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for a script.")
def export(names: Sequence[str], kind: str, folder: Path, *, as_json: bool) -> None:
    """Write tables and marts as one file each: those NAMES, or all."""
    from music_assets.publishing.extracts import write_csv, write_parquet  # noqa: PLC0415
    from music_assets.storage.folder import FolderStorage  # noqa: PLC0415

    relations = _relations()
    if unknown := sorted(set(names) - set(relations)):
        known = ", ".join(sorted(relations))
        raise click.UsageError(f"There is no {unknown[0]}; there are {known}.")
    write = write_csv if kind == "csv" else write_parquet
    target, written = FolderStorage(root=str(folder)), list[dict[str, object]]()
    with in_sentences(), configured("database") as database:
        for name in names or sorted(relations):
            path = f"{name}.{kind}"
            rows = database.reading(partial(write, relations[name], path, target))
            written.append({"name": name, "file": target.where(path), "rows": rows})
            if not as_json:
                click.echo(f"{target.where(path)}: {rows:,} rows")
    if as_json:
        click.echo(json.dumps(written, indent=2))


def _relations() -> dict[str, "Relation"]:
    """Every table and mart, by name."""
    from music_assets.publishing.extracts import of_mart, of_table  # noqa: PLC0415
    from music_assets.schema.mart_sql import columns, read_marts, sql_folder  # noqa: PLC0415
    from music_assets.schema.tables import metadata  # noqa: PLC0415

    marts = read_marts(sql_folder() / "marts")
    return {table.name: of_table(table) for table in metadata.sorted_tables} | {
        name: of_mart(mart, marts, columns(mart, marts)) for name, mart in marts.items()
    }
