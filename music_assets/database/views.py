"""Views: defined in one transaction, and left alone while their text is the same."""

import sqlalchemy as sa
import sqlglot

from music_assets.database.database_errors import is_transient


def define_view(connection: sa.Connection, name: str, query: str) -> None:
    """Define a view, unless it has this text already; then the rights on it stay too."""
    quoted = connection.dialect.identifier_preparer.quote(name)
    # Without parameters a percent sign needs no escape.
    plain = connection.execution_options(no_parameters=True)
    if connection.dialect.name == "postgresql":
        plain.exec_driver_sql(f"CREATE OR REPLACE VIEW {quoted} AS\n{for_postgresql(query)}")
    elif _stored(connection, name) == query.strip():
        return
    elif connection.dialect.name == "sqlite" or not _altered(plain, quoted, query):
        plain.exec_driver_sql(f"DROP VIEW IF EXISTS {quoted}")
        plain.exec_driver_sql(f"CREATE VIEW {quoted} AS\n{query}")


def for_postgresql(query: str, *, pretty: bool = False) -> str:
    """The query with its names quoted, since PostgreSQL lowers names without quotes.

    SQL that cannot be parsed stays as it is, for the database's own message.
    """
    [translated] = sqlglot.transpile(
        query,
        "tsql",
        "postgres",
        identify=True,
        pretty=pretty,
        error_level=sqlglot.ErrorLevel.IGNORE,
    )
    return translated


def _stored(connection: sa.Connection, name: str) -> str | None:
    """The query of a view, without blanks around it; None where there is none to see."""
    try:
        text = sa.inspect(connection).get_view_definition(name)
    except sa.exc.NoSuchTableError:
        return None
    return text.partition(" AS\n")[2].strip()


def _altered(plain: sa.Connection, quoted: str, query: str) -> bool:
    """True if SQL Server has made or altered the view; False if it does not know the statement.

    Servers before 2016 do not. A statement that is none does not end the transaction.
    """
    try:
        plain.exec_driver_sql(f"CREATE OR ALTER VIEW {quoted} AS\n{query}")
    except sa.exc.ProgrammingError as error:
        if is_transient(error):
            raise
        return False
    return True
