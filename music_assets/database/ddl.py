"""The schema as SQL text, for people who make a database by hand: tables, indexes, triggers, views.

`sql/schema/` holds the output. It records the revision too, as music_assets itself does.
"""

import textwrap
from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.dialects import mssql, postgresql, sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from music_assets.database.comments import comments
from music_assets.database.migrating import revisions
from music_assets.database.views import for_postgresql
from music_assets.schema.data_versions import data_versions, first_rows, splits
from music_assets.schema.mart_sql import in_order, read_marts, sql_folder
from music_assets.schema.tables import metadata
from music_assets.schema.version_triggers import triggers

#: Dialects, and the end of a statement. SQL Server wants each view alone in its batch.
DIALECTS = {
    "mssql": (mssql.dialect, ";\nGO\n"),
    "postgresql": (postgresql.dialect, ";\n"),
    "sqlite": (sqlite.dialect, ";\n"),
}
#: The most characters of a line of a comment.
WIDTH = 100


def schema(name: str) -> str:
    """The script that makes a database of a kind, one of `DIALECTS`, ready to be loaded."""
    make_dialect, end = DIALECTS[name]
    dialect = make_dialect()
    # Where somebody who names no schema makes tables; a connection would ask.
    dialect.default_schema_name = "dbo" if name == "mssql" else dialect.default_schema_name
    head = f"-- Made by `music-assets schema --dialect {name}`; a test keeps the two equal.\n"
    return "\n".join([head, *(f"{statement}{end}" for statement in _statements(dialect))])


def _statements(dialect: sa.Dialect) -> Iterator[str]:
    for table in metadata.sorted_tables:
        yield _table(table, dialect)
        for index in sorted(table.indexes, key=lambda each: str(each.name)):
            yield _sql_of(CreateIndex(index), dialect)
    yield _table(data_versions, dialect)
    if dialect.name != "sqlite":
        yield from (_sql_of(comment, dialect) for comment in comments())
    yield from first_rows(splits())
    yield from triggers(dialect.name, splits())
    version = sa.Table(
        "alembic_version", sa.MetaData(), sa.Column("version_num", sa.String(32), primary_key=True)
    )
    yield _sql_of(CreateTable(version), dialect)
    yield _sql_of(sa.insert(version).values(version_num=revisions()[-1]), dialect)
    for mart in in_order(read_marts(sql_folder() / "marts")):
        is_postgresql = dialect.name == "postgresql"
        query = for_postgresql(mart.sql, pretty=True) if is_postgresql else mart.sql
        yield f"CREATE VIEW {mart.name} AS\n{query.rstrip()}"


def _table(table: sa.Table, dialect: sa.Dialect) -> str:
    """The statement that makes a table; for SQLite, which keeps no comments, with them in lines."""
    made = _sql_of(CreateTable(table), dialect)
    if dialect.name != "sqlite":
        return made
    said = {f'"{column.name}"': column.comment for column in table.columns}
    lines = [*_as_lines(table.comment, "")]
    for line in made.splitlines():
        name = line.split()[0] if line.startswith("    ") else ""
        lines += [*_as_lines(said.get(name), "    "), line]
    return "\n".join(lines)


def _as_lines(comment: str | None, indent: str) -> list[str]:
    begin = f"{indent}-- "
    return textwrap.wrap(comment or "", WIDTH, initial_indent=begin, subsequent_indent=begin)


def _sql_of(statement: sa.ClauseElement, dialect: sa.Dialect) -> str:
    compiled = statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    lines = str(compiled).strip().splitlines()
    return "\n".join(line.rstrip() for line in lines).expandtabs(4)
