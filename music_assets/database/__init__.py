"""The relational database: connections, migrations, the sync, and what it may refuse."""
