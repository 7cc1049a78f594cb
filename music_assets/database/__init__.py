"""The relational database: connections, migrations, the sync, and its errors."""
