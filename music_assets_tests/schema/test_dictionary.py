"""The dictionary: what stands in `docs/dictionary.md`, and whether nothing is left out of it."""

import re

import pytest
from click.testing import CliRunner

from music_assets.cli.main import main
from music_assets.schema.mart_sql import columns, read_marts, sql_folder
from music_assets.schema.tables import metadata
from music_assets_tests.conftest import ROOT

MARTS = read_marts(sql_folder() / "marts")
WRITTEN = (ROOT / "docs" / "dictionary.md").read_text("utf-8")
#: A line of Mermaid's: a reference, the begin or the end of a table, or a column.
DRAWN = re.compile(
    r"erDiagram| {4}(\w+ \|\|--o\{ \w+ : \"\w+\"|\w+ \{|\})"
    r"| {8}[A-Z]+(\(\d+\))? \w+( (PK|FK|PK, FK))?"
)


def rows_of(name: str) -> list[list[str]]:
    """The cells of each column's line in the section of a table or a mart."""
    section = WRITTEN.partition(f"### {name}\n")[2].partition("\n##")[0]
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def test_the_command_prints_what_stands_in_the_docs() -> None:
    printed = CliRunner().invoke(main, ["dictionary"])
    assert printed.exit_code == 0
    assert printed.output == WRITTEN


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=str)
def test_every_column_of_a_table_is_there_with_type_key_and_description(table: object) -> None:
    found = metadata.tables[str(table)]
    assert rows_of(str(table)) == [
        [
            f"`{column.name}`",
            str(column.type),
            ", ".join(
                [
                    *["primary"] * column.primary_key,
                    *["unique"] * bool(column.unique),
                    *(f"`{reference.target_fullname}`" for reference in column.foreign_keys),
                ]
            ),
            column.comment,
        ]
        for column in found.columns
    ]


@pytest.mark.parametrize("name", MARTS)
def test_every_column_of_a_mart_is_there_with_what_it_is_made_of(name: str) -> None:
    mart = MARTS[name]
    assert rows_of(name) == [
        [
            f"`{column.name}`",
            column.type,
            mart.descriptions[column.name],
            ", ".join(f"`{table}.{source}`" for table, source in column.sources),
        ]
        for column in columns(mart, MARTS)
    ]


def test_the_picture_has_every_table_column_and_reference_in_mermaids_words() -> None:
    lines = WRITTEN.partition("```mermaid\n")[2].partition("\n```")[0].splitlines()
    assert [line for line in lines if not DRAWN.fullmatch(line)] == []
    references = {
        f'    {reference.column.table} ||--o{{ {table} : "{reference.parent.name}"'
        for table in metadata.tables.values()
        for reference in table.foreign_keys
    }
    assert {line for line in lines if "||--" in line} == references
    assert {line.split()[0] for line in lines if line.endswith(" {")} == set(metadata.tables)
    every = [c for table in metadata.tables.values() for c in table.columns]
    assert sum(line.startswith(" " * 8) for line in lines) == len(every)
