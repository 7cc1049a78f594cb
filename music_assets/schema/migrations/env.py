"""What Alembic runs: the revisions, within the transaction that `resources.migrating` has begun."""

from alembic import context

from music_assets.schema.tables import metadata

# Each revision belongs to the caller's transaction, which holds the lock, on SQLite too.
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
