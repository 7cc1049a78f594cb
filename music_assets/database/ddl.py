"""The schema as SQL text, for people who make a database by hand: tables, indexes, triggers, views.

`sql/schema/` holds the output. It records the revision too, as music_assets itself does.
"""

from collections.abc import Iterator
from graphlib import TopologicalSorter

import sqlalchemy as sa
from sqlalchemy.dialects import mssql, sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from music_assets.database.migrating import revisions
from music_assets.schema.data_versions import data_versions, first_rows, splits
from music_assets.schema.mart_sql import Mart, read_marts, sql_folder
from music_assets.schema.tables import metadata
from music_assets.schema.version_triggers import triggers

#: Dialects, and the end of a statement. SQL Server wants each view alone in its batch.
DIALECTS = {"mssql": (mssql.dialect, ";\nGO\n"), "sqlite": (sqlite.dialect, ";\n")}


def schema(name: str) -> str:
    """The script that makes a database of a kind, `mssql` or `sqlite`, ready to be loaded."""
    dialect, end = DIALECTS[name]
    head = f"-- Made by `music-assets schema --dialect {name}`; a test keeps the two equal.\n"
    return "\n".join([head, *(f"{statement}{end}" for statement in _statements(dialect()))])


def _statements(dialect: sa.Dialect) -> Iterator[str]:
    for table in metadata.sorted_tables:
        yield _sql_of(CreateTable(table), dialect)
        for index in sorted(table.indexes, key=lambda each: str(each.name)):
            yield _sql_of(CreateIndex(index), dialect)
    yield _sql_of(CreateTable(data_versions), dialect)
    yield from first_rows(splits())
    yield from triggers(dialect.name, splits())
    version = sa.Table(
        "alembic_version", sa.MetaData(), sa.Column("version_num", sa.String(32), primary_key=True)
    )
    yield _sql_of(CreateTable(version), dialect)
    yield _sql_of(sa.insert(version).values(version_num=revisions()[-1]), dialect)
    for mart in _in_order():
        yield f"CREATE VIEW {mart.name} AS\n{mart.sql.rstrip()}"


def _sql_of(statement: sa.ClauseElement, dialect: sa.Dialect) -> str:
    compiled = statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    lines = str(compiled).strip().splitlines()
    return "\n".join(line.rstrip() for line in lines).expandtabs(4)


def _in_order() -> Iterator[Mart]:
    """The marts, each after those that it reads."""
    marts = read_marts(sql_folder() / "marts")
    reads = {
        name: [each for each in mart.upstreams if each in marts] for name, mart in marts.items()
    }
    for name in TopologicalSorter(reads).static_order():
        yield marts[name]
