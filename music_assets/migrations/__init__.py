"""The revisions of the schema, for Alembic. A revision, once released, is not changed any more."""
