"""The descriptions of columns, as Dagster shows them; those of marts are tested with the marts."""

import dagster as dg

from music_assets.definitions import defs
from music_assets.schema.tables import metadata


def test_dagster_shows_what_each_column_of_a_table_is() -> None:
    shown = {}
    for spec in defs().resolve_all_asset_specs():
        schema = spec.metadata.get("dagster/column_schema")
        if isinstance(schema, dg.TableSchema):
            table = str(spec.metadata.get("dagster/table_name", spec.key.to_user_string()))
            shown[table] = {column.name: column.description for column in schema.columns}
    assert shown == {
        table.name: {column.name: column.comment for column in table.columns}
        for table in metadata.sorted_tables
    }
