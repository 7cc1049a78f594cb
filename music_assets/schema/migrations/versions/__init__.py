"""One file per revision: `r<number>_<what>.py`.

For most changes SQLite needs a new table, which `op.batch_alter_table` makes.
"""
