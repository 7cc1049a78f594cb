"""The assets, one file per group or source; a group is a subject, so that lineage has no loops."""
