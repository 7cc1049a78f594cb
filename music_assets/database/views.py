"""Views: defined in one transaction, and left alone while their text is the same."""

import sqlalchemy as sa
import sqlglot

#: Gives the text of a view, by the database's kind.
_STORED = {
    "sqlite": sa.text("SELECT sql FROM sqlite_master WHERE type = 'view' AND name = :name"),
    "mssql": sa.text("SELECT OBJECT_DEFINITION(OBJECT_ID(:name))"),
}
_CREATE = {
    "sqlite": "CREATE VIEW",
    "mssql": "CREATE OR ALTER VIEW",
    "postgresql": "CREATE OR REPLACE VIEW",
}


def define_view(connection: sa.Connection, name: str, query: str) -> None:
    """Define a view, unless it has this text already; then the rights on it stay too."""
    kind = connection.dialect.name
    quoted = connection.dialect.identifier_preparer.quote(name)
    if kind in _STORED:
        stored = connection.scalar(_STORED[kind], {"name": name})
        if stored and str(stored).endswith(query):
            return
    # Without parameters a percent sign needs no escape.
    plain = connection.execution_options(no_parameters=True)
    if kind == "sqlite":
        plain.exec_driver_sql(f"DROP VIEW IF EXISTS {quoted}")
    if kind == "postgresql":
        query = _for_postgresql(query)
    plain.exec_driver_sql(f"{_CREATE[kind]} {quoted} AS\n{query}")


def _for_postgresql(query: str) -> str:
    """The query with its names quoted, since PostgreSQL lowers names without quotes.

    SQL that cannot be parsed stays as it is, for the database's own message.
    """
    [translated] = sqlglot.transpile(
        query, "tsql", "postgres", identify=True, error_level=sqlglot.ErrorLevel.IGNORE
    )
    return translated
