"""One file per revision: `r<number>_<what>.py`.

SQLite makes a table anew for most changes, which `op.batch_alter_table` does.
"""
