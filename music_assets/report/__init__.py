"""The report: a small site of static files, that opens from a disk without a network."""
