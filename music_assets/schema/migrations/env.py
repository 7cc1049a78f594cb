"""Alembic's environment: runs the revisions in the transaction that `database.migrating` began."""

from alembic import context

from music_assets.schema.tables import metadata

# All revisions run in the caller's transaction, which holds the lock.
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
